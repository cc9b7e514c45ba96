"""What an outline is made of: pieces of text with their places, and the entries that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from recordmap.diagnostics import Span

BLOCK = "|"
"""The style of scalars on lines of their own, literal or folded."""
MAX_DEPTH = 100
"""Levels of brackets and dashes that are followed: the reader refuses half as many."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A key or a scalar as written, without its quotes. `style` is its quote, `BLOCK`, or nothing for a plain one."""

    text: str
    span: Span
    style: str = ""


@dataclass(slots=True, eq=False)
class Entry:
    """A key of a map, or an item of a list (`key` is None), with what stands under it.

    A key without a colon is one that is being typed: `complete` is False. `flow` tells entries between braces.
    """

    key: Piece | None
    column: int
    parent: Entry | None = None
    value: Piece | None = None
    children: list[Entry] = field(default_factory=list)
    complete: bool = True
    flow: bool = False

    @property
    def path(self) -> tuple[str | None, ...]:
        """The keys from the top of the file to this one; None stands for an item of a list."""
        steps: list[str | None] = []
        entry = self
        while entry.parent is not None:
            steps.append(entry.key.text if entry.key else None)
            entry = entry.parent
        return tuple(reversed(steps))

    def get(self, *keys: str) -> Entry | None:
        """Return the entry below this one by its keys, or None."""
        entry: Entry | None = self
        for name in keys:
            if entry is None:
                return None
            named = (one for one in entry.children if one.key is not None and one.key.text == name)
            entry = next(named, None)
        return entry

    def text(self, *keys: str) -> str:
        """Return the value below `keys` as written, or "" when there is none."""
        entry = self.get(*keys)
        return entry.value.text if entry is not None and entry.value is not None else ""

    def add(self, key: Piece | None, column: int, *, complete: bool = True, flow: bool = False) -> Entry:
        """Put an entry below this one, and return it."""
        entry = Entry(key, column, self, complete=complete, flow=flow)
        self.children.append(entry)
        return entry

    def walk(self) -> Iterator[Entry]:
        """Yield this entry and all below it, in file order."""
        stack = [self]
        while stack:
            entry = stack.pop()
            yield entry
            stack.extend(reversed(entry.children))
