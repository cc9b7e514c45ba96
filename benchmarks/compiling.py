"""From templates to plans: the shipped collections, and many generated ones."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from functools import partial
from time import thread_time
from typing import Any

from benchmarks.generated import collections
from benchmarks.projects import KLAVIYO
from benchmarks.settings import Settings
from recordmap import Engine

FIELDS = 50


def measure(settings: Settings) -> dict[str, Any]:
    """Return milliseconds of reading, checking and compiling."""
    settings.say("compiling: the shipped collections")
    shipped = [_phases(partial(Engine.load, KLAVIYO)) for _ in range(settings.repetitions)]
    generated: list[dict[str, float]] = []
    for count in settings.collections:
        settings.say(f"compiling: {count:,} collections of {FIELDS} fields")
        texts = list(collections(count, FIELDS))
        phases = _phases(partial(Engine.from_collections, texts))
        generated.append({"collections": count, **phases})
    return {
        "shipped": {phase: statistics.median(run[phase] for run in shipped) for phase in shipped[0]},
        "shipped_collections": len(Engine.load(KLAVIYO).collections),
        "fields": FIELDS,
        "generated": generated,
    }


def _phases(load: Callable[[], Engine]) -> dict[str, float]:
    gc.collect()
    begin = thread_time()
    engine = load()
    read = thread_time()
    errors = [one for one in engine.check() if one.severity == "error"]
    checked = thread_time()
    for name in engine.collections:
        engine.plan(name)
    compiled = thread_time()
    if errors:
        raise ValueError(f"a template of the benchmarks has an error: {errors[0]}")
    return {
        "read": (read - begin) * 1e3,
        "check": (checked - read) * 1e3,
        "compile": (compiled - checked) * 1e3,
    }
