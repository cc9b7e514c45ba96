"""YAML as positioned nodes: what the reader makes and the parser walks.

Positions are attached when text is read, because they can't be added later.
"""

from __future__ import annotations

from collections.abc import Iterator

from recordmap.diagnostics import Position, Span
from recordmap.frozen import Frozen


class Scalar(Frozen):
    """One YAML scalar: its JSON value, its text, and where it stands.

    `inner` is the place of the text's first character when the text stands in the file letter by letter on one
    line, so that a position inside it is exact; otherwise None (folded blocks, escapes, doubled quotes).
    """

    value: str | int | float | bool | None
    text: str
    span: Span
    inner: Position | None

    def at(self, offset: int, length: int = 1) -> Span:
        """Return the span of `length` characters at `offset` of the text, or of the whole scalar where inexact."""
        return self.exact(offset, max(length, 1)) or self.span

    def exact(self, offset: int, length: int) -> Span | None:
        """Return the span of exactly these characters, or None where the file doesn't hold them letter by letter."""
        if self.inner is None:
            return None
        return Span.at(self.inner.line, self.inner.column + offset, length)


class Mapping(Frozen):
    """A YAML mapping with unique text keys, in file order."""

    items: tuple[tuple[Scalar, Node], ...]
    span: Span

    def get(self, key: str) -> Node | None:
        """Return the node under `key`, or None."""
        for name, node in self.items:
            if name.text == key:
                return node
        return None

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.items)


class Sequence(Frozen):
    """A YAML sequence."""

    items: tuple[Node, ...]
    span: Span

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


Node = Scalar | Mapping | Sequence


def plain(node: Node) -> object:
    """Return the JSON value that a node stands for."""
    match node:
        case Scalar():
            return node.value
        case Mapping():
            return {key.text: plain(value) for key, value in node}
        case Sequence():
            return [plain(entry) for entry in node]
