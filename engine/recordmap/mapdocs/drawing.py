"""A flow as a drawing: boxes in rows, each below all that lead to it, and arrows between them. Numbers are pixels.

An arrow that passes a row has a lane of its own there, beside the boxes, so that none runs behind a box.
"""

from __future__ import annotations

from textwrap import wrap

from recordmap.frozen import Frozen
from recordmap.mapdocs.blocks import BEGIN, END, Diagram

WIDTH, GAP, ROW_GAP, MARGIN = 250, 30, 56, 12
LANE = 10
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
    """An arrow from its first point to its last, with what stands beside it."""

    points: tuple[tuple[int, int], ...]
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
    width = max(map(_width, rows)) + 2 * MARGIN
    boxes: dict[str, Box] = {}
    lanes: dict[int, list[tuple[int, int]]] = {}
    top = MARGIN
    for row in rows:
        height = max(len(texts[one]) for one in row if isinstance(one, str)) * _LINE + 2 * _PAD
        x = (width - _width(row)) // 2
        for one in row:
            if isinstance(one, int):
                lanes.setdefault(one, []).extend([(x + LANE // 2, top), (x + LANE // 2, top + height)])
                x += LANE + GAP
                continue
            first = top + (height - len(texts[one]) * _LINE) // 2 + 13
            lines = tuple(
                Line(x + WIDTH // 2, first + at * _LINE, text) for at, text in enumerate(texts[one])
            )
            corner = height // 2 if one in diagram.questions else 6
            boxes[one] = Box(x, top, WIDTH, height, corner, lines)
            x += WIDTH + GAP
        top += height + ROW_GAP
    arrows = tuple(
        _arrow(boxes[start], lanes.get(number, []), boxes[end], _plain(label))
        for number, (start, end, label) in enumerate(diagram.arrows)
    )
    return Drawing(width, top - ROW_GAP + MARGIN, tuple(boxes.values()), arrows, _told(diagram))


def _width(row: list[str | int]) -> int:
    return sum(WIDTH if isinstance(one, str) else LANE for one in row) + (len(row) - 1) * GAP


def _told(diagram: Diagram) -> str:
    said = {name: _plain(text) for name, text in diagram.boxes}
    ways = (
        f"{said[start]} {_plain(label)} → {said[end]}" if label else f"{said[start]} → {said[end]}"
        for start, end, label in diagram.arrows
    )
    return "; ".join(ways)


def _rows(diagram: Diagram) -> list[list[str | int]]:
    """Return what stands in each row: names of boxes, and behind them the numbers of the arrows that pass.

    Each box is one row below the lowest of those that lead to it.
    """
    depth = {name: 0 for name, _ in diagram.boxes}
    for _ in diagram.boxes:
        for start, end, _label in diagram.arrows:
            depth[end] = max(depth[end], depth[start] + 1)
    rows: list[list[str | int]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, _ in diagram.boxes:
        rows[depth[name]].append(name)
    for number, (start, end, _label) in enumerate(diagram.arrows):
        for row in rows[depth[start] + 1 : depth[end]]:
            row.append(number)
    return rows


def _arrow(start: Box, lane: list[tuple[int, int]], end: Box, label: str) -> Arrow:
    points = (
        (start.x + start.width // 2, start.y + start.height),
        *lane,
        (end.x + end.width // 2, end.y),
    )
    (x1, y1), (x2, y2) = points[:2]
    return Arrow(points, Line((x1 + x2) // 2 + 8, (y1 + y2) // 2 + 4, label))


def _plain(text: str) -> str:
    return text.replace(BEGIN, "").replace(END, "")
