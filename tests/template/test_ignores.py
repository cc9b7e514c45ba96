"""Comments that ask for exceptions: which there are, and which lines they are for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.diagnostics import Diagnostic, Severity, Span
from recordmap.diagnostics.edits import apply
from recordmap.diagnostics.ignores import without_ignored
from recordmap.template.ignores import ignores_in

NOTE = "filtered"
WARNING = "watermark-ahead"


def seen(text: str) -> list[tuple[list[int], list[str], str]]:
    ignores = sorted(ignores_in(text.encode()), key=lambda one: one.span)
    return [(list(one.lines), [code.text for code in one.codes], one.reason) for one in ignores]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: b # recordmap: ignore[x] why", [([1], ["x"], "why")]),
        ("a: b\t#recordmap:ignore [x]why", [([1], ["x"], "why")]),
        ("a: b # recordmap: ignore[x, y z,] why so", [([1], ["x", "y", "z"], "why so")]),
        ("a: b # recordmap: ignore[x] why # not this", [([1], ["x"], "why")]),
        ("a: b # a note # recordmap: ignore[x] why", [([1], ["x"], "why")]),
        ("a: b # recordmap: ignore[x]", [([1], ["x"], "")]),
        ("a: b # recordmap: ignore", [([1], [], "")]),
        ("a: b # recordmap: ignore[]", [([1], [], "")]),
        ("a: b # recordmap: ignored", []),
        ("a: b # recordmap: 1", []),
        ("a: b# recordmap: ignore[x] why", []),
        ("a: '# recordmap: ignore[x] why'", []),
        ('a: " # recordmap: ignore[x] why"', []),
        ("a: ' # recordmap: ignore[x]' # recordmap: ignore[y] why", [([1], ["y"], "why")]),
        ("a: |\n  # recordmap: ignore[x] why\n  b", []),
        ("a: >-\n  b\n  # recordmap: ignore[x] why\n\nc: d", []),
        ("a: b\n# recordmap: ignore[x] why\nc: d\ne: f", [([2, 3], ["x"], "why")]),
        ("a: b\n  # recordmap: ignore[x] why\n\n# a note\nc: d", [([2, 3, 4, 5], ["x"], "why")]),
        (
            "# recordmap: ignore[x] why\n# recordmap: ignore[y] so\na: b",
            [([1, 2, 3], ["x"], "why"), ([2, 3], ["y"], "so")],
        ),
        ("a: b\n# recordmap: ignore[x] why\n", [([2, 3], ["x"], "why")]),
        ("a: >- # recordmap: ignore[x] why\n  b\n  c\nd: e", [([1, 2, 3], ["x"], "why")]),
        ("# recordmap: ignore[x] why\na: |\n  b\n  c\nd: e", [([1, 2, 3, 4], ["x"], "why")]),
        ("a: |\n  b\n# recordmap: ignore[x] why\nd: e", [([3, 4], ["x"], "why")]),
        ('a: "b\n  c" # recordmap: ignore[x] why\nd: e', [([1, 2], ["x"], "why")]),
        ("a: b\n  c # recordmap: ignore[x] why\nd: e", [([1, 2], ["x"], "why")]),
        ("a: {b: c, # recordmap: ignore[x] why\n  d: e}", [([1], ["x"], "why")]),
        ("\ufeffa: b # recordmap: ignore[x] why\r\nc: d", [([1], ["x"], "why")]),
        ("a: [ # recordmap: ignore[x] why", []),
        ("a: b\x00 # recordmap: ignore[x] why", []),
    ],
)
def test_comments(text: str, found: list[Any]) -> None:
    assert seen(text) == found


def finding(code: str, line: int) -> Diagnostic:
    severity = {NOTE: Severity.NOTE, WARNING: Severity.WARNING}.get(code, Severity.ERROR)
    return Diagnostic(code, "wrong", severity, "a.yaml", Span.at(line, 1))


def codes(text: str, *found: Diagnostic) -> list[str]:
    return [one.code for one in without_ignored(found, ignores_in(text), "a.yaml")]


def test_a_finding_is_left_out_on_its_line_alone() -> None:
    text = f"a: b # recordmap: ignore[{NOTE}] why\nc: d\n"
    assert codes(text, finding(NOTE, 1)) == []
    assert codes(text, finding(NOTE, 1), finding(NOTE, 2), finding(WARNING, 1)) == [NOTE, WARNING]


def test_an_error_is_never_left_out() -> None:
    assert codes("a: b # recordmap: ignore[unknown-key] why", finding("unknown-key", 1)) == [
        "unknown-key",
        "ignored-error",
    ]


def test_with_an_error_nothing_is_called_unused() -> None:
    text = f"a: b # recordmap: ignore[{NOTE}] why"
    assert codes(text, finding("unknown-key", 3)) == ["unknown-key"]
    assert codes(text) == ["unused-ignore"]


def test_without_a_reason_it_is_left_out_all_the_same() -> None:
    assert codes(f"a: b # recordmap: ignore[{NOTE}] -", finding(NOTE, 1)) == ["ignore-without-reason"]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"a: b  # recordmap: ignore[{NOTE}] why\nc: d\n", "a: b\nc: d\n"),
        (f"a: b\n  # recordmap: ignore[{NOTE}] why\nc: d\n", "a: b\nc: d\n"),
        (f"a: b # a note # recordmap: ignore[{NOTE}] why\n", "a: b # a note\n"),
        (f"a: b # recordmap: ignore[{NOTE}, {WARNING}] why\n", f"a: b # recordmap: ignore[{WARNING}] why\n"),
        (f"a: b # recordmap: ignore[{WARNING},{NOTE}] why\n", f"a: b # recordmap: ignore[{WARNING}] why\n"),
        (
            f"a: b # recordmap: ignore[{WARNING}, filterd] why\n",
            f"a: b # recordmap: ignore[{WARNING}, {NOTE}] why\n",
        ),
    ],
)
def test_what_is_not_needed_is_deleted(text: str, after: str) -> None:
    found = without_ignored([finding(WARNING, 1)], ignores_in(text), "a.yaml")
    fixes = [one.fix for one in found if one.fix is not None]
    assert len(fixes) == 1
    assert apply(text, fixes)[0] == after


@given(
    st.lists(
        st.sampled_from(["a: b", "  c", "# recordmap: ignore[x] y", "|", '"', "'", "\n", " ", "{", "}"]),
        max_size=30,
    )
)
def test_any_text_can_be_looked_at(parts: list[str]) -> None:
    text = "".join(parts)
    for ignore in ignores_in(text):
        assert text.splitlines()[ignore.span.start.line - 1][ignore.span.start.column - 1] == "#"
        assert ignore.span.start.line in ignore.lines
