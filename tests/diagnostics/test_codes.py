"""The table of codes: what it promises, and that whoever reports something takes its code from it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import recordmap
from recordmap.diagnostics import Severity
from recordmap.diagnostics.codes import CODES, Stage
from recordmap.diagnostics.findings import Findings, certain, nearest, suggestion
from recordmap.diagnostics.model import Span

PACKAGE = Path(recordmap.__file__).parent
FIRST = {"Fault", "ConnectorError", "PassingError", "ExpressionError", "Diagnostic", "Problem"}
"""What is made with a code as its first argument."""


@pytest.mark.parametrize("code", CODES.values(), ids=str)
def test_a_code_can_stand_in_comments_logs_and_addresses(code) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.slug)
    assert CODES[code.slug] is code
    assert code.title
    assert not code.title.endswith(".")
    assert isinstance(code.stage, Stage)
    assert isinstance(code.severity, Severity)


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        CODES["new"] = CODES["unknown-key"]  # type: ignore[index]


def codes_used() -> Iterator[tuple[str, int, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            finds = (
                name == "add"
                and isinstance(owner, ast.Name | ast.Attribute)
                and "findings" in ast.unparse(owner)
            )
            first = node.args[0]
            if (name in FIRST or finds) and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield path.relative_to(PACKAGE).as_posix(), node.lineno, first.value


def test_every_code_that_is_reported_is_in_the_table() -> None:
    used = list(codes_used())
    assert len(used) > 100
    assert [place for place in used if place[2] not in CODES] == []


def test_every_code_is_reported_by_something() -> None:
    named = {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name != "codes.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert CODES.keys() - named == set()


def test_findings_carry_what_they_are_about() -> None:
    findings = Findings("a.yaml", "Add Customer")
    findings.field = "Name"
    findings.add("unknown-key", "wrong", Span.at(2, 3), hint="do this")
    findings.field = None
    findings.add("filtered", "left out")
    first, second = findings
    assert (first.file, first.collection, first.field, first.hint) == (
        "a.yaml",
        "Add Customer",
        "Name",
        "do this",
    )
    assert (second.field, second.span) == (None, Span.at(1, 1))
    assert (first.severity, second.severity) == (Severity.ERROR, Severity.NOTE)
    assert findings.errors
    assert len(findings) == 2


def test_a_note_is_no_error() -> None:
    findings = Findings(None)
    findings.add("filtered", "left out")
    assert not findings.errors


@pytest.mark.parametrize(
    ("word", "legal", "near"),
    [
        ("Firstname", ["FirstName", "LastName"], "FirstName"),
        ("levle", ["level", "lookup"], "level"),
        ("Email", ["EmailAddress", "CustomerNumber"], "EmailAddress"),
        ("name", ["FirstName", "LastName"], "LastName"),
        ("Post", ["PostalAddress1", "PostalAddress2"], None),
        ("Num", ["CustomerNumber"], None),
        ("zzz", ["FirstName"], None),
        ("x", [], None),
        ("", ["a"], None),
    ],
)
def test_the_nearest_name(word: str, legal: list[str], near: str | None) -> None:
    assert nearest(word, legal) == near


@pytest.mark.parametrize(
    ("word", "legal", "meant"),
    [
        ("levle", ["level", "lookup"], "level"),
        ("Emailaddress", ["EmailAddress", "EmailAddress2"], "EmailAddress"),
        ("phone_nubmer", ["phone_number", "phone"], "phone_number"),
        ("tile", ["title", "file"], "title"),
        ("PostalAddress3", ["PostalAddress1", "PostalAddress2"], None),
        ("Email", ["EmailAddress", "CustomerNumber"], None),
        ("zzz", ["FirstName"], None),
        ("x", [], None),
        ("name", ["Name", "NAME"], None),
    ],
)
def test_the_name_that_is_meant_for_certain(word: str, legal: list[str], meant: str | None) -> None:
    assert certain(word, legal) == meant


def test_a_suggestion_is_the_nearest_name_or_a_short_list() -> None:
    assert suggestion("levle", ["level", "lookup"]) == "did you mean 'level'?"
    assert suggestion("zzz", ["level", "lookup"]) == "known here: level, lookup"
    assert suggestion("zzz", [f"field{number}" for number in range(13)]) is None
    assert suggestion("zzz", []) is None
