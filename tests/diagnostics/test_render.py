"""How findings are shown: excerpts with underlines, colours, and nothing that a terminal obeys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.diagnostics import Diagnostic, Label, Position, Severity, Span, render
from recordmap.diagnostics.codes import CODES


def shown(diagnostic: Diagnostic, *lines: str, color: bool = False) -> list[str]:
    return render.full([diagnostic], lambda _file: lines, color=color).split("\n")


def finding(span: Span, *labels: Label, hint: str | None = None, message: str = "wrong") -> Diagnostic:
    return Diagnostic("unknown-key", message, file="a.yaml", span=span, hint=hint, labels=labels)


def test_the_anatomy_of_a_finding() -> None:
    assert shown(finding(Span.at(2, 3, 5), hint="did you mean 'level'?"), "fields:", "  levle: x") == [
        "a.yaml:2:3: error[unknown-key]: wrong",
        "  |",
        "2 |   levle: x",
        "  |   ^^^^^",
        "  = hint: did you mean 'level'?",
    ]


def test_labels_stand_at_their_lines_in_order() -> None:
    lines = [f"line{number}" for number in range(1, 13)]
    here = finding(Span.at(12, 1, 4), Label(Span.at(2, 5), "after it"), Label(Span.at(3, 1, 4), "first here"))
    assert shown(here, *lines) == [
        "a.yaml:12:1: error[unknown-key]: wrong",
        "   |",
        " 2 | line2",
        "   |     - after it",
        " 3 | line3",
        "   | ---- first here",
        "...",
        "12 | line12",
        "   | ^^^^",
    ]


def test_a_label_on_the_same_line_has_a_row_of_its_own() -> None:
    assert shown(finding(Span.at(1, 8, 1), Label(Span.at(1, 2, 1), "first")), "{a: 1, a: 2}") == [
        "a.yaml:1:8: error[unknown-key]: wrong",
        "  |",
        "1 | {a: 1, a: 2}",
        "  |        ^",
        "  |  - first",
    ]


@pytest.mark.parametrize(
    ("line", "span", "text", "underline"),
    [
        ("abc", Span.at(1, 2, 9), "abc", " ^^"),
        ("abc", Span.at(1, 4), "abc", "   ^"),
        ("abc", Span.at(1, 9), "abc", "   ^"),
        ("abc", Span(Position(1, 2), Position(1, 2)), "abc", " ^"),
        ("abc  ", Span(Position(1, 2), Position(3, 1)), "abc", " ^^"),
        ("\tabc", Span.at(1, 2, 3), "    abc", "    ^^^"),
        ("a\tb", Span.at(1, 2, 1), "a    b", " ^^^^"),
        ("日本: x", Span.at(1, 5), "日本: x", "      ^"),
        ("日本", Span.at(1, 1, 2), "日本", "^^^^"),
        ("e\u0301a", Span.at(1, 3), "e\u0301a", " ^"),
        ("\ufeffabc", Span.at(1, 1, 3), "abc", "^^^"),
        ("a\x1b[31m", Span.at(1, 3), "a␛[31m", "  ^"),
        ("a\u202eb", Span.at(1, 2), "a\ufffdb", " ^"),
        ("a\x00\x7f", Span.at(1, 3), "a␀␡", "  ^"),
        ("a\r", Span.at(1, 1), "a", "^"),
    ],
)
def test_lines_are_shown_as_wide_as_they_are(line: str, span: Span, text: str, underline: str) -> None:
    _, _, excerpt, below = shown(finding(span), line)
    assert (excerpt.removeprefix("1 | "), below.removeprefix("  | ")) == (text, underline)


def test_an_empty_line() -> None:
    assert shown(finding(Span.at(1, 1)), "") == [
        "a.yaml:1:1: error[unknown-key]: wrong",
        "  |",
        "1 |",
        "  | ^",
    ]


def test_long_lines_are_cut_around_the_fault() -> None:
    line = "".join(f"{number:04}" for number in range(1000))
    _, _, excerpt, below = shown(finding(Span.at(1, 2001, 4), Label(Span.at(1, 1), "far away")), line)[:4]
    text, mark = excerpt.removeprefix("1 | "), below.removeprefix("  | ")
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) <= 162
    _, _, end, below = shown(finding(Span.at(1, 2001, 4)), line)
    text, mark = end.removeprefix("1 | "), below.removeprefix("  | ")
    assert text[mark.index("^") : mark.rindex("^") + 1] == line[2000:2004]
    tail = shown(finding(Span.at(1, 3999, 50)), line)
    text, mark = tail[2].removeprefix("1 | "), tail[3].removeprefix("  | ")
    assert text.endswith("0999")
    assert mark.rindex("^") == len(text) - 1


@pytest.mark.parametrize("file", ["a.yaml", None])
def test_without_lines_the_message_stands_alone(file: str | None) -> None:
    here = Diagnostic("unknown-key", "wrong", file=file, span=Span.at(7, 2), hint="do this")
    place = file or "<template>"
    assert shown(here) == [f"{place}:7:2: error[unknown-key]: wrong", "  = hint: do this"]


def test_lines_are_asked_for_by_the_name_of_the_file() -> None:
    asked = []

    def read_lines(file: str) -> list[str]:
        asked.append(file)
        return ["x"]

    here = finding(Span.at(1, 1))
    render.full([here, Diagnostic("yaml-syntax", "wrong", file=None)], read_lines, color=False)
    assert asked == ["a.yaml"]


def test_findings_are_separated_by_a_blank_line() -> None:
    assert "\n\na.yaml" in render.full([finding(Span.at(1, 1))] * 2, lambda _file: ["x"], color=False)
    assert render.full([], lambda _file: [], color=False) == ""


def test_colour_only_adds_codes() -> None:
    here = finding(Span.at(2, 3, 5), Label(Span.at(1, 1), "first"), hint="do this")
    lines = ("fields:", "  levle: x")
    plain = shown(here, *lines)
    coloured = shown(here, *lines, color=True)
    assert coloured != plain
    assert [uncoloured(line) for line in coloured] == plain
    assert "\x1b[1;31merror[unknown-key]:\x1b[0m" in coloured[0]
    assert all(line.count("\x1b[") == 2 * line.count("\x1b[0m") for line in coloured)


def uncoloured(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_has_its_colour(severity: Severity) -> None:
    here = Diagnostic("unknown-key", "wrong", severity, span=Span.at(1, 1))
    first = shown(here, color=True)[0]
    assert f"m{severity}[unknown-key]:\x1b[0m" in first


def test_what_is_quoted_in_messages_is_harmless() -> None:
    here = Diagnostic(
        "unknown-key",
        "'a\nb\x1b]0;title\x07' is \u202e no key",
        file="dir\n/a\x1b.yaml",
        span=Span.at(1, 1),
        hint="did you mean '\x1b[2J'?",
        labels=(Label(Span.at(1, 1), "\x9b1m"),),
    )
    text = render.full([here], lambda _file: ["x"], color=False)
    assert all(character.isprintable() for line in text.split("\n") for character in line)
    assert len(text.split("\n")) == 6
    line = render.concise([here])
    assert line.isprintable()


def test_concise() -> None:
    two = [finding(Span.at(3, 1)), Diagnostic("filtered", "left out", Severity.NOTE, "b.yaml")]
    assert (
        render.concise(two) == "a.yaml:3:1: error[unknown-key]: wrong\nb.yaml:1:1: note[filtered]: left out"
    )
    assert render.concise([]) == ""


def test_statistics_count_by_code() -> None:
    three = [finding(Span.at(1, 1))] * 12 + [Diagnostic("yaml-syntax", "x"), Diagnostic("duplicate-key", "x")]
    assert render.statistics(three).split("\n") == [
        f"12  error    unknown-key    {CODES['unknown-key'].title}",
        f" 1  error    duplicate-key  {CODES['duplicate-key'].title}",
        f" 1  error    yaml-syntax    {CODES['yaml-syntax'].title}",
    ]
    assert render.statistics([]) == ""


@pytest.mark.parametrize(
    ("severities", "files", "text"),
    [
        ([], 4, "no problems in 4 files"),
        ([], 1, "no problems in 1 file"),
        ([Severity.ERROR] * 2 + [Severity.WARNING], 3, "2 errors, 1 warning in 3 files"),
        ([Severity.NOTE, Severity.ERROR], 1, "1 error, 1 note in 1 file"),
        ([Severity.WARNING] * 1200, 1000, "1,200 warnings in 1,000 files"),
    ],
)
def test_the_summary(severities: list[Severity], files: int, text: str) -> None:
    assert render.summary([Diagnostic("unknown-key", "x", one) for one in severities], files) == text


POSITIONS = st.builds(Position, st.integers(1, 5), st.integers(1, 300))
LINES = st.lists(st.text(max_size=250), min_size=1, max_size=5)


@given(LINES, POSITIONS, POSITIONS, st.lists(POSITIONS, max_size=3), st.text(max_size=40), st.booleans())
def test_any_place_in_any_text_can_be_shown(
    lines: list[str], start: Position, end: Position, labels: list[Position], message: str, color: bool
) -> None:
    span = Span(min(start, end), max(start, end))
    here = Diagnostic(
        "unknown-key",
        message,
        file="a.yaml",
        span=span,
        labels=tuple(Label(Span.at(one.line, one.column), "here") for one in labels),
    )
    text = render.full([here], lambda _file: lines, color=color)
    rows = text.split("\n")
    for row in rows:
        plain = uncoloured(row) if color else row
        assert not any(
            unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in plain
        )
    assert render.concise([here]).count("\n") == 0
