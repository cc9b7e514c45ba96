"""The search: from a record that is mapped, every boundary of every place once, then several at a time by chance.

A record that was asked to be rejected shows nothing of the fields behind. So the search begins by climbing: it
changes one place after the other until a record is mapped. It tries the longest of everything; then, from the mapped
record, all boundaries one by one; and then by turns what is near to records that went other ways through the template,
and combinations of several such changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random
from typing import Any, Protocol

from recordmap.fuzz.places import MISSING, Choices, Place
from recordmap.fuzz.promises import Breach
from recordmap.fuzz.shrink import shrunk
from recordmap.fuzz.subject import Subject, Trial
from recordmap.fuzz.values import boundaries, random_value
from recordmap.runtime.outcome import Kind, Outcome

_ROUNDS = 6
_AT_ONCE = 4
"""Places that are changed at a time, at most."""
_MAX_WAYS = 200
_UNREAD = 3
"""Boundaries that are tried at a place that the template doesn't look at."""
_NONE_LEFT = object()

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that a record breaks: the smallest such record that was found, and its outcome.

    `collection` is the one that the record was given to; `asks_time`: its outcome depends on the time.
    """

    collection: str
    breach: Breach
    trial: Trial
    outcome: Outcome | None
    asks_time: bool = False


@dataclass(slots=True)
class Result:
    """What came of the search of one collection. `stopped`: the time was over before all records were tried."""

    collection: str
    tried: int = 0
    ended: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    findings: list[Finding] = field(default_factory=list)
    stopped: bool = False


class Asked(Protocol):
    """What is asked of every record: `Promises`, or anything else that a record can break."""

    def run(self, trial: Trial) -> tuple[Outcome | None, Exception | None]:
        """Map what a trial gives; return the outcome, or what was raised."""
        ...

    def breaches(self, trial: Trial) -> Iterator[Breach]:
        """Yield what a trial breaks."""
        ...


def search(
    subject: Subject,
    promises: Asked,
    *,
    examples: int,
    seed: int = 0,
    go_on: Callable[[Result], bool] = lambda _: True,
) -> Result:
    """Try up to `examples` records; return what they broke, each finding with its smallest record.

    `go_on` is asked after every record whether there is time for more.
    """
    return _Search(subject, promises, examples, Random(seed), go_on).run()  # noqa: S311 - no secret


class _Search:
    def __init__(
        self,
        subject: Subject,
        promises: Asked,
        examples: int,
        dice: Random,
        go_on: Callable[[Result], bool],
    ) -> None:
        self._subject = subject
        self._promises = promises
        self._examples = examples
        self._dice = dice
        self._go_on = go_on
        self._result = Result(subject.plan.name)
        self._places = subject.places
        self._read = [place for place in self._places if place in subject.read]
        self._values = {place: list(_values(place, subject)) for place in self._places}
        self._found: dict[Key, tuple[Breach, Choices]] = {}
        self._ways: dict[Any, Choices] = {}

    def run(self) -> Result:
        base = self._climbed()
        for choices in self._records(base):
            if self._result.tried >= self._examples:
                break
            self._try(choices)
            if not self._go_on(self._result):
                self._result.stopped = True
                break
        for key, (breach, choices) in self._found.items():
            self._result.findings.append(self._smallest(key, breach, choices))
        self._result.findings.sort(
            key=lambda one: (one.breach.reason.line or 0, one.breach.reason.column or 0)
        )
        return self._result

    def _records(self, base: Choices) -> Iterator[Choices]:
        yield {}
        yield base
        leaves = [
            place for place in self._places if self._values[place] and not (place.keys or place.element)
        ]
        yield {place: max(self._values[place], key=_written) for place in leaves}
        yield from self._one_by_one(base, _UNREAD)
        near = self._near(base)
        while True:
            yield self._by_chance()
            if (neighbour := next(near, None)) is not None:
                yield neighbour

    def _near(self, base: Choices) -> Iterator[Choices]:
        """Yield what is one step from records that went another way: they may reach what the first one doesn't."""
        seen = 0
        while seen < len(self._ways):
            way = list(self._ways.values())[seen]
            seen += 1
            if way not in ({}, base):
                yield from self._one_by_one(way, 0)

    def _one_by_one(self, base: Choices, unread: int) -> Iterator[Choices]:
        """Yield the boundaries of every place, the simplest of all places first; `unread` of what nobody reads."""
        read, others = self._read, [place for place in self._places if place not in self._subject.read]
        for places, most in ((read, None), (others, unread)):
            for turn in zip_longest(*(self._values[place][:most] for place in places), fillvalue=_NONE_LEFT):
                for place, value in zip(places, turn, strict=True):
                    if value is not _NONE_LEFT:
                        yield {**base, place: value}

    def _by_chance(self) -> Choices:
        dice = self._dice
        choices = dict(dice.choice(list(self._ways.values()))) if self._ways else {}
        for _ in range(dice.randint(1, _AT_ONCE)):
            place = dice.choice(self._read if self._read and dice.randrange(8) else self._places)
            values = self._values[place]
            if values and dice.randrange(3):
                choices[place] = dice.choice(values)
            else:
                choices[place] = random_value(place.type, self._subject.hints, dice)
        return choices

    def _try(self, choices: Choices) -> None:
        trial = self._subject.trial(choices)
        self._result.tried += 1
        if trial is None:
            return
        outcome, _ = self._promises.run(trial)
        if outcome is not None:
            self._result.ended[outcome.kind] += 1
            way = _way(outcome)
            if len(self._ways) < _MAX_WAYS:
                self._ways.setdefault(way, choices)
        for breach in self._promises.breaches(trial):
            self._found.setdefault(breach.key, (breach, choices))

    def _climbed(self) -> Choices:
        """Return choices that get as far through the template as could be found."""
        choices: dict[Place, Any] = {}
        best = self._height(choices)
        for _ in range(_ROUNDS):
            start = best
            for place, values in self._values.items():
                for value in values:
                    if best == _TOP:
                        return choices
                    height = self._height({**choices, place: value})
                    if height > best:
                        choices[place], best = value, height
            if best == start:
                break
        return choices

    def _height(self, choices: Choices) -> tuple[int, int]:
        """Return how far a record gets: not at all, to which step, or to the end."""
        trial = self._subject.trial(choices)
        outcome = self._promises.run(trial)[0] if trial is not None else None
        if outcome is None:
            return (0, 0)
        if outcome.kind is Kind.MAPPED:
            return _TOP
        return (1, self._step(outcome))

    def _step(self, outcome: Outcome) -> int:
        collection = self._subject.collection
        reason = outcome.reason
        if reason is None or outcome.kind is Kind.SKIPPED:
            return 0
        if reason.code == "error-filter":
            return 1 + [rule.message.text for rule in collection.errors].index(reason.message)
        names = [rule.name.text for rule in collection.fields]
        before = 1 + len(collection.errors)
        if reason.field is None:
            return 1
        return before + (names.index(reason.field) if reason.field in names else len(names))

    def _smallest(self, key: Key, breach: Breach, choices: Choices) -> Finding:
        def breaks(smaller: Choices) -> bool:
            trial = self._subject.trial(smaller)
            return trial is not None and any(one.key == key for one in self._promises.breaches(trial))

        trial = self._subject.trial(shrunk(self._places, choices, self._values, breaks))
        assert trial is not None  # noqa: S101 - it was just tried
        breach = next((one for one in self._promises.breaches(trial) if one.key == key), breach)
        plan = self._subject.plan
        return Finding(plan.name, breach, trial, self._promises.run(trial)[0], plan.clock is not None)


_TOP = (2, 0)


def _values(place: Place, subject: Subject) -> Iterator[Any]:
    if place.optional:
        yield MISSING
    yield from boundaries(place.type, subject.hints)


def _written(value: Any) -> int:
    """Return how long a value is when it is written; one that is missing is shorter than any."""
    return -1 if value is MISSING else len(json.dumps(value, ensure_ascii=False))


def _way(outcome: Outcome) -> object:
    """Return which way a record went: how it ended, with which fields, or where."""
    reason = outcome.reason
    if reason is not None:
        return (outcome.kind, reason.code, reason.field)
    fields = (outcome.record or {}).items()
    return tuple((name, type(value), *(value if isinstance(value, dict) else ())) for name, value in fields)
