"""Where things are used, what follows when they are gone, and how records differ from their schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_files.support import read_yaml
from recordmap.diagnostics import ConfigurationError, Diagnostic
from recordmap.diagnostics.codes import CODES
from recordmap.engine import Engine
from recordmap.expression.source import source_path
from recordmap.starter import make_project
from recordmap.usage.drift import Drift, Observed, Sort, drifts
from recordmap.usage.effects import effects, without
from recordmap.usage.findings import findings
from recordmap.usage.query import find, parse_path
from recordmap.usage.removal import impact, schema_without
from recordmap.usage.uses import uses

CASES = read_yaml(Path(__file__).parent / "uses.yaml")
HEAD = "recordmap: 1\ncollection: {name}\noperation: update\nsource: any\ndestination: any\n"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("project")
    make_project(folder, "klaviyo")
    return Engine.load(folder)


def written(text: str) -> str:
    head = HEAD.format(name="Child" if text.startswith("child: yes") else "Mine")
    return head + text.replace("child: yes\n", "child_of: any\neach: attributes.places\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_where(case: dict[str, Any]) -> None:
    engine = Engine.from_collections([written(text) for text in case["templates"]])
    hits = find(case["ask"], uses(engine.workspace))
    told = [
        f"{source_path(use.path)} {relation.name.lower()} {use.field or '-'} {use.how}"
        for use, relation in hits
    ]
    assert sorted(told) == sorted(case["finds"])


def test_places_are_exact(engine: Engine) -> None:
    assert engine.folder is not None
    for use in uses(engine.workspace):
        assert use.file is not None
        line = (engine.folder / Path(use.file).name).read_text("utf-8").splitlines()[use.line - 1]
        here = line[use.column - 1 :].lstrip('"')
        assert here.startswith((use.path[-1], "record.", "parent.", "existing.")), (use, here)


def test_the_integration_counts(engine: Engine) -> None:
    hits = find("attributes.email", uses(engine.workspace))
    assert ("match", None) in [(use.how, use.collection) for use, _ in hits]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("attributes.emial", "attributes.email"),
        ("Frist Name", "write it"),
        ("a || b", "one field"),
        ("@", "one field"),
    ],
)
def test_what_can_t_be_found_says_why(text: str, words: str, engine: Engine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find(text, uses(engine.workspace))
    assert words in str(caught.value.hint)


def test_impact_is_what_the_checker_says(engine: Engine) -> None:
    assert impact(engine, "klaviyo/profile", ("attributes", "title")) == []
    found = impact(engine, "klaviyo/profile", ("attributes", "location", "city"))
    names = {Path(one.file or "").name for one in found}
    assert names == {"customer_address_add.yaml", "customer_address_update.yaml"}


def test_a_path_within_another_file_changes_that_file(engine: Engine) -> None:
    name, schema = schema_without("klaviyo/profile", ("attributes", "location", "city"), engine.schemas)
    assert name == "klaviyo/location"
    assert schema["properties"]["city"] == {"type": "null"}
    with pytest.raises(ConfigurationError, match="has no 'nix'"):
        schema_without("klaviyo/profile", ("attributes", "nix"), engine.schemas)


def test_effects_are_those_of_the_cases(engine: Engine) -> None:
    found = effects(engine, "klaviyo/profile", ("attributes", "email"))
    assert [(one.what, one.collection) for one in found] == [
        ("would be rejected: An email address is required", "Add Klaviyo Profile TO iPaaS.com")
    ]
    assert 0 < found[0].count < found[0].records
    assert effects(engine, "klaviyo/profile", ("attributes", "title")) == []


MINE = """\
recordmap: 1
collection: Mine
operation: update
source: klaviyo/profile
destination: ipaas/customer
lookups:
  titles: {table: {}, on_miss: keep}
fields:
  EmailAddress: {level: required, formula: existing.EmailAddress}
  CustomerNumber: {level: required, formula: existing.CustomerNumber}
  FirstName: {formula: previous.attributes.first_name}
  Comment: {source: attributes.title, lookup: titles}
"""
MINE_CASES = """\
recordmap: 1
collection: Mine
cases:
  - name: What a case brings along
    given: {id: "1", attributes: {title: Dr}}
    previous: {id: "1", attributes: {first_name: Ada}}
    existing: {EmailAddress: ada@example.org, CustomerNumber: "N/A"}
    lookups: {titles: {Dr: Doctor}}
    expect: {FirstName: Ada, Comment: Doctor}
"""


@pytest.mark.parametrize(
    ("key", "field"), [("first_name", "FirstName"), ("title", "Comment"), ("last_name", None)]
)
def test_effects_are_seen_with_what_a_case_brings_along(key: str, field: str | None, tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "mine.cases.yaml").write_text(MINE_CASES)
    found = effects(Engine.load(tmp_path), "klaviyo/profile", ("attributes", key))
    told = [one.what for one in found if one.collection == "Mine"]
    assert told == ([f"{field} would not be written"] if field else [])


def test_taking_out_leaves_the_record_as_it_was() -> None:
    record = {"a": [{"b": 1, "c": 2}, {"c": 3}, 4], "d": 5}
    copy = json.loads(json.dumps(record))
    assert without(record, ("a", "b")) == {"a": [{"c": 2}, {"c": 3}, 4], "d": 5}
    assert without(record, ("x", "y")) == record == copy


def observed(*attributes: dict[str, Any]) -> Observed:
    seen = Observed()
    for one in attributes:
        seen.add({"type": "profile", "id": "1", "attributes": one})
    return seen


MARKETING = {"consent": "SUBSCRIBED", "can_receive_email_marketing": True}
WHOLE = {
    "email": "a@example.org",
    "phone_number": None,
    "first_name": "A",
    "last_name": "B",
    "organization": None,
    "updated": "2026-01-01T00:00:00+00:00",
    "subscriptions": {"email": {"marketing": MARKETING}},
    "location": {"address1": "x", "address2": None, "city": None, "region": "", "zip": "1", "country": "AT"},
    "properties": {"Last active": "1", "anything": [1]},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"email": None}, []),
        ({"phone_number": 5}, [(Sort.KIND, "attributes.phone_number", True)]),
        ({"title": 5}, [(Sort.KIND, "attributes.title", False)]),
        ({"loyalty": {"tier": 1}}, [(Sort.APPEARED, "attributes.loyalty", False)]),
        ({"email": ...}, [(Sort.VANISHED, "attributes.email", True)]),
        ({"title": ...}, []),
        ({"location": ...}, [(Sort.VANISHED, "attributes.location", True)]),
        ({"location": "Vienna"}, [(Sort.KIND, "attributes.location", True)]),
    ],
)
def test_drift(changes: dict[str, Any], expected: list[tuple[Sort, str, bool]], engine: Engine) -> None:
    attributes = {key: value for key, value in {**WHOLE, **changes}.items() if value is not ...}
    schema = engine.schemas.load("klaviyo/profile").type
    found = drifts(observed(attributes, attributes), schema, uses(engine.workspace))
    assert [(one.sort, source_path(one.path), one.used) for one in found] == expected
    place = Diagnostic("source-field-vanished", "", file="integration.yaml")
    told = list(findings(found, uses(engine.workspace), "klaviyo/profile", place))
    assert [one.code in CODES for one in told] == [True] * len(expected)
    assert all("Vienna" not in one.message for one in told)


@pytest.mark.parametrize(
    "case", read_yaml(Path(__file__).parent / "carets.yaml"), ids=lambda case: case["name"]
)
def test_drift_points_at_the_key_that_it_is_about(case: dict[str, Any]) -> None:
    texts = [written(text) for text in case["templates"]]
    engine = Engine.from_collections(texts)
    drift = Drift(Sort.VANISHED, parse_path(case["path"]), "text", "nothing", 1, 1, used=True)
    (found,) = findings([drift], uses(engine.workspace), "any", Diagnostic("source-field-vanished", ""))
    before, _, after = case["at"].partition("^")
    start, end = found.span.start, found.span.end
    lines = [text.splitlines()[start.line - 1] for text in texts if len(text.splitlines()) >= start.line]
    assert any(
        line[: start.column - 1].endswith(before) and line[start.column - 1 : end.column - 1] == after
        for line in lines
    ), (found.span, lines)


def test_one_record_that_has_it_is_enough(engine: Engine) -> None:
    schema = engine.schemas.load("klaviyo/profile").type
    assert drifts(observed({}, WHOLE), schema, uses(engine.workspace)) == []


def test_a_path_as_it_is_written() -> None:
    assert parse_path('attributes.properties."Last active"') == ("attributes", "properties", "Last active")
    assert source_path(("a", 'b"c')) == 'a."b\\"c"'
