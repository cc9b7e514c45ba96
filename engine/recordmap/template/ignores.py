"""Finding the comments that ask for exceptions: `# recordmap: ignore[code, code] reason`.

YAML's parser drops comments, so they are looked for in the text, outside of every scalar: within quotes or a block of
text a `#` is a letter like any other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from recordmap.diagnostics import Position, Span
from recordmap.diagnostics.findings import Findings
from recordmap.diagnostics.ignores import Ignore, IgnoredCode
from recordmap.patterns import later
from recordmap.template.characters import decode, split_lines
from recordmap.template.reader import scalar_spans

_COMMENT = later(r"(?<!\S)#\s*recordmap:\s*ignore\b\s*(\[(?P<codes>[^\]]*)\])?(?P<reason>((?!\s#).)*)")
_CODE = later(r"[^\s,]+")
_NOTHING = later(r"\s*(#.*)?")


def ignores_in(data: str | bytes) -> tuple[Ignore, ...]:
    """Return the comments of a file that ask for exceptions; none where the file can't be read."""
    if isinstance(data, bytes) and b"ignore" not in data:
        return ()
    text = decode(data, Findings(None))
    if text is None or _COMMENT.search(text) is None:
        return ()
    scalars = scalar_spans(text)
    return () if scalars is None else tuple(_Comments(split_lines(text), scalars).ignores())


class _Comments:
    """The lines of a file, with the stretches that are text and no comment.

    Looking at all of them takes time in proportion to the file: `_joined` knows the values of several lines by their
    first and last one.
    """

    def __init__(self, lines: Sequence[str], scalars: Sequence[Span]) -> None:
        self._lines = lines
        self._scalars = scalars
        self._joined: dict[int, range] = {}
        for span in scalars:
            last = span.end.line if span.end.column > 1 else span.end.line - 1
            if last > span.start.line:
                for number in (span.start.line, last):
                    known = self._joined.get(number, range(number, number + 1))
                    first, end = min(span.start.line, known.start), max(last + 1, known.stop)
                    self._joined[number] = range(first, end)

    def ignores(self) -> Iterator[Ignore]:
        """Yield each comment with the lines it is for, from the last to the first."""
        below = len(self._lines)
        for number, line in reversed(list(enumerate(self._lines, 1))):
            for match in _COMMENT.finditer(line):
                if not self._in_scalar(Position(number, match.start() + 1)):
                    yield self._ignore(number, line, match, below)
                    break
            if not _NOTHING.fullmatch(line):
                below = number

    def _ignore(self, number: int, line: str, match: re.Match[str], below: int) -> Ignore:
        """Return a comment; `below` is the next line that holds more than a comment."""
        codes = tuple(
            IgnoredCode(
                one.group(), Span.at(number, match.start("codes") + one.start() + 1, len(one.group()))
            )
            for one in _CODE.finditer(match["codes"] or "")
        )
        inside = match.start("codes")
        before = line[: match.start()].rstrip()
        span = Span.at(number, match.start() + 1, len(match.group().rstrip()))
        whole = Span(Position(number, len(before) + 1), Position(number, len(line) + 1))
        if not before:
            whole = Span(Position(number, 1), Position(number + 1, 1))
        return Ignore(
            span=span,
            whole=whole,
            lines=self._own(number) if before else range(number, self._own(below).stop),
            codes=codes,
            inside=None if inside < 0 else Span.at(number, inside + 1, len(match["codes"])),
            reason=match["reason"].strip(),
        )

    def _in_scalar(self, place: Position) -> bool:
        before = bisect_right(self._scalars, place, key=lambda span: span.start) - 1
        return before >= 0 and place < self._scalars[before].end

    def _own(self, number: int) -> range:
        """Return the lines that count as one with this one: those of a value that begins or ends on it."""
        return self._joined.get(number, range(number, number + 1))
