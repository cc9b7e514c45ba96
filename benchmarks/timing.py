"""Timing in one process: contenders in turn, each against the reference measured right before and right after it.

The speed of a machine drifts by tens of per cent within minutes, and of two figures taken apart neither tells anything
about the other. A ratio is therefore made per repetition, and only medians of ratios are shown. Time is processor time
of the thread, so that other processes disturb little; the garbage collector rests while the clock runs.
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from time import thread_time
from typing import Any

import orjson

from benchmarks.contenders import Ready

Supply = Callable[[], tuple[Sequence[Any], Sequence[Any], Sequence[Any]]]
"""Gives records for the reference, for a contender, and for the reference again."""

WARM = 500
COLD = 2_000


def warm(lines: Sequence[bytes], size: int = WARM) -> Supply:
    """Supply small parts, just read from their lines: what a mapping meets right behind a parser."""
    size = min(size, len(lines))
    begins = cycle(range(0, len(lines) - size + 1, size))

    def supply() -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        begin = next(begins)
        records = [orjson.loads(line) for line in lines[begin : begin + size]]
        return records, records, records

    return supply


def cold(records: Sequence[Any], size: int = COLD) -> Supply:
    """Supply records in random order, each of them only when all others had their turn: memory counts here."""
    shuffled = random.Random(2).sample(records, len(records))  # noqa: S311 - an order, no secret
    size = min(size, len(records))
    begins = cycle(range(0, len(records) - size + 1, size))

    def supply() -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        before, part, after = (shuffled[begin : begin + size] for begin in islice(begins, 3))
        return before, part, after

    return supply


@dataclass(slots=True)
class Times:
    """The repetitions of one contender: microseconds a record, and multiples of the reference's time."""

    micros: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Return medians, and between which ratios the middle half of the repetitions lies."""
        low, _, high = statistics.quantiles(self.ratios, n=4) if len(self.ratios) > 1 else self.ratios * 3
        return {
            "micros": statistics.median(self.micros),
            "ratio": statistics.median(self.ratios),
            "ratio_low": low,
            "ratio_high": high,
            "repetitions": len(self.ratios),
        }


def compare(
    reference: Ready, contenders: Sequence[Ready], supply: Supply, *, repetitions: int, seconds: float = 0.03
) -> dict[str, dict[str, float]]:
    """Time contenders against a reference, in an order that changes with every repetition; return medians by name.

    Who is fast is measured several times in a repetition, for about as many processor `seconds`.
    """
    times = {ready.contender.name: Times() for ready in contenders}
    order = random.Random(1)  # noqa: S311 - an order, no secret
    with _resting_collector():
        rounds = {ready.contender.name: _rounds(ready, supply, seconds) for ready in contenders}
        for _ in range(repetitions):
            for ready in order.sample(contenders, len(contenders)):
                name = ready.contender.name
                micros, ratio = _measure(reference, ready, supply, rounds[name])
                times[name].micros.append(micros)
                times[name].ratios.append(ratio)
    return {name: one.summary() for name, one in times.items()}


def _measure(reference: Ready, ready: Ready, supply: Supply, rounds: int) -> tuple[float, float]:
    mine = beside = 0.0
    count = 0
    for _ in range(rounds):
        before, part, after = supply()
        if before is part:
            spend(reference, part)  # whoever comes first to new records waits for memory
        sooner = spend(reference, before)
        mine += spend(ready, part)
        beside += (sooner + spend(reference, after)) / 2
        count += len(part)
    gc.collect()
    return mine / count * 1e6, mine / beside


def _rounds(ready: Ready, supply: Supply, seconds: float) -> int:
    _, part, _ = supply()
    spend(ready, part)
    return max(1, min(20, int(seconds / spend(ready, part))))


def spend(ready: Ready, records: Sequence[Any]) -> float:
    """Return the processor seconds that a contender takes for some records."""
    mapping, refuses = ready.mapping, ready.contender.refuses
    if ready.contender.bare:
        begin = thread_time()
        for record in records:
            mapping(record, None, None, None, None)
        return thread_time() - begin
    begin = thread_time()
    for record in records:
        try:
            mapping(record)
        except refuses:
            continue
    return thread_time() - begin


@contextmanager
def _resting_collector() -> Iterator[None]:
    """Keep the garbage collector away: records that are held for a benchmark would be walked again and again."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
