"""Sources that can't be used: what is said, and where it points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap.expression.caps import MAX_ENTRIES, MAX_LENGTH, MAX_NODES, ExpressionError
from recordmap.expression.source import parse_source
from recordmap.expression.source_limits import MAX_LOOPS
from recordmap.expression.source_tree import MAX_OPERANDS

CASES = yaml.safe_load((Path(__file__).parent / "source_errors.yaml").read_text(encoding="utf-8"))


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse_source(text)
    return caught.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"] or "empty")
def test_words_and_place(case: dict[str, Any]) -> None:
    error = refused(case["text"])
    assert error.code == case["code"]
    assert error.message == case.get("message", error.message)
    assert error.hint == case.get("hint", error.hint)
    if "marks" in case:
        assert case["text"][error.offset : error.offset + error.length] == case["marks"]


LIMITS = {
    "characters": "a" * (MAX_LENGTH + 1),
    "brackets": "(" * 51 + "a" + ")" * 51,
    "brackets of calls": "abs(" * 51 + "a" + ")" * 51,
    "prefixes": "!" * 21 + "a",
    "prefixes apart": "! " * 21 + "a",
    "nodes": "[" + ",".join(["[a, b, c, d]"] * 101) + "]",
    "depth": " == ".join("a" * 52),
    "entries": f"[{','.join('a' * (MAX_ENTRIES + 1))}]",
    "entries of a literal": f"`{[1] * MAX_ENTRIES}`",
    "depth of a literal": "`" + "[" * 60 + "]" * 60 + "`",
    "depth of a literal, far": "`" + "[" * 1900 + "]" * 1900 + "`",
    "operands": "||".join("a" * (MAX_OPERANDS + 1)),
    "pipes": "|".join("a" * (MAX_OPERANDS + 1)),
    "steps": ".".join("a" * (MAX_OPERANDS + 1)),
    "rows in rows": "((" + "|".join("a" * 80) + ") || " + "||".join("b" * 80) + ") && c",
    "projections": "a" + "[*]" * 1000,
    "loops": "a" + "[*].a" * (MAX_LOOPS + 1),
    "loops in conditions": "[?" * (MAX_LOOPS + 1) + "a" + "]" * (MAX_LOOPS + 1),
    "loops in references": "map(&" * (MAX_LOOPS + 1) + "a" + ", a)" * (MAX_LOOPS + 1),
    "copies": "[@,@]|" * 14 + "@",
    "copies of a constant": "'a'|" + "[@,@]|" * 14 + "@",
    "copies in a call": "to_array([@,@,@])|" * 9 + "@",
    "copies by keys": "{a: @, b: @, c: @}|" * 9 + "@",
    "copies of projections": "[*].[@,@]|" * 14 + "@",
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name: str) -> None:
    text = LIMITS[name]
    error = refused(text)
    assert error.code == "expression-too-long"
    assert 0 <= error.offset <= len(text)
    assert error.offset + error.length <= len(text) + 1


def test_positions_of_thousands_of_digits() -> None:
    assert refused(f"a[{'9' * 3990}]").code == "source-syntax"


@pytest.mark.parametrize("text", ["a\x00b", "a.\ud800", "'\x00'", "\udfff"])
def test_characters_that_are_no_text(text: str) -> None:
    error = refused(text)
    assert error.code == "source-syntax"
    assert text[error.offset] in "\x00\ud800\udfff"


AT_THE_LIMIT = {
    "characters": "a" * MAX_LENGTH,
    "brackets": "(" * 50 + "a" + ")" * 50,
    "brackets in quotes": "'" + "(" * 1000 + "'",
    "prefixes": "!" * 20 + "a",
    "entries": f"[{','.join('a' * MAX_ENTRIES)}]",
    "operands": "||".join("a" * MAX_OPERANDS),
    "loops": "a" + "[*].a" * MAX_LOOPS,
    "copies": "[@,@]|" * 13 + "@",
    "disjoint keys": "{a: a, b: b}|" * 30 + "a",
    "nodes": "[" + ",".join(["[a, b, c, d]"] * ((MAX_NODES - 1) // 5)) + "]",
}


@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_at_the_limit(name: str) -> None:
    assert parse_source(AT_THE_LIMIT[name])
