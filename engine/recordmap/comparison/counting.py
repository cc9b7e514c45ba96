"""What came of a comparison: counts, and a few examples of each kind of difference. Counting only."""

from __future__ import annotations

from collections import Counter

from recordmap.comparison.changes import Change, Way
from recordmap.frozen import Frozen

EXAMPLES = 3
"""Examples kept of each kind of difference, the first ones met."""


class Example(Frozen):
    """One record with a difference: its number in the input, from 1, its ID, and the difference."""

    number: int
    source_id: str | None
    change: Change


class Row:
    """One kind of difference: how many records have it, and the first of them."""

    def __init__(self, collection: str, change: Change) -> None:
        self.collection = collection
        self.field = change.field
        self.way = change.way
        self.code = change.code
        self.count = 0
        self.examples: list[Example] = []


class Count:
    """How many records came to a collection, and how many of them end differently now."""

    def __init__(self) -> None:
        self.records = 0
        self.changed = 0


class Result:
    """What came of a comparison. `key_hits` counts records whose value under a match key has another key now."""

    def __init__(self, unit: str = "line") -> None:
        self.unit = unit
        self.records = 0
        self.unreadable = 0
        self.changed = 0
        self.position = 0
        self.collections: dict[str, Count] = {}
        self.rows: dict[tuple[str, str | None, Way, str | None], Row] = {}
        self.key_hits: Counter[str] = Counter()

    def count(self, collection: str) -> Count:
        """Return the counts of a collection."""
        return self.collections.setdefault(collection, Count())

    def row(self, collection: str, change: Change) -> Row:
        """Return the row that a difference belongs to."""
        key = (collection, *change.key)
        if key not in self.rows:
            self.rows[key] = Row(collection, change)
        return self.rows[key]
