"""Patterns of formulas: what is said of them is what RE2 does, with RE2 and without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from recordmap.diagnostics import Diagnostic
from recordmap.engine import Engine
from recordmap.expression.functions import patterns
from recordmap.expression.pattern_faults import MAX_REPEATS, pattern_fault

PARTS = (
    *(
        "a",
        "z",
        "1",
        "(",
        ")",
        "(?:",
        "(?i)",
        "(?P<n>",
        "[",
        "]",
        "[^",
        "[a-z]",
        "[:alpha:]",
        "|",
        "^",
        "$",
        ".",
    ),
    *("*", "+", "?", "{2}", "{2,3}", "{3,2}", "{600}", "{", "}", ",", "-", ":", "=", "!", "<", "P"),
    *("\\", "\\d", "\\b", "\\1", "\\12", "\\Z", "\\x41", "\\p{L}", "\\_"),
)
COLLECTION = """
recordmap: 1
collection: Patterns
operation: update
source: any
destination: any
fields:
  Code:
    source: code
    when: matches(value, '{}')
"""


def re2_refuses(pattern: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        return True
    return False


@given(st.lists(st.sampled_from(PARTS), max_size=9).map("".join))
def test_what_is_called_wrong_is_what_re2_refuses(pattern: str) -> None:
    fault = pattern_fault(pattern)
    if fault is not None:
        assert re2_refuses(pattern) != fault.slow
        assert 0 <= fault.offset < fault.offset + fault.length <= len(pattern)


@given(st.text(max_size=40))
def test_any_text_is_read_to_its_end(pattern: str) -> None:
    pattern_fault(pattern)


@pytest.mark.parametrize("count", [MAX_REPEATS - 1, MAX_REPEATS, MAX_REPEATS + 1])
@pytest.mark.parametrize("form", ["a{{{}}}", "a{{1,{}}}", "a{{{},}}", "(b|a{{{}}}){{1}}"])
def test_the_limit_of_repeats_is_that_of_re2(form: str, count: int) -> None:
    pattern = form.format(count)
    assert (pattern_fault(pattern) is not None) == re2_refuses(pattern) == (count > MAX_REPEATS)


@pytest.mark.parametrize(
    ("pattern", "slow"), [("a{1000}b{1000}", False), ("a{1000}b{900}(?:cd{10}){10}", True)]
)
def test_repeats_are_counted_together(pattern: str, slow: bool) -> None:
    assert (pattern_fault(pattern) is not None) == slow
    assert not re2_refuses(pattern)
    assert (patterns.pattern_problem(pattern) is not None) == slow


def found(pattern: str) -> Iterator[Diagnostic]:
    yield from Engine.from_collections([COLLECTION.format(pattern)]).check()


@pytest.fixture
def without_re2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_re2", lambda: None)


@pytest.mark.usefixtures("without_re2")
@pytest.mark.parametrize(
    ("pattern", "codes"),
    [
        ("^[A-Z]{2}$", ["missing-extra"]),
        ("^([A-Z]{2}$", ["missing-extra", "invalid-pattern"]),
        ("^(?!TEST)", ["missing-extra", "unsafe-pattern"]),
    ],
)
def test_without_re2_it_is_missing_and_what_can_be_said_is_said(pattern: str, codes: list[str]) -> None:
    assert [one.code for one in found(pattern)] == codes
    assert "recordmap[patterns]" in next(found(pattern)).hint or ""


def test_with_re2_nothing_is_missing() -> None:
    assert list(found("^[A-Z]{2}$")) == []
