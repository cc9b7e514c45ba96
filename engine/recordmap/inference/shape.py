"""What sample records look like: kinds, keys and how often they are there. Values are looked at and not kept.

Memory is bounded: an object with very many different keys is taken for a table of data, whose keys are no fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from recordmap.schema.types import Kind

MAX_KEYS = 200
"""Different keys from which an object is taken for a table of data."""
MAX_DEPTH = 16

_FORMATS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII),
    "date": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "uri": re.compile(r"https?://\S+", re.IGNORECASE),
}


class Shape:
    """What was seen at one place: `seen` values in all, by kind; keys of objects, entries of lists.

    `formats` counts how many of the texts have one. With `is_table` keys are data, and `entry` is what is under them.
    """

    def __init__(self, depth: int = 0) -> None:
        self.seen = 0
        self.kinds: Counter[Kind] = Counter()
        self.formats: Counter[str] = Counter()
        self.empty_texts = 0
        self.keys: dict[str, Shape] = {}
        self.is_table = False
        self.entry: Shape | None = None
        self._depth = depth

    def add(self, value: Any) -> None:
        """Take in one value."""
        self.seen += 1
        match value:
            case None:
                self.kinds[Kind.NULL] += 1
            case bool():
                self.kinds[Kind.BOOLEAN] += 1
            case int():
                self.kinds[Kind.INTEGER] += 1
            case float():
                self.kinds[Kind.NUMBER] += 1
            case str():
                self.kinds[Kind.TEXT] += 1
                self._text(value)
            case list():
                self.kinds[Kind.LIST] += 1
                for one in value:
                    self._entry().add(one)
            case _:
                self.kinds[Kind.OBJECT] += 1
                self._object(value)

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shape]]:
        """Yield every place that isn't only an object, by its path of keys; nothing within lists or tables."""
        if path and self.kinds.keys() - {Kind.OBJECT, Kind.NULL}:
            yield path, self
        if not self.is_table:
            for key, inner in self.keys.items():
                yield from inner.leaves((*path, key))

    def _text(self, text: str) -> None:
        if not text.strip():
            self.empty_texts += 1
            return
        for name, pattern in _FORMATS.items():
            if pattern.fullmatch(text):
                self.formats[name] += 1

    def _entry(self) -> Shape:
        if self.entry is None:
            self.entry = Shape(self._depth + 1)
        return self.entry

    def _object(self, value: dict[str, Any]) -> None:
        if self._depth >= MAX_DEPTH:
            return
        for key, inner in value.items():
            if self.is_table:
                self._entry().add(inner)
            elif key in self.keys or len(self.keys) < MAX_KEYS:
                self.keys.setdefault(key, Shape(self._depth + 1)).add(inner)
            else:
                self._become_table()
                self._entry().add(inner)

    def _become_table(self) -> None:
        """Forget which keys there were: what was under them counts together."""
        self.is_table = True
        entry = self._entry()
        for one in self.keys.values():
            entry.merge(one)
        self.keys = {}

    def merge(self, other: Shape) -> None:
        """Count what was seen elsewhere as seen here."""
        self.seen += other.seen
        self.kinds += other.kinds
        self.formats += other.formats
        self.empty_texts += other.empty_texts
        self.is_table = self.is_table or other.is_table
        if other.entry is not None:
            self._entry().merge(other.entry)
        for key, one in other.keys.items():
            if self.is_table:
                self._entry().merge(one)
            else:
                self.keys.setdefault(key, Shape(self._depth + 1)).merge(one)
