"""How cost grows: with the fields of a collection, the depth of its paths, and the entries of a list."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable
from time import thread_time
from typing import Any

from benchmarks.generated import plan_of_depth, plan_of_fields
from benchmarks.orders import orders
from benchmarks.projects import plan_of
from benchmarks.settings import Settings
from recordmap import Plan

Making = Callable[[int], tuple[Plan, dict[str, Any]]]
_LONG = 0.01  # seconds; a measurement of less is no measurement


def measure(settings: Settings) -> dict[str, Any]:
    """Return microseconds a record by size, for each curve."""
    settings.say("curves: fields, depth, entries")
    return {
        "fields": _curve(settings, settings.fields, plan_of_fields),
        "depth": _curve(settings, settings.depths, plan_of_depth),
        "entries": _curve(settings, settings.entries, _plan_of_entries),
    }


def _plan_of_entries(count: int) -> tuple[Plan, dict[str, Any]]:
    lines = [line for order in orders(count) for line in order["lines"] or ()][:count]
    return plan_of("filter"), {"id": 1, "lines": lines}


def _curve(settings: Settings, sizes: Iterable[int], make: Making) -> list[dict[str, float]]:
    plans = {size: make(size) for size in sizes}
    micros: dict[int, list[float]] = {size: [] for size in plans}
    order = random.Random(4)  # noqa: S311 - an order, no secret
    for _ in range(settings.repetitions):
        for size in order.sample(list(plans), len(plans)):
            micros[size].append(_micros(*plans[size]))
    return [{"size": size, "micros": statistics.median(several)} for size, several in micros.items()]


def _micros(plan: Plan, record: dict[str, Any]) -> float:
    if not plan(record).mapped:
        raise ValueError("the record of a curve was not mapped")
    function, calls = plan.function, 1
    while True:
        begin = thread_time()
        for _ in range(calls):
            function(record, None, None, None, None)
        spent = thread_time() - begin
        if spent >= _LONG:
            return spent / calls * 1e6
        calls *= 2
