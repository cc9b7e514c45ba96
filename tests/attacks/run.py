"""The collection of attacks on the clock, for `make fuzz`: each within its time and its memory.

Tests hold outcomes and memory already; time is kept out of them, because a busy machine would fail them. Here an attack
over its time is tried again twice.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from attacks.attempts import ATTACKS, KINDS, measured, prepared

TRIES = 3


def seconds(attack: dict[str, Any]) -> float:
    with prepared(attack) as attempt:
        began = time.perf_counter()
        attempt()
        return time.perf_counter() - began


def main() -> int:
    """Attempt all attacks; 1 when one is over its budget."""
    for kind in KINDS:
        # What is imported for the first of a kind is not the attack's.
        seconds(next(one for one in ATTACKS if one["kind"] == kind))
    took: dict[str, list[tuple[float, int, str]]] = defaultdict(list)
    over = []
    for attack in ATTACKS:
        most = attack["budget_ms"] / 1000
        spent = seconds(attack)
        if spent > most:
            spent = min(seconds(attack) for _ in range(TRIES - 1))
        _, used = measured(attack)
        took[attack["kind"]].append((spent, used, attack["id"]))
        if spent > most or used > attack["budget_mb"] * 1_000_000:
            over.append(f"{attack['id']}: {spent * 1000:.0f} ms, {used / 1e6:.1f} MB: {attack['why']}")
    for kind, figures in took.items():
        slowest, largest = max(figures), max(figures, key=lambda one: one[1])
        print(  # noqa: T201 - the report
            f"attacks, {kind}: {len(figures)} tried, slowest {slowest[0] * 1000:.1f} ms ({slowest[2]}), "
            f"largest {largest[1] / 1e6:.1f} MB ({largest[2]})"
        )
    for line in over:
        print(f"  over its budget: {line}")  # noqa: T201 - the report
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
