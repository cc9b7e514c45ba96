"""From Python object to Python object: every contender of every workload against hand-written code."""

from __future__ import annotations

from typing import Any

import orjson

from benchmarks.checking import check
from benchmarks.contenders import ready
from benchmarks.settings import Settings
from benchmarks.timing import cold, compare, warm
from benchmarks.workloads import ALL, CUSTOMER, Workload


def measure(settings: Settings) -> dict[str, Any]:
    """Check that all contenders give the same, and time them: on warm records, and customers on cold ones too."""
    return {workload.name: _measure(workload, settings) for workload in ALL}


def _measure(workload: Workload, settings: Settings) -> dict[str, Any]:
    able, missing = ready(workload.contenders)
    reference = able[0]
    lines = [orjson.dumps(record) for record in workload.records(settings.cold_records)]
    settings.say(f"memory: {workload.name}, {len(able)} contenders")
    checked = [orjson.loads(line) for line in lines[: settings.checked]]
    found: dict[str, Any] = {
        "equal": check(reference, able, checked),
        "missing": missing,
        "warm": compare(reference, able, warm(lines), repetitions=settings.repetitions),
    }
    if workload is CUSTOMER:
        records = [orjson.loads(line) for line in lines]
        found["cold_records"] = len(records)
        found["cold"] = compare(reference, able, cold(records), repetitions=settings.repetitions)
    return found
