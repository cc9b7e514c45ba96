"""kill -9 at random moments: a process polls an account that changes, or applies a plan, and is killed.

Then one poll follows; after some applies the same plan again before it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import closing

from crash.child import ended, forked
from crash.places import Place, opened
from crash.world import World


def kills(place: Place, cycles: int, seed: int = 1) -> tuple[World, int]:
    """Return the world after so many cycles, and how many processes were killed before they were done."""
    world, lot, killed, usual = World(), random.Random(seed), 0, 0.1
    with closing(opened(place, world.clock)):
        pass
    for cycle in range(cycles):
        world.change(lot, most=12, of=30)

        plan = b""
        if cycle % 2:
            with closing(opened(place, world.clock)) as store:
                plan = world.plan(store)

        def work(plan: bytes = plan) -> None:
            with closing(opened(place, world.clock)) as store:
                if plan:
                    world.apply(store, plan)
                else:
                    world.poll(store)

        began = time.perf_counter()
        number = forked(work)
        # Most polls should be hit somewhere in the middle, on a fast machine and on a slow one.
        time.sleep(lot.uniform(0, usual))
        os.kill(number, signal.SIGKILL)
        code = ended(number)
        killed += code == -signal.SIGKILL
        usual = usual * 1.05 if code else max(0.02, min(usual, time.perf_counter() - began) * 0.9)
        where = f"{place.name}, cycle {cycle}"
        with closing(opened(place, world.clock)) as store:
            world.check_after_a_crash(store, where)
            if plan and cycle % 4 == 1:
                world.apply_again(store, plan, where)
            world.converge(store, where)
    return world, killed
