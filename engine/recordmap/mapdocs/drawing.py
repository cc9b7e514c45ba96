"""A flow as a drawing: boxes in rows, each below all that lead to it, and arrows between them. Numbers are pixels."""

from __future__ import annotations

from textwrap import wrap

from recordmap.frozen import Frozen
from recordmap.mapdocs.blocks import BEGIN, END, Diagram

WIDTH, GAP, ROW_GAP, MARGIN = 250, 30, 56, 12
_LINE, _PAD, _LETTERS = 18, 12, 32


class Line(Frozen):
    """One line of text."""

    x: int
    y: int
    text: str


class Box(Frozen):
    """A box; `corner` is the radius of its corners: those of questions are round."""

    x: int
    y: int
    width: int
    height: int
    corner: int
    lines: tuple[Line, ...]


class Arrow(Frozen):
    """An arrow, with what stands beside it."""

    x1: int
    y1: int
    x2: int
    y2: int
    label: Line


class Drawing(Frozen):
    """A drawing of a width and height; `told` says what it shows to those who can't see it."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    told: str


def draw(diagram: Diagram) -> Drawing:
    """Return the drawing of a flow."""
    rows = _rows(diagram)
    texts = {name: wrap(_plain(text), _LETTERS) or [""] for name, text in diagram.boxes}
    widest = max(len(row) for row in rows)
    width = widest * (WIDTH + GAP) - GAP + 2 * MARGIN
    boxes: dict[str, Box] = {}
    top = MARGIN
    for row in rows:
        height = max(len(texts[name]) for name in row) * _LINE + 2 * _PAD
        left = (width - len(row) * (WIDTH + GAP) + GAP) // 2
        for number, name in enumerate(row):
            x = left + number * (WIDTH + GAP)
            first = top + (height - len(texts[name]) * _LINE) // 2 + 13
            lines = tuple(
                Line(x + WIDTH // 2, first + at * _LINE, text) for at, text in enumerate(texts[name])
            )
            corner = height // 2 if name in diagram.questions else 6
            boxes[name] = Box(x, top, WIDTH, height, corner, lines)
        top += height + ROW_GAP
    arrows = tuple(_arrow(boxes[start], boxes[end], _plain(label)) for start, end, label in diagram.arrows)
    return Drawing(width, top - ROW_GAP + MARGIN, tuple(boxes.values()), arrows, _told(diagram))


def _told(diagram: Diagram) -> str:
    said = {name: _plain(text) for name, text in diagram.boxes}
    ways = (
        f"{said[start]} {_plain(label)} → {said[end]}" if label else f"{said[start]} → {said[end]}"
        for start, end, label in diagram.arrows
    )
    return "; ".join(ways)


def _rows(diagram: Diagram) -> list[list[str]]:
    """Return the names of boxes by row: each one row below the lowest of those that lead to it."""
    depth = {name: 0 for name, _ in diagram.boxes}
    for _ in diagram.boxes:
        for start, end, _label in diagram.arrows:
            depth[end] = max(depth[end], depth[start] + 1)
    rows: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, _ in diagram.boxes:
        rows[depth[name]].append(name)
    return rows


def _arrow(start: Box, end: Box, label: str) -> Arrow:
    x1, y1 = start.x + start.width // 2, start.y + start.height
    x2, y2 = end.x + end.width // 2, end.y
    return Arrow(x1, y1, x2, y2, Line((x1 + x2) // 2 + 8, (y1 + y2) // 2 + 4, label))


def _plain(text: str) -> str:
    return text.replace(BEGIN, "").replace(END, "")
