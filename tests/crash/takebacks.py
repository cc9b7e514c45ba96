"""Undoing and forgetting, broken off at every write and done again; and side by side with a poll.

What was broken off and done again must come to what it would have been at once. What was to be forgotten must be gone,
whatever was written meanwhile.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing

from sqlalchemy import Text, cast, or_, select

from crash.child import CRASHED, Points, ended, forked
from crash.places import Place, opened
from crash.pollers import poll_to_its_end, together
from crash.world import World
from recordmap.connectors.store import Store
from recordmap.connectors.store.tables import METADATA
from recordmap.sync.undo import entries, undo_all

PERSON = "P1"
"""A profile that shares its address with nobody: all that is held of it can be told by that, and by its ID."""


def every_write(place: Place, rounds: int, stride: int = 1) -> tuple[World, int]:
    """Crash at every `stride`-th write of an undo and of a forgetting, and do it again; return how many crashes."""
    world, lot, crashes, before = World(), random.Random(rounds), 0, 0
    for number in range(rounds):
        with closing(opened(place, world.clock)) as store:
            for _ in range(2):
                world.change(lot, most=9, of=12)
                world.source.put(PERSON, world.clock.now, email="e1@example.com", first_name=f"P1 {number}")
                world.poll(store)
        place.put_aside()
        for name, step in {"undo": _undo, "forget": _forget}.items():
            place.bring_back()
            with closing(opened(place, world.clock)) as store:
                points = Points(store)
                step(store)
                count = points.count
                wanted = world.contents(store)
            for at in range(1 + before % stride, count + 1, stride):
                where = f"{place.name}, round {number}, {name}, point {at}"
                place.bring_back()
                _crash(place, world, step, at, where)
                with closing(opened(place, world.clock)) as store:
                    step(store)
                    if world.contents(store) != wanted:
                        world.fault("not converged", f"{where}: done again, it came to something else")
                    _check_undone_once(world, store, where)
                    if step is _forget:
                        _check_gone(world, store, PERSON, where)
                crashes += 1
            before += count
        place.bring_back()
    return world, crashes


def beside_a_poll(place: Place, rounds: int, seed: int = 1) -> World:
    """Let a poll, two undos of the poll before it, and a forgetting begin together, `rounds` times."""
    world, lot, forgotten = World(page_size=3), random.Random(seed), set[str]()
    for number in range(rounds):
        where = f"{place.name}, round {number}"
        world.change(lot, most=10, of=40)
        with closing(opened(place, world.clock)) as store:
            world.poll(store)
        world.change(lot, most=10, of=40)
        alone = [one for one in world.source.profiles if int(one[1:]) % 5 in {1, 2, 3}]
        person = lot.choice(sorted(set(alone) - forgotten) or [PERSON])
        forgotten.add(person)
        work = [poll_to_its_end, _undoing, _undoing, _forgetting(person)]
        codes = together(place, world, work)
        if any(codes):
            world.fault("not converged", f"{where}: processes ended with {codes}")
        with closing(opened(place, world.clock)) as store:
            undone = {one.external_id for one in entries(store) if one.action == "undone"}
            world.excused |= forgotten | undone
            world.check_after_a_crash(store, where)
            world.converge(store, where)
            _check_undone_once(world, store, where)
            for one in forgotten:
                _check_gone(world, store, one, where)
    return world


def _crash(place: Place, world: World, step: Callable[[Store], None], at: int, where: str) -> None:
    def work() -> None:
        store = opened(place, world.clock)
        Points(store, at)
        step(store)

    code = ended(forked(work))
    if code != CRASHED:
        raise AssertionError(f"{where}: ended with {code} instead of at this point")


def _undo(store: Store) -> None:
    """Undo what the last poll wrote, as far as it isn't undone yet."""
    run = next(run.id for run in store.runs(kind="poll"))
    wanted = [one for one in entries(store, run_id=run) if one.undone_by is None and one.action != "undone"]
    undo_all(store, wanted, tell=lambda _: None)


def _undoing(_world: World, store: Store) -> None:
    _undo(store)


def _forget(store: Store) -> None:
    store.forget(PERSON, keep_out=True)


def _forgetting(person: str) -> Callable[[World, Store], None]:
    return lambda _world, store: store.forget(person, keep_out=True) and None


def _check_undone_once(world: World, store: Store, where: str) -> None:
    undone = Counter(one.undoes for one in entries(store) if one.undoes is not None)
    if any(count > 1 for count in undone.values()):
        world.fault("written twice", f"{where}: an entry of the journal was undone twice")


def _check_gone(world: World, store: Store, person: str, where: str) -> None:
    """Look for a person's ID and address in every column of every table."""
    address = f"e{person[1:]}@example.com"
    with store._engine.connect() as connection:
        for table in METADATA.sorted_tables:
            texts = [cast(column, Text) for column in table.c]
            mentions = or_(*(text == person for text in texts), *(text.contains(address) for text in texts))
            if connection.execute(select(table).where(mentions).limit(1)).first() is not None:
                world.fault("remains", f"{where}: {person} is still in {table.name}")
