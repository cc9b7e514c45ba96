"""Transactions of every kind of store: all or nothing, one writer at a time, and readers that don't wait."""

from __future__ import annotations

from contextlib import closing, suppress

import pytest
from sqlalchemy import delete, event

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import Link, OvertakenError
from recordmap.connectors.store import Store
from recordmap.connectors.store.engines import open_engine
from recordmap.connectors.store.tables import records

ANN = {"EmailAddress": "ann@example.com", "CustomerNumber": "N/A"}
BOB = {"EmailAddress": "bob@example.com", "CustomerNumber": "N/A"}


class BrokenOffError(Exception):
    """Breaks off a unit on purpose."""


def test_records_take_their_links_and_children_with_them(store: Store) -> None:
    with store.unit() as unit:
        ann = unit.add(ANN)
        unit.add_child(ann.id, "Addresses", {"City": "Boston"}, None)
        unit.save_link(Link("p1", ann.id, "added"))
    with store._writer.begin() as by_hand:
        by_hand.execute(delete(records))
    assert store.counts() == {"records": 0, "children": 0, "links": 0, "open_errors": 0}
    with store.unit() as unit:
        assert unit.add(ANN).id == 2


def test_reading_goes_on_while_another_writes(store: Store, place) -> None:
    with closing(place.open()) as other, other.unit() as unit:
        unit.add(ANN)
        assert store.counts()["records"] == 0
    assert store.counts()["records"] == 1


def test_a_unit_says_when_only_its_commit_is_left(store: Store, place) -> None:
    seen: list[int] = []
    written: list[str] = []
    event.listen(store._writer, "after_cursor_execute", lambda *given: written.append(given[2]))
    with closing(place.open()) as other:
        with store.unit() as unit:
            unit.add(ANN)
            store.committing = lambda: (seen.append(other.counts()["records"]), written.append("COMMITTING"))
        assert set(seen) == {0}
        assert any(sql.startswith(("INSERT INTO records", "COPY records")) for sql in written)
        assert written[-1] == "COMMITTING"
        with suppress(BrokenOffError), store.unit() as unit:
            unit.add(BOB)
            seen.clear()
            raise BrokenOffError
        assert seen == []


def test_a_locked_store_is_a_fault_that_passes(store: Store, place, rules) -> None:
    with closing(Store(open_engine(place.where, lock_timeout=0.01), rules)) as waiting:
        with store.unit() as unit:
            unit.add(BOB)
            for refused in (lambda: add(waiting, ANN), lambda: waiting.start_run("poll")):
                with pytest.raises(ConnectorError) as caught:
                    refused()
                assert (caught.value.code, caught.value.transient) == ("store-locked", True)
        add(waiting, ANN)
        assert store.counts()["records"] == 2


def test_the_unique_index_is_the_last_line(store: Store) -> None:
    add(store, ANN)
    before = store.counts()

    def write_behind_the_back() -> None:
        with store.unit() as unit:
            unit._keys.taken = lambda *_: None
            unit.add(ANN)

    with pytest.raises(OvertakenError) as caught:
        write_behind_the_back()
    error = caught.value
    assert (error.code, error.transient) == ("value-not-unique", True)
    assert "ann@example.com" not in f"{error} {error.hint} {error.__cause__} {error.__cause__!r}"
    assert store.counts() == before


@pytest.mark.parametrize("statement", range(1, 9))
def test_a_failure_at_any_statement_leaves_nothing(store: Store, statement: int) -> None:
    """A unit with every kind of write, broken off at its nth statement that writes."""
    writes: list[str] = []

    def count(_connection, _cursor, sql: str, *_rest: object) -> None:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            writes.append(sql)
            if len(writes) == statement:
                raise BrokenOffError

    with store.unit() as unit:
        bob = unit.add(BOB)
    before = store.counts()
    event.listen(store._writer, "before_cursor_execute", count)
    with suppress(BrokenOffError), store.unit() as unit:
        ann = unit.add(ANN)
        unit.add_child(ann.id, "Addresses", {"City": "Boston"}, None)
        unit.update(bob.id, {"EmailAddress": "new@example.com"})
        unit.save_link(Link("p1", ann.id, "added"))
        unit.save_watermark(store._clock())
    assert len(writes) == statement
    event.remove(store._writer, "before_cursor_execute", count)
    assert store.counts() == before
    with store.unit() as unit:
        assert unit.load([bob.id])[bob.id].record == BOB
        assert unit.add(ANN).id == 2


def add(store: Store, record: dict) -> None:
    with store.unit() as unit:
        unit.add(record)
