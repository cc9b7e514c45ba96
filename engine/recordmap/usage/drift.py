"""Records that are otherwise than their schema says: fields that vanished, appeared, or changed their kind.

Records are counted, never kept: memory grows with the number of different paths, which is bounded. Only kinds of
values are told, no values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from recordmap.frozen import Frozen
from recordmap.schema.types import ANY_OBJECTS, Kind, Type
from recordmap.schema.unions import kind_of
from recordmap.usage.uses import Keys, Side, Use

MAX_PATHS = 5_000
"""Different paths that are counted; more are left out, and said to be."""
MAX_DEPTH = 16


class Sort(StrEnum):
    """What a drift is."""

    VANISHED = "vanished"
    KIND = "other kind"
    APPEARED = "appeared"


class Drift(Frozen):
    """One path that is otherwise than the schema says. `used` says that a template reads it, or something within.

    `count` is how many of `records` show it; for a path that vanished, how many have the value that it would be in.
    """

    sort: Sort
    path: Keys
    expected: str
    found: str
    count: int
    records: int
    used: bool


class Observed:
    """What was seen in records so far: how often each path was there, and as what kinds."""

    def __init__(self) -> None:
        self.records = 0
        self.left_out = 0
        self._kinds: dict[Keys, Counter[Kind]] = {}

    def add(self, record: dict[str, Any]) -> None:
        """Take in one record."""
        self.records += 1
        seen: set[tuple[Keys, Kind]] = set()
        self._walk(record, (), seen)
        for path, kind in seen:
            kinds = self._kinds.get(path)
            if kinds is None:
                if len(self._kinds) >= MAX_PATHS:
                    self.left_out += 1
                    continue
                kinds = self._kinds[path] = Counter()
            kinds[kind] += 1

    def kinds(self, path: Keys) -> Counter[Kind]:
        """Return in how many records a path had which kinds. In a list, an entry of each kind counts."""
        return self._kinds.get(path, Counter())

    def paths(self) -> Iterable[Keys]:
        """Return every path that was there."""
        return self._kinds.keys()

    def _walk(self, value: Any, path: Keys, seen: set[tuple[Keys, Kind]]) -> None:
        if len(path) > MAX_DEPTH:
            return
        if isinstance(value, dict):
            for key, inner in value.items():
                below = (*path, key)
                seen.add((below, _kind(inner)))
                self._walk(inner, below, seen)
        elif isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict | list):
                    self._walk(inner, path, seen)


def drifts(observed: Observed, schema: Type, uses: Iterable[Use]) -> list[Drift]:
    """Return how records differ from their schema: what templates use first, then by path."""
    used = {
        use.path[:length] for use in uses if use.side is Side.SOURCE for length in range(1, len(use.path) + 1)
    }
    found = [*_expected(observed, schema, (), used), *_appeared(observed, schema, used)]
    return sorted(found, key=lambda one: (not one.used, list(Sort).index(one.sort), one.path))


def _expected(observed: Observed, type_: Type, path: Keys, used: set[Keys]) -> Iterator[Drift]:
    """Yield what the schema has below a path and the records don't, or otherwise."""
    type_ = _entry(type_)
    around = _objects(observed, path)
    for key, inner in type_.objects.properties.items():
        below = (*path, key)
        kinds = observed.kinds(below)
        total = sum(kinds.values())
        # What may be left out is missed only where a template reads it; null says that it is still there.
        if around and not total and (below in used or key in type_.objects.required):
            yield Drift(
                Sort.VANISHED,
                below,
                _words(inner.kinds),
                "never there",
                around,
                observed.records,
                below in used,
            )
            continue
        others = {kind: count for kind, count in kinds.items() if inner.known and not _takes(inner, kind)}
        if others:
            words = _words(frozenset(others))
            number = sum(others.values())
            yield Drift(Sort.KIND, below, _words(inner.kinds), words, number, observed.records, below in used)
        yield from _expected(observed, inner, below, used)


def _appeared(observed: Observed, schema: Type, used: set[Keys]) -> Iterator[Drift]:
    """Yield paths that the schema doesn't name, the topmost of each."""
    for path in observed.paths():
        owner = _at(schema, path[:-1])
        known = ANY_OBJECTS if owner is None else owner.objects
        if path[-1] in known.properties or not known.properties or known.extra is not None:
            continue
        kinds = observed.kinds(path)
        found = _words(frozenset(kinds))
        yield Drift(
            Sort.APPEARED, path, "not named", found, sum(kinds.values()), observed.records, path in used
        )


def _at(type_: Type, path: Keys) -> Type | None:
    """Return the type at a path that a schema describes; None below what it doesn't name."""
    for key in path:
        inner = _entry(type_).objects.properties.get(key)
        if inner is None:
            return None
        type_ = inner
    return _entry(type_)


def _entry(type_: Type) -> Type:
    """Return the type of a list's entries, or the type itself."""
    while type_.lists.items is not None and not type_.objects.properties:
        type_ = type_.lists.items
    return type_


def _objects(observed: Observed, path: Keys) -> int:
    """Return in how many records there is an object at a path."""
    if not path:
        return observed.records
    kinds = observed.kinds(path)
    return kinds[Kind.OBJECT] + kinds[Kind.LIST]


def _kind(value: Any) -> Kind:
    if isinstance(value, list):
        return Kind.LIST
    return kind_of(value)


def _takes(type_: Type, kind: Kind) -> bool:
    return kind in type_.kinds or (kind is Kind.INTEGER and Kind.NUMBER in type_.kinds)


def _words(kinds: frozenset[Kind]) -> str:
    named = [kind.value for kind in Kind if kind in kinds and kind is not Kind.NULL]
    if Kind.NULL in kinds:
        named.append("null")
    return " or ".join(named) if len(named) < len(Kind) else "anything"
