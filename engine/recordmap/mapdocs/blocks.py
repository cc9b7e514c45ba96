"""What a page is made of: headings, paragraphs, lists, tables and a diagram.

Code within a text stands between two control characters, which no template can hold; see `code`.
"""

from __future__ import annotations

import re
from os import fsencode
from urllib.parse import quote

from recordmap.frozen import Frozen

BEGIN, END = "\x02", "\x03"
_CODE = re.compile(f"{BEGIN}([^{END}]*){END}")


def code(text: str) -> str:
    """Return a text marked as code."""
    return f"{BEGIN}{text}{END}"


def by_turns(text: str) -> list[str]:
    """Return a text in pieces: plain, code, plain and so on. The first and the last are plain, and may be empty."""
    return _CODE.split(text)


class Heading(Frozen):
    """A heading. `level` 1 is the page's own."""

    level: int
    text: str


class Paragraph(Frozen):
    """A paragraph."""

    text: str


class Bullets(Frozen):
    """A list."""

    entries: tuple[str, ...]


class Link(Frozen):
    """A text that leads to another page of the same folder."""

    text: str
    page: str


def address(link: Link) -> str:
    """Return where a link leads, relative to its page: whatever a file is called, it is a file of this folder."""
    return quote(fsencode(link.page))


class Table(Frozen):
    """A table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | Link, ...], ...]


class Diagram(Frozen):
    """A flow: what each box says, by its name, and arrows with what stands beside them.

    `questions` are the boxes with two ways out.
    """

    boxes: tuple[tuple[str, str], ...]
    arrows: tuple[tuple[str, str, str], ...]
    questions: frozenset[str] = frozenset()


Block = Heading | Paragraph | Bullets | Table | Diagram
