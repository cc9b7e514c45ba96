"""`make crash`: crashes, kills and pollers at once, over both stores; ends with 1 when a promise was broken once.

python tests/crash/run.py [--rounds N] [--stride N] [--kills N] [--at-once N] [--stores sqlite,postgresql]
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT.parent / "engine")]

from crash.kills import kills  # noqa: E402 - the path has to be set first
from crash.places import PLACES, Place  # noqa: E402
from crash.points import every_write  # noqa: E402
from crash.pollers import at_once  # noqa: E402
from crash.sabotage import SABOTAGES  # noqa: E402
from crash.takebacks import beside_a_poll  # noqa: E402
from crash.takebacks import every_write as every_take_back  # noqa: E402
from crash.world import World  # noqa: E402

KINDS = ("lost", "doubles", "written twice", "watermarks ahead", "not converged", "remains")
EVERY = 60.0
"""Seconds between two words on what goes on."""
Trial = Callable[[Place], tuple[World, str]]


def trials(arguments: argparse.Namespace) -> dict[str, Trial]:
    """Return what is tried with each store."""

    def writes(place: Place) -> tuple[World, str]:
        world, count = every_write(place, arguments.rounds, arguments.stride)
        return world, f"{count} crash points"

    def killed(place: Place) -> tuple[World, str]:
        world, count = kills(place, arguments.kills)
        return world, f"{arguments.kills} cycles, {count} of them cut short"

    def taken_back(place: Place) -> tuple[World, str]:
        world, count = every_take_back(place, arguments.rounds, arguments.stride)
        return world, f"{count} crash points"

    def side_by_side(pollers: int, applies: int = 0) -> Trial:
        return lambda place: (
            at_once(place, arguments.at_once, pollers, applies),
            f"{arguments.at_once} rounds",
        )

    return {
        "a crash at every write": writes,
        "kill -9 at random": killed,
        "2 pollers and a Manual Sync at once": side_by_side(2),
        "4 pollers and 2 Manual Syncs at once": side_by_side(4),
        "2 applies of one plan, a poll and a Manual Sync at once": side_by_side(1, applies=2),
        "a crash at every write of an undo and a forget": taken_back,
        "a poll, 2 undos and a forget at once": lambda place: (
            beside_a_poll(place, arguments.at_once),
            f"{arguments.at_once} rounds",
        ),
    }


def tell_every_minute(what: str, began: float) -> None:
    """Say what goes on. By a timer, which no forked process inherits: a thread must not be here."""

    def tell(_number: int, _frame: object) -> None:
        os.write(1, f"  {what}: {time.perf_counter() - began:.0f} s so far\n".encode())

    signal.signal(signal.SIGALRM, tell)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)


def main(arguments: argparse.Namespace) -> int:
    """Make every trial with every store, tell what came of it, and return the exit code."""
    if arguments.sabotage:
        SABOTAGES[arguments.sabotage]()
    broken = 0
    for name in arguments.stores.split(","):
        for title, trial in trials(arguments).items():
            if arguments.only not in title:
                continue
            place = PLACES[name]()
            began = time.perf_counter()
            tell_every_minute(f"{place.name}, {title}", began)
            world, count = trial(place)
            seconds = time.perf_counter() - began
            place.remove()
            results = ", ".join(f"{world.faults[kind]} {kind}" for kind in KINDS)
            told = [f"{place.name}, {title}: {count}: {results} ({seconds:.0f} s)", *world.told[:20]]
            sys.stdout.write("\n  ".join(told) + "\n")
            sys.stdout.flush()
            broken += sum(world.faults.values())
    return 1 if broken else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4, help="rounds of changes with a crash at every write")
    parser.add_argument("--stride", type=int, default=1, help="crash at every n-th write only")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=200, help="rounds of pollers at once")
    parser.add_argument("--only", default="", help="only trials with this in their title")
    parser.add_argument("--stores", default="sqlite,postgresql")
    parser.add_argument("--sabotage", choices=SABOTAGES, help="break a promise on purpose, to see it found")
    sys.exit(main(parser.parse_args()))
