"""A crash at every write: a process ends hard at one point after another of a fixed history, and one poll follows.

A plan is made before the crashes. After every other crash of its apply it is applied again before that poll.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy

from crash.child import CRASHED, Points, ended, forked
from crash.places import Place, opened
from crash.world import PIPELINE, World
from recordmap.connectors.store import Store
from recordmap.sync.lease import PollLease
from recordmap.sync.manual import sync_one
from recordmap.sync.retry import retry_open

Step = Callable[[World, Store, bytes], None]
"""Something to do in a store; the bytes are a plan that was made for it as it is then."""


def every_write(place: Place, rounds: int, stride: int = 1) -> tuple[World, int]:
    """Crash at every `stride`-th write of a history of `rounds` changes; return its world, and how many crashes."""
    world, lot, crashes, before = World(), random.Random(rounds), 0, 0
    for number in range(rounds):
        world.change(lot, most=9, of=20)
        for name, step in STEPS.items():
            if step is _apply:
                world.change(lot, most=9, of=20)
            place.bring_back()
            with closing(opened(place, world.clock)) as store:
                plan = world.plan(store)
            points = _points(place, world, step, plan)
            for at in range(1 + before % stride, points + 1, stride):
                _crash(place, world, step, plan, at, f"{place.name}, round {number}, {name}, point {at}")
                crashes += 1
            before += points
            place.bring_back()
            with closing(opened(place, world.clock)) as store:
                step(world, store, plan)
            place.put_aside()
    return world, crashes


def _points(place: Place, world: World, step: Step, plan: bytes) -> int:
    place.bring_back()
    with closing(opened(place, world.clock)) as store:
        points = Points(store)
        step(deepcopy(world), store, plan)
    return points.count


def _crash(place: Place, world: World, step: Step, plan: bytes, at: int, where: str) -> None:
    place.bring_back()

    def work() -> None:
        store = opened(place, world.clock)
        Points(store, at)
        step(world, store, plan)

    code = ended(forked(work))
    if code != CRASHED:
        raise AssertionError(f"{where}: ended with {code} instead of at this point")
    with closing(opened(place, world.clock)) as store:
        world.check_after_a_crash(store, where)
        if step is _apply and at % 2:
            world.apply_again(store, plan, where)
        world.converge(store, where)


def _poll(world: World, store: Store, _plan: bytes) -> None:
    world.poll(store)


def _apply(world: World, store: Store, plan: bytes) -> None:
    world.apply(store, plan)


def _manual(world: World, store: Store, _plan: bytes) -> None:
    for one in ("P1", "P2", "P19", "nobody"):
        sync_one(PIPELINE, world.source, store, one, clock=world.clock)


def _retry(world: World, store: Store, _plan: bytes) -> None:
    retry_open(PIPELINE, world.source, store, clock=world.clock, only_due=False)


def _under_lease(world: World, store: Store, _plan: bytes) -> None:
    lease = PollLease(store, "one", clock=world.clock)
    lease.take()
    world.poll(store, lease=lease)
    lease.give_up()


STEPS: dict[str, Step] = {
    "Manual Sync": _manual,
    "poll": _poll,
    "retry": _retry,
    "poll under a lease": _under_lease,
    "apply of a plan": _apply,
}
