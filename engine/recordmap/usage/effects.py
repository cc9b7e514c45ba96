"""What becomes of known records when a path is taken out of them: mapped as they are, and without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from recordmap.casebook import Bench
from recordmap.diagnostics import TemplateError
from recordmap.engine import Engine
from recordmap.frozen import Frozen, replace
from recordmap.runtime.outcome import Kind, Outcome
from recordmap.usage.uses import Keys


class Effect(Frozen):
    """One thing that happens to `count` of the `records` of a collection's cases."""

    collection: str
    what: str
    count: int
    records: int


def effects(engine: Engine, schema: str, path: Keys) -> list[Effect]:
    """Return what happens to the records of a project's cases without a path; collections with errors are left out."""
    bench = Bench(engine)
    counts: dict[str, Counter[str]] = {}
    records: Counter[str] = Counter()
    for _, cases in engine.cases:
        for case in cases:
            name = case.collection.text
            collection = engine.collections.get(name)
            if collection is None or collection.source.text != schema or not isinstance(case.given, dict):
                continue
            less = {"given": without(case.given, path), "previous": without(case.previous, path)}
            try:
                before, after = bench.run(case), bench.run(replace(case, **less))
            except TemplateError:
                continue
            records[name] += 1
            counts.setdefault(name, Counter()).update(dict.fromkeys(_differences(before, after), 1))
    return [
        Effect(name, what, count, records[name])
        for name, found in counts.items()
        for what, count in found.most_common()
    ]


def without(value: Any, path: Keys) -> Any:
    """Return a JSON value without what is at a path, in every entry of a list on the way. Nothing is changed."""
    if isinstance(value, list):
        return [without(one, path) for one in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {key: one for key, one in value.items() if key != path[0]}
    return {**value, path[0]: without(value[path[0]], path[1:])}


def _differences(before: Outcome, after: Outcome) -> Iterator[str]:
    if before.record is None or after.record is None:
        if (before.kind, before.reason) != (after.kind, after.reason):
            reason = after.reason
            if after.kind is Kind.MAPPED:
                yield "would be mapped"
            else:
                said = f": {reason.message}" if reason is not None else ""
                yield f"would be {after.kind.value}{said}"
        return
    for field in before.record.keys() | after.record.keys():
        if field not in after.record:
            yield f"{field} would not be written"
        elif field not in before.record:
            yield f"{field} would be written"
        elif before.record[field] != after.record[field]:
            yield f"{field} would be otherwise"
