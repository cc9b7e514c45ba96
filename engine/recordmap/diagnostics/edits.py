"""Applying edits to a text: pure functions that touch nothing but the stretches named."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from recordmap.diagnostics.model import Edit, Fix, Position
from recordmap.patterns import later

_MARK = "\ufeff"
_LINE_END = later(r"\r\n|\r|\n")


def apply(text: str, fixes: Iterable[Fix]) -> tuple[str, tuple[Fix, ...]]:
    """Return the text with fixes applied, and those that were: one that overlaps an earlier one is left out.

    Lines of an edit get the line ends of the text. Positions count as the reader counts: without a byte order mark.
    """
    places = _Places(text)
    taken: list[tuple[int, int, str]] = []  # by place, so that it is neighbours alone that can overlap
    applied: list[Fix] = []
    for fix in sorted(fixes, key=lambda fix: fix.edits):
        stretches = [places.stretch(edit) for edit in fix.edits]
        if stretches and not any(_touches(one, taken) for one in stretches):
            for one in stretches:
                insort(taken, one)
            applied.append(fix)
    parts: list[str] = []
    done = 0
    for begin, end, new in taken:
        parts += (text[done:begin], new)
        done = end
    return "".join((*parts, text[done:])), tuple(applied)


def _touches(one: tuple[int, int, str], taken: list[tuple[int, int, str]]) -> bool:
    """Whether a stretch overlaps another one, or begins where it does: their order would be a matter of chance."""
    begin, end, _ = one
    behind = bisect_left(taken, (begin,))
    if behind < len(taken) and (taken[behind][0] == begin or taken[behind][0] < end):
        return True
    return behind > 0 and taken[behind - 1][1] > begin


class _Places:
    """Where the lines of a text begin, and how they end."""

    def __init__(self, text: str) -> None:
        first = len(_MARK) if text.startswith(_MARK) else 0
        ends = list(_LINE_END.finditer(text))
        self._starts = [first, *(end.end() for end in ends)]
        self._line_ends = [*(end.start() for end in ends), len(text)]
        self._end = ends[0].group() if ends else "\n"

    def stretch(self, edit: Edit) -> tuple[int, int, str]:
        """Return an edit as offsets, with its text."""
        new = edit.text.replace("\n", self._end)
        if edit.span.start.line > len(self._starts):  # below a last line that has no end
            new = self._end + new
        return self._offset(edit.span.start), self._offset(edit.span.end), new

    def _offset(self, position: Position) -> int:
        if position.line > len(self._starts):
            return self._line_ends[-1]
        line = position.line - 1
        return min(self._starts[line] + position.column - 1, self._line_ends[line])
