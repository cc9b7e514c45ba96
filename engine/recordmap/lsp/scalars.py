"""Keys and scalars in lines of YAML, closed or not yet: part of `outline`."""

from __future__ import annotations

import re

from recordmap.diagnostics import Position, Span
from recordmap.lsp.entries import Piece

_COLON = re.compile(r":(?=\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#")
_LOOK_AHEAD = 200
"""Lines in which the end of a quoted scalar is looked for: half-written ones have none."""


def plain(line: str, offset: int, number: int) -> Piece:
    """Return the plain scalar from an offset of line `number` on, up to a comment."""
    comment = _COMMENT.search(line, offset)
    text = line[offset : comment.start() if comment else len(line)].rstrip()
    return Piece(text, Span.at(number, offset + 1, len(text)))


def key_at(line: str, offset: int, number: int) -> tuple[Piece, int] | None:
    """Return the key that begins at an offset of line `number`, and where its value begins; None if it is no key."""
    mark = line[offset]
    if mark in "\"'":
        close = _closing_quote(line, offset + 1, mark)
        if close is None:
            return None
        colon = _COLON.match(line, close + 1)
        if colon is None:
            return None
        text = line[offset + 1 : close]
        return Piece(text, Span.at(number, offset + 2, len(text)), mark), colon.end()
    if mark in "{[#&*!|>%@`":
        return None
    colon = _COLON.search(line, offset)
    comment = _COMMENT.search(line, offset)
    if colon is None or (comment is not None and comment.start() < colon.start()):
        return None
    text = line[offset : colon.start()].rstrip()
    return Piece(text, Span.at(number, offset + 1, len(text))), colon.end()


def quoted(lines: list[str], at: int, offset: int, column: int) -> Piece:
    """Read the quoted scalar at an offset of line `at`, which counts from 0; without an end it ends with its line."""
    mark = lines[at][offset]
    parts = [lines[at][offset + 1 :]]
    for number in range(at, min(at + _LOOK_AHEAD, len(lines))):
        line, begin = lines[number], offset + 1 if number == at else 0
        if number > at:
            if line.strip() and len(line) - len(line.lstrip(" ")) + 1 <= column:
                break
            parts.append(line)
        close = _closing_quote(line, begin, mark)
        if close is not None:
            parts[-1] = line[begin:close]
            span = Span(Position(at + 1, offset + 2), Position(number + 1, close + 1))
            return Piece(
                "\n".join(part.strip() if index else part for index, part in enumerate(parts)), span, mark
            )
    return Piece(parts[0], Span.at(at + 1, offset + 2, len(parts[0])), mark)


def _closing_quote(line: str, offset: int, mark: str) -> int | None:
    while offset < len(line):
        if mark == '"' and line[offset] == "\\":
            offset += 2
        elif line[offset] != mark:
            offset += 1
        elif mark == "'" and line[offset + 1 : offset + 2] == "'":
            offset += 2
        else:
            return offset
    return None
