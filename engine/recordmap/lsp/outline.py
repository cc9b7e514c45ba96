"""The keys, items and values of a YAML text, however unfinished: what the cursor stands in while somebody types.

The reader of `template` refuses a file at its first fault of syntax, and has to. An editor asks most while a file is
faulty. So this one goes by lines and indentation, takes any text, never raises, and judges nothing: what it makes of
a file that is no YAML is a good guess. Findings never come from here.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from recordmap.diagnostics import Position, Span
from recordmap.lsp.entries import BLOCK, MAX_DEPTH, Entry, Piece
from recordmap.lsp.flow import read_flow
from recordmap.lsp.scalars import key_at, plain, quoted
from recordmap.template.characters import split_lines

_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*(#.*)?")
_DASH = re.compile(r"-(?:[ \t]+|$)")


class Outline:
    """A text's entries below `root`, and which piece of them a position is in."""

    def __init__(self, text: str) -> None:
        self.lines = split_lines(text.removeprefix("\ufeff"))
        self.root = Entry(None, 0)
        self._pieces: list[tuple[Position, Piece, Entry, bool]] = []
        _BlockReader(self.lines, self.root).read()
        for entry in self.root.walk():
            if entry.key is not None:
                self._pieces.append((entry.key.span.start, entry.key, entry, True))
            if entry.value is not None:
                self._pieces.append((entry.value.span.start, entry.value, entry, False))
        self._pieces.sort(key=lambda one: one[0])

    def at(self, position: Position) -> tuple[Piece, Entry, bool] | None:
        """Return the piece that a position is in or right behind, its entry, and whether it is the key."""
        index = bisect_right(self._pieces, position, key=lambda one: one[0]) - 1
        if index < 0:
            return None
        _, piece, entry, is_key = self._pieces[index]
        return (piece, entry, is_key) if position <= piece.span.end else None

    def slice(self, start: Position, end: Position) -> str:
        """Return the text between two positions."""
        lines = self.lines[start.line - 1 : end.line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: end.column - 1]
        lines[0] = lines[0][start.column - 1 :]
        return "\n".join(lines)


class _BlockReader:
    """Reads what stands by indentation; `_stack` holds the entries that the next line may belong to."""

    def __init__(self, lines: list[str], root: Entry) -> None:
        self._lines = lines
        self._stack = [root]
        self._line = 0

    def read(self) -> None:
        while self._line < len(self._lines):
            line = self._lines[self._line]
            content = line.strip(" \t")
            if content and not content.startswith(("#", "---", "...", "%")):
                self._read_line(line, len(line) - len(line.lstrip(" \t")))
            self._line += 1

    def _read_line(self, line: str, offset: int) -> None:
        if self._continues(line, offset):
            return
        item: Entry | None = None
        while (dash := _DASH.match(line, offset)) is not None and len(self._stack) < MAX_DEPTH:
            self._pop(offset + 1, for_item=True)
            item = self._stack[-1].add(None, offset + 1)
            self._stack.append(item)
            offset = dash.end()
        if offset >= len(line) or line[offset] == "#":
            return
        found = key_at(line, offset, self._line + 1)
        if found is not None:
            key, after = found
            self._pop(offset + 1)
            entry = self._stack[-1].add(key, offset + 1)
            self._stack.append(entry)
            self._read_value(entry, line, after)
        elif item is not None:
            self._read_value(item, line, offset)
        else:
            self._read_loose(line, offset)

    def _read_loose(self, line: str, offset: int) -> None:
        """Read what is neither a key nor an item: a value on a line of its own, or a key that is being typed."""
        self._pop(offset + 1)
        owner = self._stack[-1]
        if line[offset] in "\"'{[|>" and owner.value is None and not owner.children:
            self._read_value(owner, line, offset)
        else:
            owner.add(plain(line, offset, self._line + 1), offset + 1, complete=False)

    def _read_value(self, entry: Entry, line: str, offset: int) -> None:
        while offset < len(line) and line[offset] in " \t":
            offset += 1
        if offset >= len(line) or line[offset] == "#":
            return
        if _BLOCK.fullmatch(line, offset):
            entry.value = self._block(entry.column)
        elif line[offset] in "{[":
            self._line = read_flow(self._lines, self._line, offset, entry)
        elif line[offset] in "\"'":
            entry.value = quoted(self._lines, self._line, offset, entry.column)
            self._line = entry.value.span.end.line - 1
        else:
            entry.value = plain(line, offset, self._line + 1)

    def _continues(self, line: str, offset: int) -> bool:
        """Whether a line goes on with the plain scalar above it."""
        entry = self._stack[-1]
        value = entry.value
        if value is None or value.style or entry.flow or offset + 1 <= entry.column or entry.children:
            return False
        if _DASH.match(line, offset) or key_at(line, offset, self._line + 1) is not None:
            return False
        more = plain(line, offset, self._line + 1)
        entry.value = Piece(f"{value.text}\n{more.text}", Span(value.span.start, more.span.end))
        return True

    def _block(self, column: int) -> Piece:
        """Read a block scalar: the lines below that are indented further than its key."""
        first = last = self._line + 1
        at = first
        while at < len(self._lines):
            line = self._lines[at]
            blank = not line.strip(" \t")
            if not blank and len(line) - len(line.lstrip(" ")) + 1 <= column:
                break
            at += 1
            last = last if blank else at
        self._line = at - 1
        lines = self._lines[first:last]
        start = Position(min(first + 1, len(self._lines)), 1)
        end = Position(last, len(lines[-1]) + 1) if lines else start
        return Piece("\n".join(line.strip() for line in lines), Span(start, end), BLOCK)

    def _pop(self, column: int, *, for_item: bool = False) -> None:
        """Leave the entries that something in this column can't stand under. A list may begin below its own key."""
        while len(self._stack) > 1:
            top = self._stack[-1]
            if top.column < column or (for_item and top.key is not None and top.column == column):
                return
            self._stack.pop()
