"""What looking at lines costs before they are decoded, beside all that `recordmap map` does with them."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import thread_time
from typing import Any

from benchmarks.projects import ADD, KLAVIYO
from recordmap.batch.mapper import Wishes
from recordmap.batch.project import Recipe
from recordmap.engine import Engine
from recordmap.streams.texts import is_utf8, plain_lines, shallow_lines


def micros(lines: list[bytes], repetitions: int) -> dict[str, float]:
    """Return microseconds a line by what is done: of the whole mapping, and of each look at a block of lines."""
    block = b"\n".join(lines[:80]) + b"\n"  # as much as is read at a time
    mapper, _ = Recipe(Engine.load, KLAVIYO, ADD, Wishes()).first()
    mapper.expect(1 << 30)
    ways: dict[str, Callable[[bytes], Any]] = {
        "mapped": lambda data: list(mapper.map(data)),
        "nested no deeper than allowed": shallow_lines,
        "the same, and no number beyond 64 bits": plain_lines,
        "UTF-8": is_utf8,
    }
    return {name: _micros(way, block, repetitions) for name, way in ways.items()}


def _micros(way: Callable[[bytes], Any], block: bytes, repetitions: int) -> float:
    count = block.count(b"\n")
    times = []
    for _ in range(repetitions):
        begin = thread_time()
        for _ in range(50):
            way(block)
        times.append((thread_time() - begin) / count / 50 * 1e6)
    return statistics.median(times)
