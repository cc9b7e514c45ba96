"""`make chaos`: every fault at every place of a poll and in a plan, then random faults in random polls and plans.

HTTP and the store are real; only the waits between two tries take no time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from chaos.account import FAULTS, PAGES, many_faults, one_fault


def outcome(run: Callable[[], Any]) -> tuple[str, Any]:
    """Run one history; a promise that was broken is an outcome too, so that one run shows all of them."""
    try:
        return "kept", run()
    except AssertionError as error:
        return "broken", f"{run}: {error}"


def play(title: str, runs: Iterable[Callable[[], Any]]) -> list[str]:
    """Play histories on all cores, and return what was broken."""
    broken: list[str] = []
    ended: Counter[str] = Counter()
    began, done = time.perf_counter(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for kind, what in pool.map(outcome, runs):
            done += 1
            if kind == "broken":
                broken.append(what)
            else:
                ended.update(what if isinstance(what, Mapping) else [what])
            if done % 50 == 0:
                print(f"  {done} histories, {len(broken)} broken", flush=True)  # noqa: T201 - progress
    print(  # noqa: T201 - the report
        f"{title}: {done} histories in {time.perf_counter() - began:.0f} s, {len(broken)} broken; "
        f"polls and plans under faults ended {dict(ended)}"
    )
    return broken


def main() -> int:
    """Play everything; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="random histories (1,000)")
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{len(FAULTS)} kinds of faults, at the first, a middle and the last page, in SQLite")  # noqa: T201 - the report
    broken = play("Single faults", [partial(one_fault, fault, page) for fault in FAULTS for page in PAGES])
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    broken += play("Random faults", [partial(many_faults, seed) for seed in seeds])
    print("\n".join(broken[:20]))  # noqa: T201 - the report
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
