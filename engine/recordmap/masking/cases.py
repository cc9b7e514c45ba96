"""Real transfers to cases: records masked, mapped as they are then, and told apart by what they show.

What a case expects comes from mapping the fake, so it holds whatever masking did; where the fake ends differently from
the real record, the case says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from recordmap.casefiles import expected
from recordmap.engine import Engine
from recordmap.frozen import Frozen
from recordmap.masking.masker import Masker
from recordmap.runtime.outcome import Kind, Outcome, Record
from recordmap.runtime.plan import Plan
from recordmap.schema.types import Type

_MOST_KINDS = 1000
"""Kinds of transfers that are kept of each way to end."""


class Real(Frozen):
    """A real transfer: a source record, the collection that maps it, and what belongs to it."""

    record: Record
    collection: str
    existing: Record | None = None
    previous: Record | None = None


class Captured(Frozen):
    """One case without people in it.

    `ends_otherwise` tells how the real record ends, where the fake ends in another way.
    """

    collection: str
    case: dict[str, Any]
    ends_otherwise: str | None = None


class Capture:
    """Makes cases of transfers: one of each kind. Those of one kind end alike and fill the same fields."""

    def __init__(self, engine: Engine, masker: Masker, now: str) -> None:
        self._engine = engine
        self._masker = masker
        self._now = now

    def cases(self, transfers: Iterable[Real], limit: int) -> list[Captured]:
        """Return a case for each kind of transfer, up to `limit`: all ways to end first, then the most varied.

        Raises:
            TemplateError: a collection has errors.
        """
        endings: dict[tuple[Any, ...], dict[tuple[Any, ...], tuple[Real, Outcome]]] = {}
        for real in transfers:
            outcome = self._mapped(self._engine.plan(real.collection), real)
            kinds = endings.setdefault((real.collection, *_ended(outcome)), {})
            if len(kinds) < _MOST_KINDS:
                kinds.setdefault((*_filled(outcome.record), *_filled(real.existing)), (real, outcome))
        rounds = zip_longest(*(kinds.values() for kinds in endings.values()))
        chosen = [one for row in rounds for one in row if one is not None]
        return [self._case(real, outcome) for real, outcome in chosen[:limit]]

    def _case(self, real: Real, was: Outcome) -> Captured:
        plan = self._engine.plan(real.collection)
        fake = self._fake(real)
        outcome = self._mapped(plan, fake)
        whole = {"given": fake.record, "existing": fake.existing, "previous": fake.previous}
        case: dict[str, Any] = {"name": f"Captured, {_ending(outcome)}"}
        case |= {key: value for key, value in whole.items() if value is not None}
        if plan.clock is not None:
            case["now"] = self._now
        alike = _ended(was) == _ended(outcome)
        return Captured(real.collection, {**case, **expected(outcome)}, None if alike else _ending(was))

    def paths(self, real: Real) -> list[str]:
        """Return the paths of the source record that are masked."""
        return self._masker.paths(real.record, self._source(real.collection))

    def _fake(self, real: Real) -> Real:
        source, about = self._source(real.collection), real.record.get("id", real.record)
        target = self._engine.schemas.load(self._engine.collections[real.collection].destination.text).type
        records = (
            None if one is None else self._masker.record(one, schema, about)
            for one, schema in ((real.existing, target), (real.previous, source))
        )
        return Real(self._masker.record(real.record, source, about), real.collection, *records)

    def _source(self, collection: str) -> Type:
        return self._engine.schemas.load(self._engine.collections[collection].source.text).type

    def _mapped(self, plan: Plan, real: Real) -> Outcome:
        return plan(
            real.record, real.existing, None, self._now if plan.clock is not None else None, real.previous
        )


def _ended(outcome: Outcome) -> tuple[Any, ...]:
    reason = outcome.reason
    return (outcome.kind, reason and reason.code, reason and reason.field)


def _filled(value: Any, path: str = "") -> list[str]:
    """Return the paths of what a record fills."""
    if isinstance(value, dict):
        return [one for key in sorted(value) for one in _filled(value[key], f"{path}.{key}")]
    if isinstance(value, list):
        return sorted({one for inner in value for one in _filled(inner, f"{path}[]")}) or [f"{path}[]"]
    return [path if value is not None else f"{path}=null"]


def _ending(outcome: Outcome) -> str:
    if outcome.kind is Kind.MAPPED:
        return "it comes through"
    if outcome.kind is Kind.SKIPPED or outcome.reason is None:
        return "it is left out"
    field = f"{outcome.reason.field}: " if outcome.reason.field else ""
    return f"it is rejected, {field}{outcome.reason.message} [{outcome.reason.code}]"
