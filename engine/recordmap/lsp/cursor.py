"""Where the cursor is: in which key or value, and how far into its text.

While somebody types, a mark is put where the cursor is, so that there is a piece to be in even where nothing is
written yet; the outline does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from recordmap.diagnostics import Position, Span
from recordmap.lsp.entries import Entry, Piece
from recordmap.lsp.outline import Outline

MARK = "\ue000"
"""A character for private use: part of no key, and no sign of either language."""


@dataclass(frozen=True)
class Cursor:
    """A place in a text. `text` is the whole of the piece as YAML means it, `offset` counts in it."""

    outline: Outline
    piece: Piece
    entry: Entry
    in_key: bool
    position: Position
    text: str
    offset: int

    @property
    def before(self) -> str:
        """The piece's text up to the cursor."""
        return self.text[: self.offset]

    @property
    def after(self) -> str:
        """The rest of it, without the mark."""
        return self.text[self.offset :].removeprefix(MARK)

    def place(self, offset: int) -> Position:
        """Return where the character at an offset of `text` stands. Before a mark, or without one."""
        lines = self.text[:offset].split("\n")
        column = len(_written(lines[-1], self.piece.style)) + 1
        start = self.piece.span.start
        return Position(start.line + len(lines) - 1, column + (start.column - 1 if len(lines) == 1 else 0))

    def span(self, start: int, end: int) -> Span:
        """Return where a stretch of `text` stands."""
        return Span(self.place(start), self.place(end))

    def written(self, text: str) -> str:
        """Return text as it has to be written within this piece's quotes."""
        return _written(text, self.piece.style)


def cursor_at(outline: Outline, position: Position) -> Cursor | None:
    """Return the piece that a position is in, or None between pieces."""
    found = outline.at(position)
    if found is None:
        return None
    piece, entry, in_key = found
    text = _meant(outline.slice(piece.span.start, piece.span.end), piece.style)
    offset = len(_meant(outline.slice(piece.span.start, position), piece.style))
    return Cursor(outline, piece, entry, in_key, position, text, offset)


def typing_at(text: str, position: Position) -> Cursor | None:
    """Return the piece that is being typed at a position; None in a comment, or where nothing can be."""
    lines = Outline(text).lines
    if not 1 <= position.line <= len(lines):
        return None
    line = lines[position.line - 1]
    column = min(position.column - 1, len(line))
    lines[position.line - 1] = f"{line[:column]}{MARK}{line[column:]}"
    found = cursor_at(Outline("\n".join(lines)), Position(position.line, column + 1))
    return found if found is not None and found.text[found.offset :].startswith(MARK) else None


def _meant(text: str, style: str) -> str:
    """Return what a piece of a quoted scalar means, as far as paths and formulas need it."""
    if style == '"':
        return text.replace('\\"', '"').replace("\\\\", "\\")
    return text.replace("''", "'") if style == "'" else text


def _written(text: str, style: str) -> str:
    if style == '"':
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("'", "''") if style == "'" else text
