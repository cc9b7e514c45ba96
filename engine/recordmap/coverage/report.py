"""Counting: how much of each collection the cases try, and what they don't."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recordmap.casebook import Bench
from recordmap.coverage.places import Key, Place, What, places
from recordmap.coverage.tried import tried
from recordmap.engine import Engine
from recordmap.frozen import Frozen
from recordmap.template.model import Case


class Covered(Frozen):
    """How much of one collection was tried: its places, and those of them that no case came to.

    `left_out` are those that don't count, because no case can come to them.
    """

    collection: str
    places: tuple[Place, ...]
    untried: tuple[Place, ...]
    left_out: tuple[Place, ...] = ()

    def counts(self, what: What) -> tuple[int, int]:
        """Return how many places of a kind were tried, and how many there are."""
        every = sum(one.what is what for one in self.places)
        return every - sum(one.what is what for one in self.untried), every

    @property
    def percent(self) -> float:
        """How much was tried, in percent; a collection without places is tried as a whole."""
        return percent([self])


def measure(engine: Engine, cases: Iterable[Case], wanted: Iterable[str]) -> list[Covered]:
    """Return how much of each wanted collection these cases try, in the order that they are named.

    Raises:
        TemplateError: a collection that a case names has errors.
    """
    bench = Bench(engine)
    seen: set[Key] = set()
    for case in cases:
        seen.update(tried(bench.trace(case)))
    measured = []
    for name in wanted:
        collection = engine.collections[name]
        flow = engine.workspace.flow(collection)
        found = places(collection, flow.may_miss, flow.may_find)
        every = tuple(one for one in found if one.left_out is None)
        untried = tuple(one for one in every if one.key not in seen)
        measured.append(Covered(name, every, untried, tuple(one for one in found if one.left_out)))
    return measured


def percent(measured: Iterable[Covered]) -> float:
    """Return how much of several collections was tried, in percent, place by place."""
    measured = list(measured)
    every = sum(len(one.places) for one in measured)
    untried = sum(len(one.untried) for one in measured)
    return 100 * (every - untried) / every if every else 100.0


def data(measured: list[Covered]) -> dict[str, Any]:
    """Return the report as JSON data, as `schemas/cli/test-output.schema.json` has it."""
    return {
        "percent": round(percent(measured), 2),
        "collections": [
            {
                "collection": one.collection,
                "percent": round(one.percent, 2),
                **{what.value: _counts(one, what) for what in What},
                "untried": [_entry(place, place.untried) for place in one.untried],
                "left_out": [_entry(place, place.left_out) for place in one.left_out],
            }
            for one in measured
        ],
    }


def _counts(one: Covered, what: What) -> Mapping[str, int]:
    count, every = one.counts(what)
    return {"tried": count, "total": every}


def _entry(place: Place, message: str | None) -> dict[str, Any]:
    return {
        "what": place.what.value,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "field": place.field,
        "message": message,
    }
