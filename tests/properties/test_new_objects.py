"""Lists of new objects: what is proven while they are made is what would be found by looking at them afterwards."""

from __future__ import annotations

from collections import UserString
from functools import cache
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from language.ways import Ways, identical, ways
from properties.strategies import examples

ENTRY = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "note": {"type": ["string", "null"]},
        "number": {"type": ["number", "null"]},
        "whole": {"type": "integer"},
        "flag": {"type": "boolean"},
    },
}
SCHEMAS = {
    "test/source": {"type": "object", "properties": {"lines": {"type": ["array", "null"], "items": ENTRY}}},
    "test/destination": {"type": "object", "properties": {"Lines": {"type": "array"}, "More": {}}},
}
SOURCES = (
    "lines[*].{T: text, N: number}",
    "lines[?number > `2`].{N: number, T: text, O: note}",
    "lines[?`2` <= whole && flag].{W: whole, F: flag}",
    "lines[?number < `9` || flag].{N: number, A: other}",
    "lines[?text == 'a'][].{T: text, D: note}",
    "lines[].{T: text}[]",
    "lines[*].{T: text, T: number}",
)


class Text(str):
    """A text of a class of its own, which is no JSON."""

    __slots__ = ()


LIES: tuple[Any, ...] = (
    *("", " ", "a", "é", "\x00", "\ud800", "x" * 5_000, "x" * 100_001, Text("a"), UserString("a")),
    *(0, 1, 3, -1, True, False, None, 2.5, float("nan"), float("inf"), -float("inf"), 10**15, 10**15 + 1),
    *(2**63 - 1, 2**63, -(2**63) - 1, 1e300, [], {}, ["a"], {"a": 1}, (), b"a"),
)
lies = st.sampled_from(LIES)
usual = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from(["a", "b", "é", ""]),
        "note": st.sampled_from(["a", None]),
        "number": st.sampled_from([1, 2, 3, 2.5, None]),
        "whole": st.integers(0, 4),
        "flag": st.booleans(),
    },
)
entries = st.one_of(
    usual, usual, usual, st.dictionaries(st.sampled_from([*ENTRY["properties"], "other"]), lies), lies
)


@cache
def made_of(source: str, field: str) -> Ways:
    template = (
        f'source: test/source\ndestination: test/destination\nfields:\n  {field}: {{source: "{source}"}}\n'
    )
    return ways(template, schemas=SCHEMAS)


@given(
    st.sampled_from(SOURCES),
    st.sampled_from(["Lines", "More"]),
    st.lists(entries, max_size=6),
    st.integers(1, 40),
)
@example(SOURCES[0], "Lines", [{"text": "a", "number": 1}], 100)
@example(SOURCES[0], "Lines", [{"text": "a", "number": 1}], 101)
@example(SOURCES[0], "Lines", [{"text": "x" * 200, "number": 1}], 30)
@example(SOURCES[0], "More", [{"text": "x" * 90_000}, {"text": "\ud800"}], 1)
@examples(400)
def test_both_tiers_end_alike(source: str, field: str, lines: list[Any], times: int) -> None:
    made, record = made_of(source, field), {"lines": lines * times}
    assert identical(list(made.function(record)), list(made.careful(record)))


def test_what_is_usual_is_not_looked_at_again() -> None:
    code = made_of(SOURCES[1], "Lines").plan.code
    fast = code[code.index("def plan(") :]
    assert "is_blank" not in fast
    assert "[one['T'] or ''" in fast or "{one['T'] or ''}" in fast
