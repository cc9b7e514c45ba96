"""Parts of a template as they are written there: what an overlay takes over keeps its quotes and its comments."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from recordmap.diagnostics import Position, Span
from recordmap.template.characters import split_lines
from recordmap.template.nodes import Mapping, Node, Scalar
from recordmap.template.reader import scalar_spans
from recordmap.template.writer import written_key
from recordmap.upgrades.edits import Edits, Entry, by_section

_COMMENT = re.compile(r"(?<!\S)#.*")


class Excerpts:
    """The text of a template, to take parts out of. Comments that the `old` text has too are not taken."""

    def __init__(self, text: str, old: str) -> None:
        self._lines = split_lines(text.removeprefix("\ufeff"))
        theirs = {comment for _, comment in _comments(old)}
        self._comments = {number: one for number, one in _comments(text) if one not in theirs}

    def overlay(self, collection: Scalar, edits: Edits) -> str:
        """Return a whole overlay with these edits."""
        return "\n".join(["recordmap: 1", f"overlay: {self._inline(collection)}", *self.sections(edits), ""])

    def sections(self, edits: Edits) -> Iterator[str]:
        """Yield the lines of an overlay below its head."""
        for name, written in edits.neutral:
            yield from ("", f"{name}: {written}")
        for entry in edits.entries:
            if entry.section is None:
                yield ""
                yield from self.entry(entry, "")
        for section in dict.fromkeys(entry.section for entry in edits.entries if entry.section is not None):
            yield from ("", f"{section}:")
            for entry in edits.entries:
                if entry.section == section:
                    yield from self.entry(entry, "  ")
        if edits.removed:
            yield from ("", "remove:")
            for section, names in by_section(edits.removed).items():
                yield f"  {section}: [{', '.join(map(written_key, names))}]"

    def entry(self, entry: Entry, indent: str) -> Iterator[str]:
        """Yield the lines of one entry, below the comments that the subscriber wrote there."""
        yield from self._own_comments(entry, indent)
        yield from self._entry(entry, indent)

    def _own_comments(self, entry: Entry, indent: str) -> Iterator[str]:
        """Yield the comments within an entry, and directly above it."""
        first = entry.key.span.start.line
        while first > 1 and self._lines[first - 2].lstrip().startswith("#"):
            first -= 1
        for number in range(first, last_line(entry.node) + 1):
            if number in self._comments:
                yield f"{indent}{self._comments[number]}"

    def _entry(self, entry: Entry, indent: str) -> Iterator[str]:
        if entry.section == "children":
            yield from self._item(entry.node, indent)
            return
        name, node = self._key(entry.key), entry.node
        if isinstance(node, Mapping) and entry.keys is not None:
            yield f"{indent}{name}:"
            for key, one in node:
                if key.text in entry.keys:
                    yield from self._pair(key, one, indent + "  ")
            yield from (f"{indent}  {key}: {written}" for key, written in entry.neutral)
        else:
            yield from self._pair(entry.key, node, indent)

    def _pair(self, key: Scalar, node: Node, indent: str) -> Iterator[str]:
        inline = self._inline(node)
        if inline is not None:
            yield f"{indent}{self._key(key)}: {inline}"
            return
        yield f"{indent}{self._key(key)}:"
        if isinstance(node, Mapping):
            for inner, one in node:
                yield from self._pair(inner, one, indent + "  ")
        elif not isinstance(node, Scalar):
            for one in node:
                yield from self._item(one, indent + "  ")

    def _item(self, node: Node, indent: str) -> Iterator[str]:
        """Yield an item of a list."""
        inline = self._inline(node)
        if inline is not None or not isinstance(node, Mapping):
            yield f"{indent}- {inline}"
            return
        lead = "- "
        for key, one in node:
            first, *rest = self._pair(key, one, "")
            yield f"{indent}{lead}{first}"
            yield from (f"{indent}  {line}" for line in rest)
            lead = "  "

    def _inline(self, node: Node) -> str | None:
        """Return what can stand behind a key on the same line, as it is written; None for what takes lines below."""
        text = self._slice(node.span)
        if isinstance(node, Scalar):
            return text if text is not None and text.strip() else json.dumps(node.value, ensure_ascii=False)
        if text is not None and text.startswith(("{", "[")):
            return text
        return None if tuple(node) else "{}" if isinstance(node, Mapping) else "[]"

    def _key(self, key: Scalar) -> str:
        return self._slice(key.span) or written_key(key.text)

    def _slice(self, span: Span) -> str | None:
        """Return the text of a stretch within one line."""
        start, end = span
        if start.line != end.line:
            return None
        return self._lines[start.line - 1][start.column - 1 : end.column - 1]


def last_line(node: Node) -> int:
    """Return the last line that a node takes. YAML's own end of a block lies behind the blank lines below it."""
    end = node.span.end
    if end.column > 1:
        return end.line
    inner = (
        [one for _, one in node] if isinstance(node, Mapping) else [] if isinstance(node, Scalar) else [*node]
    )
    return last_line(inner[-1]) if inner else max(end.line - 1, node.span.start.line)


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a text with their lines: a `#` within a value is none."""
    spans = scalar_spans(text) or ()
    starts = [span.start for span in spans]
    for number, line in enumerate(split_lines(text.removeprefix("\ufeff")), 1):
        for found in _COMMENT.finditer(line):
            place = Position(number, found.start() + 1)
            before = bisect_right(starts, place) - 1
            if before < 0 or place >= spans[before].end:
                yield number, found.group().rstrip()
                break
