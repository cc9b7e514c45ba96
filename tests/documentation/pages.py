"""The pages of the documentation, read as Markdown: code blocks, code spans, links, headings.

What stands behind a block's language is read as words and `name=value` pairs; `docs/contributing.md` says what they
mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@dataclass(frozen=True)
class Block:
    """One block of code, with the line that its fence is in."""

    page: Path
    line: int
    language: str
    words: frozenset[str]
    values: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


@cache
def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page: Path, *languages: str) -> list[Block]:
    return [block for block in _blocks(page) if not languages or block.language in languages]


@cache
def _blocks(page: Path) -> tuple[Block, ...]:
    return tuple(_block(page, token) for token in tokens(page) if token.type == "fence")


def _block(page: Path, token: Token) -> Block:
    language, *rest = token.info.split() or [""]
    pairs = dict(word.split("=", 1) for word in rest if "=" in word)
    words = frozenset(word for word in rest if "=" not in word)
    assert token.map is not None
    return Block(page, token.map[0] + 1, language, words, pairs, token.content)


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, *languages)]


def _inline(page: Path) -> Iterator[Token]:
    for token in tokens(page):
        yield from token.children or ()


def code_spans(page: Path) -> list[str]:
    return [token.content for token in _inline(page) if token.type == "code_inline"]


def links(page: Path) -> list[str]:
    """Return the targets of all links and pictures, also of those in HTML."""
    found = [
        str(token.attrs.get("href") or token.attrs.get("src"))
        for token in _inline(page)
        if token.type in ("link_open", "image")
    ]
    for token in (*tokens(page), *_inline(page)):
        if token.type in ("html_block", "html_inline"):
            found += re.findall(r'(?:href|src|srcset)="([^"]+)"', token.content)
    return found


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading, inline in pairwise(tokens(page)):
        if heading.type == "heading_open":
            text = "".join(token.content for token in inline.children or ()).lower()
            found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return frozenset(found)
