"""Blocks as Markdown, with the flow as a Mermaid diagram. Texts of templates never become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recordmap.mapdocs.blocks import (
    BEGIN,
    END,
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

_ENTITIES = {"#": "#35;", "%": "#37;", '"': "#quot;", "<": "#lt;", ">": "#gt;"}
"""How Mermaid writes its own marks."""
_MARKS = re.compile(r"([\\*_\[\]<>#~`])")


def markdown(blocks: Iterable[Block]) -> str:
    """Return a page."""
    return "\n\n".join("\n".join(_lines(block)) for block in blocks) + "\n"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(level=level, text=text):
            yield f"{'#' * level} {inline(text)}"
        case Paragraph(text=text):
            yield inline(text)
        case Bullets(entries=entries):
            yield from (f"- {inline(entry)}" for entry in entries)
        case Table(columns=columns, rows=rows):
            yield _row(columns)
            yield f"| {' | '.join(['---'] * len(columns))} |"
            yield from map(_row, rows)
        case Diagram():
            yield "```mermaid"
            yield "flowchart TD"
            yield from (f"  {line}" for line in _mermaid(block))
            yield "```"


def _row(cells: Iterable[str | Link]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(cell: str | Link) -> str:
    text = inline(cell.text if isinstance(cell, Link) else cell).replace("|", "\\|")
    return f"[{text}]({address(cell)})" if isinstance(cell, Link) else text


def inline(text: str) -> str:
    """Return a text with its marks made harmless, and code in backquotes."""
    return "".join(_code(part) if number % 2 else _plain(part) for number, part in enumerate(by_turns(text)))


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", re.sub(r"\s+", " ", text))


def _code(text: str) -> str:
    """Return code between as many backquotes as it takes."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest or text != text.strip() or not text else ""
    line = re.sub(r"[\r\n]+", " ", text)
    return f"{fence}{pad}{line}{pad}{fence}"


def _mermaid(diagram: Diagram) -> Iterator[str]:
    for name, text in diagram.boxes:
        label = _label(text)
        yield f'{name}{{"{label}"}}' if name in diagram.questions else f'{name}["{label}"]'
    for start, end, text in diagram.arrows:
        yield f'{start} -->|"{_label(text)}"| {end}' if text else f"{start} --> {end}"


def _label(text: str) -> str:
    plain = " ".join(text.replace(BEGIN, "").replace(END, "").split())
    # A directive counts wherever it stands in a diagram, and begins with %%.
    return "".join(_ENTITIES.get(one, one) for one in plain)
