"""Layouts of dates, such as `DD.MM.YYYY HH:mm`: a closed set of letters, read into pieces once.

No strftime: what its letters give depends on the machine, and its widths can ask for any amount of text.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from recordmap.expression.functions.limits import MAX_LAYOUT
from recordmap.frozen import Frozen
from recordmap.patterns import later

_RUNS = later(r"([A-Za-z])\1*|[^A-Za-z]+")
_LITERAL_LETTERS = ("T", "Z")
_PIECES = {
    "YYYY": ("year", 4),
    "MM": ("month", 2),
    "M": ("month", 1),
    "DD": ("day", 2),
    "D": ("day", 1),
    "HH": ("hour", 2),
    "H": ("hour", 1),
    "mm": ("minute", 2),
    "ss": ("second", 2),
}
_KNOWN = "YYYY, MM, M, DD, D, HH, H, mm, ss"


class Layout(Frozen):
    """A layout, ready for use.

    `pieces` writes: literal text, or a part of a date and its width. `reads` is the pattern that reads,
    None for a layout without year, month and day.
    """

    pieces: tuple[str | tuple[str, int], ...]
    reads: re.Pattern[str] | None

    def write(self, moment: datetime) -> str:
        """Return a date written in this layout."""
        parts: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece)
            else:
                name, width = piece
                parts.append(str(getattr(moment, name)).rjust(width, "0"))
        return "".join(parts)

    def read(self, text: str) -> datetime | None:
        """Return the date in a text of this layout, in UTC, or None if it is no such text."""
        found = self.reads.fullmatch(text) if self.reads else None
        if found is None:
            return None
        try:
            return datetime(**{name: int(digits) for name, digits in found.groupdict().items()}, tzinfo=UTC)
        except ValueError:  # the 31st of February
            return None


@lru_cache(maxsize=256)
def layout_of(text: str) -> Layout | None:
    """Return the layout that a text describes, None if it has letters that layouts don't know."""
    if not text or len(text) > MAX_LAYOUT:
        return None
    pieces: list[str | tuple[str, int]] = []
    for run in _RUNS.finditer(text):
        piece = run[0]
        if piece in _PIECES:
            pieces.append(_PIECES[piece])
        elif run[1] and piece not in _LITERAL_LETTERS:
            return None
        else:
            pieces.append(piece)
    return Layout(tuple(pieces), _reader(pieces))


def _reader(pieces: list[str | tuple[str, int]]) -> re.Pattern[str] | None:
    """Return the pattern that reads a layout; None if it hasn't year, month and day, or has a part twice."""
    names = [piece[0] for piece in pieces if isinstance(piece, tuple)]
    if len(names) != len(set(names)) or not {"year", "month", "day"} <= set(names):
        return None
    parts = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(re.escape(piece))
        else:
            name, width = piece
            parts.append(f"(?P<{name}>[0-9]{{{width if width > 1 else '1,2'}}})")
    return re.compile("".join(parts))


def layout_problem(text: str) -> str | None:
    """Say what is wrong with a layout to write dates in, as a `Parameter.check`."""
    if layout_of(text) is not None:
        return None
    if len(text) > MAX_LAYOUT:
        return f"must not be longer than {MAX_LAYOUT} characters"
    return f"must be made of {_KNOWN} and signs, such as YYYY-MM-DD"


def reading_layout_problem(text: str) -> str | None:
    """Say what is wrong with a layout to read dates by, as a `Parameter.check`."""
    problem = layout_problem(text)
    found = layout_of(text)
    if found is not None and found.reads is None:
        return "must have a year, a month and a day, and nothing twice"
    return problem
