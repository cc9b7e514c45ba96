"""What machines read of findings: our JSON, SARIF and the reports of GitHub and GitLab, each held against its rules."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft7Validator

from recordmap.diagnostics import Diagnostic, Edit, Fix, Label, Position, Severity, Span, machine
from recordmap.diagnostics.codes import CODES
from recordmap.diagnostics.sarif import sarif

ROOT = Path(__file__).parents[2]
HERE = Span.at(3, 5, 4)
FIX = Fix("write 'level'", (Edit(HERE, "level"), Edit(Span.at(4, 1, 0), "\n")))
FINDING = Diagnostic(
    "unknown-key", "wrong \x1b ü", Severity.WARNING, "ü b.yaml", HERE, "do this", "Add Customer", "Name"
)


@cache
def validator(name: str) -> Any:
    path = ROOT / (
        "schemas/cli/check-output.schema.json" if name == "json" else f"tests/data/sarif/{name}.json"
    )
    schema = json.loads(path.read_text(encoding="utf-8"))
    return (Draft7Validator if name == "json" else Draft4Validator)(schema)


def as_json(*found: Diagnostic) -> Any:
    text = machine.json(found)
    assert text.isascii()
    document = json.loads(text)
    validator("json").validate(document)
    return document


def as_sarif(*found: Diagnostic) -> Any:
    document = json.loads(sarif(found, "1.2.3"))
    validator("sarif-schema-2.1.0").validate(document)
    (run,) = document["runs"]
    return run


def changed(**values: Any) -> Diagnostic:
    every = {name: getattr(FINDING, name) for name in Diagnostic.__match_args__}
    return Diagnostic(**(every | values))


# JSON


def test_json_keeps_to_its_schema() -> None:
    document = as_json(FINDING, Diagnostic("yaml-syntax", "wrong"))
    assert (document["format_version"], document["error_count"], document["warning_count"]) == ("1.1", 1, 1)
    assert document["diagnostics"][0] == {
        "code": "unknown-key",
        "severity": "warning",
        "message": "wrong \x1b ü",
        "file": "ü b.yaml",
        "range": {"start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 9}},
        "collection": "Add Customer",
        "field": "Name",
        "hint": "do this",
        "url": "docs/reference/diagnostics.md#unknown-key",
        "fix": None,
    }
    assert document["diagnostics"][1]["file"] is None


def test_json_tells_the_fix() -> None:
    (one,) = as_json(changed(fix=FIX))["diagnostics"]
    assert one["fix"] == {
        "title": "write 'level'",
        "edits": [
            {"range": {"start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 9}}, "text": "level"},
            {"range": {"start": {"line": 4, "column": 1}, "end": {"line": 4, "column": 1}}, "text": "\n"},
        ],
    }


def test_json_of_nothing() -> None:
    assert as_json() == {"format_version": "1.1", "error_count": 0, "warning_count": 0, "diagnostics": []}


def test_the_address_of_a_code_is_a_heading_of_the_reference() -> None:
    for slug in CODES:
        path, _, anchor = machine.url(slug).partition("#")
        assert f"### {anchor}\n" in (ROOT / path).read_text(encoding="utf-8")


# SARIF


def test_sarif_of_nothing() -> None:
    run = as_sarif()
    assert run["results"] == []
    assert run["tool"]["driver"] == {
        "name": "recordmap",
        "version": "1.2.3",
        "semanticVersion": "1.2.3",
        "rules": [],
    }


def test_a_result_of_sarif() -> None:
    label = Label(Span.at(1, 1, 2), "first given here")
    (result,) = as_sarif(changed(labels=(label,), fix=FIX))["results"]
    artifact = {"uri": "%C3%BC%20b.yaml", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}
    assert result.pop("partialFingerprints")["recordmapFinding/v1"]
    assert result == {
        "ruleId": "unknown-key",
        "ruleIndex": 0,
        "level": "warning",
        "message": {"text": "wrong ␛ ü\ndo this"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": artifact, "region": region},
                "logicalLocations": [{"name": "Name", "fullyQualifiedName": "Add Customer/Name"}],
            }
        ],
        "relatedLocations": [
            {
                "id": 0,
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 3},
                },
                "message": {"text": "first given here"},
            }
        ],
        "fixes": [
            {
                "description": {"text": "write 'level'"},
                "artifactChanges": [
                    {
                        "artifactLocation": artifact,
                        "replacements": [
                            {"deletedRegion": region, "insertedContent": {"text": "level"}},
                            {
                                "deletedRegion": {
                                    "startLine": 4,
                                    "startColumn": 1,
                                    "endLine": 4,
                                    "endColumn": 1,
                                },
                                "insertedContent": {"text": "\n"},
                            },
                        ],
                    }
                ],
            }
        ],
    }


def test_every_rule_explains_itself() -> None:
    run = as_sarif(*(Diagnostic(slug, "wrong", code.severity, "a.yaml") for slug, code in CODES.items()))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CODES)
    for rule, result in zip(rules, run["results"], strict=True):
        code = CODES[rule["id"]]
        assert rule["shortDescription"]["text"] == code.title
        assert rule["help"]["markdown"].startswith(f"# {code.slug}\n")
        assert rule["defaultConfiguration"]["level"] == result["level"] == code.severity
        assert rules[result["ruleIndex"]] is rule
        assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
    assert run["columnKind"] == "unicodeCodePoints"


def test_a_code_found_twice_is_one_rule() -> None:
    run = as_sarif(FINDING, Diagnostic("yaml-syntax", "x"), FINDING)
    assert len(run["tool"]["driver"]["rules"]) == 2
    assert [result["ruleIndex"] for result in run["results"]] == [0, 1, 0]


def test_a_file_outside_has_its_whole_address() -> None:
    (result,) = as_sarif(changed(file="/tmp/a b.yaml"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///tmp/a%20b.yaml"}


def test_a_name_that_is_no_utf_8_is_told_byte_by_byte() -> None:
    (result,) = as_sarif(changed(file="caf\udce9.yaml"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9.yaml"


def test_a_template_without_a_file_has_no_place() -> None:
    (result,) = as_sarif(changed(file=None, labels=(Label(HERE, "x"),), fix=FIX, collection=None))["results"]
    assert result["locations"] == [{}]
    assert result.keys().isdisjoint({"relatedLocations", "fixes"})


# Fingerprints


def prints(*found: Diagnostic) -> list[str]:
    return [fingerprint for _, fingerprint in machine.with_fingerprints(found)]


def test_a_fingerprint_stays_when_a_finding_moves() -> None:
    assert prints(FINDING) == prints(changed(span=Span.at(9, 1)))


@pytest.mark.parametrize("name", ["code", "message", "file", "collection", "field"])
def test_a_fingerprint_tells_findings_apart(name: str) -> None:
    other = changed(**{name: "yaml-syntax"})
    assert len({*prints(FINDING, other, FINDING, other)}) == 4


# GitHub


def test_annotations() -> None:
    assert machine.github([]) == ""
    several = [
        FINDING,
        changed(severity=Severity.ERROR, hint=None),
        changed(severity=Severity.NOTE, file=None),
    ]
    place = "line=3,endLine=3,col=5,endColumn=9,title=unknown-key"
    assert machine.github(several).split("\n") == [
        f"::warning file=ü b.yaml,{place}::wrong ␛ ü%0Ado this",
        f"::error file=ü b.yaml,{place}::wrong ␛ ü",
        f"::notice {place}::wrong ␛ ü%0Ado this",
    ]


def test_an_annotation_of_several_lines_has_no_columns() -> None:
    text = machine.github([changed(span=Span(Position(3, 5), Position(4, 2)))])
    assert "line=3,endLine=4,title=unknown-key::" in text


def test_annotations_are_escaped() -> None:
    text = machine.github([changed(file="a,b:c%.yaml", message="100%::error::\r\nx")])
    assert text.startswith("::warning file=a%2Cb%3Ac%25.yaml,line=3,")
    assert text.endswith("::100%25::error::␍␊x%0Ado this")


@given(st.text(), st.text(), st.text(min_size=1))
def test_no_text_becomes_a_command_of_its_own(message: str, hint: str, file: str) -> None:
    text = machine.github([changed(message=message, hint=hint, file=file)])
    assert not re.search(r"[\r\n]", text)
    assert re.match(r"::warning file=[^:,]+,line=3,endLine=3,col=5,endColumn=9,title=unknown-key::", text)


# GitLab


def test_code_quality() -> None:
    assert json.loads(machine.gitlab([])) == []
    report = json.loads(machine.gitlab([FINDING, FINDING, changed(severity=Severity.ERROR)]))
    assert len({one.pop("fingerprint") for one in report}) == 3
    assert report[0] == {
        "description": "wrong ␛ ü\ndo this",
        "check_name": "unknown-key",
        "severity": "minor",
        "location": {"path": "ü b.yaml", "lines": {"begin": 3, "end": 3}},
    }
    assert report[2]["severity"] == "critical"


TEXTS = st.text(max_size=20)
SPANS = st.builds(Span.at, st.integers(1, 9), st.integers(1, 9), st.integers(0, 9))
FINDINGS = st.builds(
    Diagnostic,
    st.sampled_from(list(CODES)),
    TEXTS,
    st.sampled_from(Severity),
    st.none() | TEXTS,
    SPANS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.lists(st.builds(Label, SPANS, TEXTS), max_size=2).map(tuple),
    st.none()
    | st.builds(Fix, TEXTS, st.lists(st.builds(Edit, SPANS, TEXTS), min_size=1, max_size=2).map(tuple)),
)


@given(st.lists(FINDINGS, max_size=3))
def test_any_findings_can_be_written(found: list[Diagnostic]) -> None:
    assert len(as_sarif(*found)["results"]) == len(found)
    assert len(json.loads(machine.gitlab(found))) == len(found)
    if all(one.message.strip() for one in found):
        assert len(as_json(*found)["diagnostics"]) == len(found)
