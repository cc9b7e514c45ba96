"""Several pollers, Manual Syncs and applies of one plan at once, in processes of their own, on one store."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import closing

from crash.child import ended, forked
from crash.places import Place, opened
from crash.world import PIPELINE, World
from recordmap.connectors.store import Store
from recordmap.sync.manual import sync_one
from recordmap.sync.report import RunStatus
from recordmap.sync.results import Result


def at_once(place: Place, rounds: int, pollers: int, applies: int = 0, seed: int = 1) -> World:
    """Let pollers, half as many Manual Syncs, and applies of one plan begin together, `rounds` times."""
    world, lot = World(page_size=3), random.Random(seed)
    with closing(opened(place, world.clock)):
        pass
    for number in range(rounds):
        world.change(lot, most=10, of=40)
        known = sorted(world.source.profiles)
        picked = [lot.sample(known, min(3, len(known))) for _ in range(max(1, pollers // 2))]
        work = [poll_to_its_end] * pollers + [_manual(ids) for ids in picked]
        if applies:
            with closing(opened(place, world.clock)) as store:
                work += [_apply(world.plan(store))] * applies
        codes = together(place, world, work)
        where = f"{place.name}, {pollers} pollers, {applies} applies, round {number}"
        if any(codes):
            world.fault("not converged", f"{where}: processes ended with {codes}")
        with closing(opened(place, world.clock)) as store:
            world.check_after_a_crash(store, where)
            world.converge(store, where)
    return world


def together(place: Place, world: World, work: list[Callable[[World, Store], None]]) -> list[int]:
    """Do several things in processes that wait for each other before they begin; return their exit codes."""
    gate, opener = os.pipe()

    def wait_and(do: Callable[[World, Store], None]) -> None:
        os.close(opener)
        with closing(opened(place, world.clock)) as store:
            os.read(gate, 1)  # ends when the parent closes the other end
            do(world, store)

    numbers = [forked(lambda do=do: wait_and(do)) for do in work]
    os.close(gate)
    os.close(opener)
    return [ended(number) for number in numbers]


def poll_to_its_end(world: World, store: Store) -> None:
    report = world.poll(store)
    if report.status is not RunStatus.COMPLETE:
        raise AssertionError(f"a poll ended with {report.code}: {report.message}")


def _apply(plan: bytes) -> Callable[[World, Store], None]:
    def apply(world: World, store: Store) -> None:
        report = world.apply(store, plan)
        if report.status is not RunStatus.COMPLETE:
            raise AssertionError(f"an apply ended with {report.code}: {report.message}")

    return apply


def _manual(ids: list[str]) -> Callable[[World, Store], None]:
    def manual(world: World, store: Store) -> None:
        for one in ids:
            transfer = sync_one(PIPELINE, world.source, store, one, clock=world.clock)
            problem = transfer.problem
            if transfer.result is Result.FAILED and problem and problem.code != "required-field-missing":
                raise AssertionError(f"a Manual Sync ended with {problem.code}")

    return manual
