"""What stands between braces and brackets, `{field: Name, source: id}`, closed or not yet: part of `outline`."""

from __future__ import annotations

import re

from recordmap.diagnostics import Span
from recordmap.lsp.entries import MAX_DEPTH, Entry, Piece
from recordmap.lsp.scalars import quoted

_PLAIN = re.compile(r"(?:[^,\[\]{}:#]|:(?=[^\s,\[\]{}])|(?<=\S)#)+")
_COLON = re.compile(r"[ \t]*:(?=[\s,\[\]{}]|$)")
_SOMETHING = re.compile(r"[^ \t]")
_CLOSING = "}]"


def read_flow(lines: list[str], at: int, offset: int, owner: Entry) -> int:
    """Read the map or list that opens at an offset of line `at` into `owner`; return the line that it ends in.

    It ends with its bracket, or before a line that is indented no further than `owner`: there a bracket is missing.
    """
    reader = _FlowReader(lines, at, offset, owner)
    reader.read()
    return reader.line


class _FlowReader:
    """Takes one thing after the other. `_open` holds the open brackets, each with the entry that it fills."""

    def __init__(self, lines: list[str], at: int, offset: int, owner: Entry) -> None:
        self.line = at
        self._lines = lines
        self._offset = offset
        self._column = owner.column
        self._open: list[tuple[str, Entry]] = []
        self._target = owner
        """What a value belongs to: the entry whose key was read last, or the one that the bracket fills."""

    def read(self) -> None:
        while self._skip_blank():
            self._take(self._lines[self.line])
            if not self._open:
                return

    def _skip_blank(self) -> bool:
        """Go to the next thing, over lines where need be; False where the flow ends without its bracket."""
        while True:
            line = self._lines[self.line]
            something = _SOMETHING.search(line, self._offset)
            if something is not None and something[0] != "#":
                self._offset = something.start()
                return True
            following = self.line + 1
            if following >= len(self._lines):
                return False
            line = self._lines[following]
            content = line.lstrip(" ")
            if content and len(line) - len(content) + 1 <= self._column and content[0] not in _CLOSING:
                return False
            self.line, self._offset = following, 0

    def _take(self, line: str) -> None:
        mark = line[self._offset]
        if mark in "{[":
            self._enter(mark)
        elif mark in _CLOSING:
            self._open.pop()
            self._offset += 1
            self._target = self._open[-1][1] if self._open else self._target
        elif mark == ",":
            self._offset += 1
            self._target = self._open[-1][1]
        elif mark in "\"'":
            piece = quoted(self._lines, self.line, self._offset, self._column)
            same_line = piece.span.end.line == self.line + 1
            self.line = piece.span.end.line - 1
            end = piece.span.end.column - 1
            closed = self._lines[self.line][end : end + 1] == mark
            self._offset = end + 1 if closed else end
            self._place(piece, can_be_key=same_line)
        else:
            plain = _PLAIN.match(line, self._offset)
            if plain is None:  # a colon of nothing
                self._offset += 1
                return
            text = plain.group().rstrip()
            self._place(Piece(text, Span.at(self.line + 1, self._offset + 1, len(text))), plain.end())

    def _enter(self, mark: str) -> None:
        self._offset += 1
        if len(self._open) >= MAX_DEPTH:
            return
        target = self._target
        if self._open and self._open[-1] == ("[", target):
            target = target.add(None, self._offset, flow=True)
        self._open.append((mark, target))
        self._target = target

    def _place(self, piece: Piece, end: int | None = None, *, can_be_key: bool = True) -> None:
        """Put a scalar where it belongs: a key when a colon follows, else a value, an item or a key being typed."""
        mark, owner = self._open[-1]
        self._offset = self._offset if end is None else end
        colon = _COLON.match(self._lines[self.line], self._offset) if can_be_key else None
        if colon is not None and self._target is owner:
            self._target = owner.add(piece, piece.span.start.column, flow=True)
            self._offset = colon.end()
        elif self._target is not owner:
            self._target.value = self._target.value or piece
        elif mark == "[":
            owner.add(None, piece.span.start.column, flow=True).value = piece
        else:
            owner.add(piece, piece.span.start.column, complete=False, flow=True)
