"""Diagnostics as text for people: pure functions from findings to a string. For machines there is `machine`.

The order is the caller's. Nothing here opens a file or asks a terminal anything: lines come through
`read_lines`, colour through `color`. What a file says is shown, never obeyed: characters that a terminal
would act on, or that an editor would hide, are replaced before they are printed.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from recordmap.diagnostics.codes import CODES
from recordmap.diagnostics.covered import COVER, SECRET
from recordmap.diagnostics.model import Diagnostic, Severity, Span
from recordmap.frozen import Frozen

ReadLines = Callable[[str], Sequence[str]]
"""Gives the lines of a file by its name in the findings, without line ends; none when it can't be read."""

_NO_FILE = "<template>"
_TAB = "    "
_LEFT = 40
_WINDOW = 160
"""Of a longer line only this many characters are shown, `_LEFT` of them before the fault."""

_UNSEEN = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_STYLES = {
    Severity.ERROR: "1;31",
    Severity.WARNING: "1;33",
    Severity.NOTE: "1;36",
}
_BOLD, _DIM, _HINT = "1", "34", "1;36"


def full(diagnostics: Iterable[Diagnostic], read_lines: ReadLines, *, color: bool = False) -> str:
    """Return each finding with the line it points at, the fault underlined, and a hint. Secrets are covered."""
    found = list(diagnostics)
    read = _without_secrets(found, read_lines)
    return "\n\n".join("\n".join(_block(one, read, color=color)) for one in found)


def concise(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one line for each finding: `path:line:column: severity[code]: message`."""
    return "\n".join(_heading(one, color=False) for one in diagnostics)


def statistics(diagnostics: Iterable[Diagnostic]) -> str:
    """Return how often each code was found, the most frequent first."""
    counts = Counter((one.code, one.severity) for one in diagnostics)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    width = max((len(str(count)) for _, count in rows), default=0)
    slugs = max((len(code) for (code, _), _ in rows), default=0)
    return "\n".join(
        f"{count:>{width}}  {severity:<7}  {code:<{slugs}}  {CODES[code].title}"
        for (code, severity), count in rows
    )


def summary(diagnostics: Iterable[Diagnostic], files: int) -> str:
    """Return how it went in one line: "2 errors, 1 warning in 3 files". `files` is how many were checked."""
    counts = Counter(one.severity for one in diagnostics)
    found = [counted(counts[severity], severity.value) for severity in Severity if counts[severity]]
    return f"{', '.join(found) or 'no problems'} in {counted(files, 'file')}"


def visible(text: str) -> str:
    """Return text on one line, with a sign for every character that would not be seen or would be obeyed."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_sign, text))


def _sign(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    return _REPLACEMENT if unicodedata.category(character) in _UNSEEN else character


def counted(number: int, word: str) -> str:
    """Return a number with what it counts: `1 record`, `2,000 records`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _paint(text: str, style: str, *, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text


def _heading(one: Diagnostic, *, color: bool) -> str:
    start = one.span.start
    place = f"{visible(one.file or _NO_FILE)}:{start.line}:{start.column}:"
    kind = f"{one.severity}[{one.code}]:"
    return (
        f"{_paint(place, _BOLD, color=color)} {_paint(kind, _STYLES[one.severity], color=color)}"
        f" {_paint(visible(one.message), _BOLD, color=color)}"
    )


def _without_secrets(found: Iterable[Diagnostic], read_lines: ReadLines) -> ReadLines:
    """Return `read_lines` with a dot for each character of what looks like a secret: output ends up in logs."""
    secrets = [one for one in found if one.code == SECRET]
    if not secrets:
        return read_lines

    def read(file: str) -> Sequence[str]:
        lines = list(read_lines(file))
        for one in secrets:
            if one.file == file and one.span.start.line <= len(lines):
                line, start, end = (
                    lines[one.span.start.line - 1],
                    one.span.start.column - 1,
                    one.span.end.column - 1,
                )
                mark = len(line) - len(line.removeprefix("\ufeff"))
                start, end = (
                    start + mark,
                    end + mark if one.span.end.line == one.span.start.line else len(line),
                )
                lines[one.span.start.line - 1] = f"{line[:start]}{COVER * (end - start)}{line[end:]}"
        return lines

    return read


def _block(one: Diagnostic, read_lines: ReadLines, *, color: bool) -> Iterator[str]:
    yield _heading(one, color=color)
    lines = read_lines(one.file) if one.file is not None else ()
    marks = [_Mark(one.span, "^", "", _STYLES[one.severity])]
    marks += [_Mark(label.span, "-", visible(label.text), _DIM) for label in one.labels]
    marks = [mark for mark in marks if mark.line <= len(lines)]
    numbers = sorted({mark.line for mark in marks})
    gutter = " " * len(str(numbers[-1])) if numbers else " "
    bar = _paint(f"{gutter} |", _DIM, color=color)
    if numbers:
        yield bar
    for before, number in zip([0, *numbers], numbers, strict=False):
        if before and number > before + 1:
            yield _paint("...", _DIM, color=color)
        here = [mark for mark in marks if mark.line == number]
        excerpt = _Excerpt.of(lines[number - 1], here)
        shown = f" {excerpt.text}" if excerpt.text else ""
        yield _paint(f"{number:>{len(gutter)}} |", _DIM, color=color) + shown
        for mark in here:
            indent, length = excerpt.place(mark.span)
            line = mark.sign * length + (f" {mark.text}" if mark.text else "")
            yield f"{bar} {' ' * indent}{_paint(line, mark.style, color=color)}"
    if one.hint is not None:
        equals = _paint(f"{gutter} =", _DIM, color=color)
        yield f"{equals} {_paint('hint:', _HINT, color=color)} {visible(one.hint)}"


class _Mark(Frozen):
    """A place to underline: with what sign, and what is said of it."""

    span: Span
    sign: str
    text: str
    style: str

    @property
    def line(self) -> int:
        return self.span.start.line


class _Excerpt(Frozen):
    """The part of a line that is shown; `cells` is what each of its characters from `first` on becomes."""

    line: str
    first: int
    cells: tuple[str, ...]
    cut: bool

    @classmethod
    def of(cls, line: str, marks: Sequence[_Mark]) -> _Excerpt:
        # A byte order mark is no character of the text: the reader, which counted the columns, took it off.
        line = line.removeprefix("\ufeff").rstrip()
        first = 0
        if len(line) > _WINDOW:
            fault = min(marks[0].span.start.column, len(line)) - 1
            first = max(min(fault - _LEFT, len(line) - _WINDOW), 0)
        cells = (_TAB if one == "\t" else _sign(one) for one in line[first : first + _WINDOW])
        return cls(line, first, tuple(cells), len(line) > first + _WINDOW)

    @property
    def text(self) -> str:
        return f"{'…' if self.first else ''}{''.join(self.cells)}{'…' if self.cut else ''}"

    def place(self, span: Span) -> tuple[int, int]:
        """Return how many columns to leave before a span's underline, and how many it takes, at least one."""
        last = span.end.column - 1 if span.end.line == span.start.line else len(self.line)
        begin = min(max(span.start.column - 1 - self.first, 0), len(self.cells))
        end = min(max(last - self.first, begin), len(self.cells))
        indent = _width("".join(self.cells[:begin])) + (1 if self.first else 0)
        return indent, max(_width("".join(self.cells[begin:end])), 1)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for wide letters, none for marks on others."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    marks = sum(unicodedata.category(one) in {"Mn", "Me"} for one in text)
    return len(text) + wide - marks
