"""`make fuzz`: random formulas, sources and bytes through the checker, and what it accepts through both tiers.

Nothing but our own exceptions may come out, and no text may take more than 50 ms or 16 MB. A text over the time is
tried again three times, so that a busy machine doesn't look like a slow checker; memory is measured on every text that
was slow, and on a sample of the others, because measuring makes everything slower.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz import texts
from recordmap import Engine, TemplateError
from recordmap.compiler.picker import compile_picker
from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import parse_formula
from recordmap.expression.source import parse_source

MAX_SECONDS = 0.05
MAX_BYTES = 16 * 1024 * 1024
SLOW = 0.005
SAMPLE = 2000
CHUNK = 5000
TELL = 10
"""Chunks after which it says how far it is."""
SHOWN = 20
"""Faults of a chunk, and of a kind, that are shown."""
RECORD: dict[str, Any] = {
    "a": {"a": [1, 2.5, "x", None, {"b": "é"}], "b": "text", "email": "ada@example.org"},
    "b": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, None],
    "email": "ada@example.org",
    "Last active": "2024-02-10",
    "x.y": -3,
    "items": {"k": [[1], [2, [3]]]},
}
_TEMPLATE = """recordmap: 1
collection: F
operation: add
source: any
destination: any
names: {{a: a, b_1: b}}
fields:
  X:
    source: a.b
    formula: {formula}
"""


@dataclass
class Result:
    """What came of a chunk of texts."""

    kind: str
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    largest: int = 0
    faults: list[str] = field(default_factory=list)


def try_formula(text: str) -> str:
    try:
        parse_formula(text)
    except ExpressionError as error:
        return error.code
    # Accepted: the whole way, unless it can't stand in a template as it is.
    quoted = (
        '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
    )
    engine = Engine.from_collections([_TEMPLATE.format(formula=quoted)])
    try:
        plan = engine.plan("F")
    except TemplateError as error:
        return error.diagnostics[0].code
    outcome = plan(RECORD)
    careful = plan.careful(RECORD, None, None, None, None) if plan.careful else outcome.record
    expected = outcome.record if outcome.mapped else outcome
    if repr(careful) != repr(expected):
        raise AssertionError("the two tiers disagree")
    return outcome.kind.value


def try_source(text: str) -> str:
    try:
        source = parse_source(text)
    except ExpressionError as error:
        return error.code
    compile_picker(source)(RECORD)
    return "accepted"


def try_bytes(data: bytes) -> str:
    from recordmap.template.collection import parse_collection

    _, findings = parse_collection(data, "fuzz.yaml", None)
    return next((found.code for found in findings), "accepted")


KINDS: dict[str, tuple[Callable[[Random], Any], Callable[[Any], str]]] = {
    "formulas": (lambda dice: texts.damaged(dice, texts.formula(dice)), try_formula),
    "sources": (lambda dice: texts.damaged(dice, texts.source(dice)), try_source),
    "bytes": (texts.template, try_bytes),
}


def run_chunk(kind: str, seed: int, count: int) -> Result:
    """Try `count` texts of a kind."""
    make, attempt = KINDS[kind]
    dice = Random(f"{kind}-{seed}")
    result = Result(kind)
    for number in range(count):
        text = make(dice)
        try:
            seconds = _timed(attempt, text, result)
            if seconds > MAX_SECONDS:
                seconds = min(_timed(attempt, text, Result(kind)) for _ in range(3))
            result.slowest = max(result.slowest, seconds)
            if seconds > MAX_SECONDS:
                result.faults.append(f"{seconds * 1000:.0f} ms: {text[:300]!r}")
            if seconds > SLOW or number % SAMPLE == 0:
                used = _memory(attempt, text)
                result.largest = max(result.largest, used)
                if used > MAX_BYTES:
                    result.faults.append(f"{used:,} bytes: {text[:300]!r}")
        except Exception as error:  # noqa: BLE001 - finding these is the job
            result.faults.append(f"{type(error).__name__}: {error}: {text[:500]!r}")
    return result


def _timed(attempt: Callable[[Any], str], text: Any, result: Result) -> float:
    began = time.perf_counter()
    result.outcomes[attempt(text)] += 1
    return time.perf_counter() - began


def _memory(attempt: Callable[[Any], str], text: Any) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        attempt(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def tell(done: int, chunks: int, result: Result) -> None:
    """Say how far it is, and at once what was found: a run takes an hour, and may be broken off."""
    if result.faults or done % TELL == 0:
        sys.stderr.write(f"{done} of {chunks} chunks, {len(result.faults)} faults in this one\n")
    for fault in result.faults[:SHOWN]:
        sys.stderr.write(f"  {fault}\n")


def main() -> int:
    """Run the fuzzer; 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formulas", type=int, default=600_000)
    parser.add_argument("--sources", type=int, default=400_000)
    parser.add_argument("--bytes", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    totals = {kind: Result(kind) for kind in KINDS}
    with ProcessPoolExecutor(given.jobs) as pool:
        chunks = [
            pool.submit(
                run_chunk, kind, given.seed * 1_000_000 + number, min(CHUNK, getattr(given, kind) - number)
            )
            for kind in KINDS
            for number in range(0, getattr(given, kind), CHUNK)
        ]
        for done, chunk in enumerate(chunks, start=1):
            result = chunk.result()
            total = totals[result.kind]
            total.outcomes += result.outcomes
            total.slowest = max(total.slowest, result.slowest)
            total.largest = max(total.largest, result.largest)
            total.faults += result.faults
            tell(done, len(chunks), result)
    for kind, total in totals.items():
        outcomes = ", ".join(f"{name} {count:,}" for name, count in total.outcomes.most_common(8))
        print(  # noqa: T201 - the report
            f"{kind}: {sum(total.outcomes.values()):,} tried, slowest {total.slowest * 1000:.1f} ms, "
            f"largest {total.largest / 1e6:.1f} MB, {len(total.faults)} faults\n  {outcomes}"
        )
        for fault in total.faults[:SHOWN]:
            print(f"  {fault}")  # noqa: T201 - the report
    return 1 if any(total.faults for total in totals.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
