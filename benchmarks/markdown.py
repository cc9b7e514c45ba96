"""Markdown for the page: filled paragraphs, tables, figures in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

WIDTH = 120


def prose(*sentences: str) -> str:
    """Return sentences as one filled paragraph."""
    return textwrap.fill(" ".join(sentences), WIDTH, break_long_words=False, break_on_hyphens=False)


def item(*sentences: str) -> str:
    """Return sentences as one filled item of a list."""
    text = "- " + " ".join(sentences)
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    return "\n".join(_lines(head, rows))


def _lines(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(head)
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


def figure(value: float, unit: str) -> str:
    """Return a measured figure with its unit."""
    return f"{value:.2f} times" if unit == "times" else f"{value:.0f} {unit}"


def share(part: float) -> str:
    """Return a share of one as per cent."""
    return f"{part * 100:.0f} %"


def name_of(contender: str) -> str:
    """Return a contender's name, recordmap's own to be seen."""
    return f"**{contender}**" if contender.startswith("recordmap") else contender
