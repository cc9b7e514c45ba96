"""Blocks as one HTML page, with the flow drawn in it. The template escapes every text; see `recordmap.pages`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from recordmap.mapdocs.blocks import (
    Block,
    Bullets,
    Diagram,
    Heading,
    Link,
    Paragraph,
    Table,
    address,
    by_turns,
)
from recordmap.mapdocs.drawing import draw
from recordmap.pages.rendering import render


def html(blocks: Iterable[Block]) -> str:
    """Return a page. Its first block is its heading."""
    every = list(blocks)
    title = next((one.text for one in every if isinstance(one, Heading)), "")
    return b"".join(render("mapping", title=title, blocks=list(map(_values, every)))).decode()


def _values(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level=level, text=text):
            return {"kind": "heading", "level": level, "text": _pieces(text)}
        case Paragraph(text=text):
            return {"kind": "paragraph", "text": _pieces(text)}
        case Bullets(entries=entries):
            return {"kind": "bullets", "entries": list(map(_pieces, entries))}
        case Table(columns=columns, rows=rows):
            return {
                "kind": "table",
                "columns": columns if any(columns) else (),
                "rows": [list(map(_cell, row)) for row in rows],
            }
        case Diagram():
            return {"kind": "diagram", "drawing": draw(block)}


def _cell(cell: str | Link) -> list[dict[str, Any]]:
    if isinstance(cell, Link):
        return [{"text": cell.text, "is_code": False, "page": address(cell)}]
    return _pieces(cell)


def _pieces(text: str) -> list[dict[str, Any]]:
    """Return a text in pieces, each code or not."""
    return [
        {"text": part, "is_code": bool(number % 2), "page": None}
        for number, part in enumerate(by_turns(text))
        if part
    ]
