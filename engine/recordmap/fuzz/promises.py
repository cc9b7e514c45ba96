"""What a checked template promises of every record that fits its schemas, asked of one record.

Nothing raises. The same record gives the same outcome, and inputs stay as they were. The trace says what the plan
does. What comes out is JSON, and fits the destination schema. No record is rejected but where the author asked for
it. An Update keeps what it carries forward, and has nothing left to do when it runs again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from recordmap.engine import Engine
from recordmap.fuzz.asked import asked_for
from recordmap.fuzz.subject import Subject, Trial
from recordmap.fuzz.updates import UpdatePromises
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.values import own_copy
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER
from recordmap.schema.validation import Misfit, Validator
from recordmap.template.model import FieldRule, Operation

NOW = "2024-02-10T09:30:00Z"
"""The time of every run: a search gives the same at any time of day."""
BROKEN = "promise-broken"
"""The code of a broken promise that is not a rejected record."""


class Promise(StrEnum):
    """What can be broken. A rejection is told by its own code, the rest by `promise-broken`."""

    REJECTED = "a record is rejected, and nobody asked for it"
    RAISED = "mapping ends every record with an outcome"
    STEADY = "the same record gives the same outcome, and stays as it is"
    TRACED = "recordmap explain shows what mapping does"
    FITS = "what is written is JSON, and fits the destination schema"
    CARRIED = "a field that carries its value forward keeps it"
    SETTLED = "an Update has nothing to do when the same record comes again"


@dataclass(frozen=True, slots=True)
class Breach:
    """One promise broken by one record. `reason` tells where, in which collection, and why."""

    promise: Promise
    reason: Reason

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two breaches the same finding: all but what depends on the record."""
        reason = self.reason
        detail = reason.message if self.promise is Promise.FITS else None
        return (self.promise, reason.code, reason.collection, reason.line, reason.column, detail)


class Promises:
    """The promises of one collection. Nothing is kept between records."""

    def __init__(self, engine: Engine, subject: Subject) -> None:
        self._engine = engine
        self._subject = subject
        self._plan = subject.plan
        self._accepted = engine.workspace.accepted()
        collection = subject.collection
        self._schema = collection.destination.text
        self._container = subject.destination.custom_container or DEFAULT_CUSTOM_CONTAINER
        self._validator = Validator(self._schema, engine.schemas)
        self._partial = collection.operation is Operation.UPDATE and collection.child_of is None
        self._updates = UpdatePromises(subject) if self._partial else None

    def run(self, trial: Trial) -> tuple[Outcome | None, Exception | None]:
        """Map what a trial gives; return the outcome, or what was raised."""
        try:
            return self._plan(trial.record, trial.existing, trial.parent, NOW, trial.previous), None
        except Exception as error:  # noqa: BLE001 - that nothing raises is what is asked
            return None, error

    def breaches(self, trial: Trial) -> Iterator[Breach]:
        """Yield what a trial breaks, the quickest to find first."""
        before = own_copy([trial.record, trial.existing, trial.parent, trial.previous])
        outcome, raised = self.run(trial)
        if outcome is None:
            yield self._broken(Promise.RAISED, f"mapping raised {type(raised).__name__}")
            return
        if outcome.kind is Kind.REJECTED and outcome.reason is not None:
            if outcome.reason.code == "internal-error":
                yield Breach(Promise.RAISED, outcome.reason)
            elif not asked_for(outcome.reason, self._engine.collections, self._accepted):
                yield Breach(Promise.REJECTED, outcome.reason)
        written = _bytes(outcome.record)
        if written is None:
            yield self._broken(Promise.FITS, "what is written is not JSON")
            return
        again, _ = self.run(trial)
        if again is None or _differ(outcome, again):
            yield self._broken(Promise.STEADY, "the same record ended otherwise the second time")
        if _bytes(before) != _bytes([trial.record, trial.existing, trial.parent, trial.previous]):
            yield self._broken(Promise.STEADY, "mapping changed what it was given")
        yield from self._traced(trial, outcome)
        if outcome.record is not None:
            for misfit in self._validator.misfits(outcome.record, partial=self._partial):
                message = f"what is written doesn't fit {self._schema}: {misfit}"
                yield self._broken(Promise.FITS, message, self._rule_of(misfit))
            yield from self._updated(trial, outcome.record)

    def _traced(self, trial: Trial, outcome: Outcome) -> Iterator[Breach]:
        try:
            traced = self._engine.trace(
                self._plan.name, trial.record, trial.existing, trial.parent, NOW, trial.previous
            ).outcome
        except Exception as error:  # noqa: BLE001 - as in `run`
            yield self._broken(Promise.TRACED, f"the explanation raised {type(error).__name__}")
            return
        if traced is None or _differ(outcome, traced):
            yield self._broken(Promise.TRACED, "the explanation ends otherwise than the mapping")

    def _updated(self, trial: Trial, record: Any) -> Iterator[Breach]:
        if self._updates is None or trial.existing is None:
            return
        after = self._updates.applied(trial.existing, record)
        for rule in self._updates.lost(trial.existing, after):
            message = f"'{rule.name.text}' carries its value forward, and the value changes"
            yield self._broken(Promise.CARRIED, message, rule)
        for rule in self._updates.restless(trial, after, NOW):
            message = f"'{rule.name.text}' gets another value when the same record comes again"
            yield self._broken(Promise.SETTLED, message, rule)

    def _rule_of(self, misfit: Misfit) -> FieldRule | None:
        path = [str(part) for part in misfit.path]
        custom = path[:1] == [self._container]
        name = path[1:2] if custom else path[:1]
        rules = self._subject.collection.fields
        return next((rule for rule in rules if [rule.name.text] == name and rule.custom == custom), None)

    def _broken(self, promise: Promise, message: str, rule: FieldRule | None = None) -> Breach:
        scalar = rule.name if rule else self._subject.collection.name
        start = self._subject.collection.start_of(scalar)
        name = rule.name.text if rule else None
        return Breach(promise, Reason(BROKEN, message, self._plan.name, name, *start))


def _bytes(value: Any) -> bytes | None:
    """Return JSON that tells 1, 1.0 and true apart, and the order of keys; None for what isn't JSON."""
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):
        return None


def _differ(one: Outcome, other: Outcome) -> bool:
    return (one.kind, one.reason) != (other.kind, other.reason) or _bytes(one.record) != _bytes(other.record)
