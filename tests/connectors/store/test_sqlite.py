"""SQLite as the store's database: its file, its settings, and what its errors come out as."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import event

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import Link
from recordmap.connectors.store import Store, open_store
from recordmap.connectors.store.sqlite import open_engine

ANN = {"EmailAddress": "ann@example.com", "CustomerNumber": "N/A"}
BOB = {"EmailAddress": "bob@example.com", "CustomerNumber": "N/A"}


class BrokenOffError(Exception):
    """Breaks off a unit on purpose."""


def on_connect(store: Store, pragma: str) -> None:
    """Give the store's next connections one more setting."""

    def execute(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(pragma)

    event.listen(store._engine, "connect", execute)
    store._engine.dispose()


def refused(act) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        act()
    return caught.value


def fill(store: Store, kilobytes: int) -> None:
    with store.unit() as unit:
        unit.add({**ANN, "Comment": "x" * 1024 * kilobytes})


def test_the_file_is_its_owners_alone(tmp_path: Path, rules) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "new" / "store.db"
        with closing(open_store(path, rules)) as store, store.unit() as unit:
            unit.add(ANN)
            modes = {
                each.name: stat.S_IMODE(each.stat().st_mode) for each in (path.parent, *path.parent.iterdir())
            }
    finally:
        os.umask(before)
    assert modes == {"new": 0o700, "store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_every_connection_has_the_settings(store: Store) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "trusted_schema": 0,
    }
    with store._engine.connect() as first, store._engine.connect() as second:
        for connection in (first, second):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


def test_records_take_their_links_and_children_with_them(store: Store, path: Path) -> None:
    with store.unit() as unit:
        ann = unit.add(ANN)
        unit.add_child(ann.id, "Addresses", {"City": "Boston"}, None)
        unit.save_link(Link("p1", ann.id, "added"))
    with closing(sqlite3.connect(path)) as by_hand:
        by_hand.execute("PRAGMA foreign_keys = ON")
        by_hand.execute("DELETE FROM records")
        by_hand.commit()
    assert store.counts() == {"records": 0, "children": 0, "links": 0, "open_errors": 0}
    with store.unit() as unit:
        assert unit.add(ANN).id == 2


def test_reading_goes_on_while_another_writes(store: Store, path: Path, rules) -> None:
    with closing(open_store(path, rules)) as other, other.unit() as unit:
        unit.add(ANN)
        assert store.counts()["records"] == 0
    assert store.counts()["records"] == 1


def test_a_locked_store_is_a_fault_that_passes(path: Path, rules) -> None:
    with closing(Store(open_engine(path, busy_timeout=0.01), rules)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            error = refused(lambda: fill(store, 1))
            assert refused(lambda: store.start_run("poll")).code == "store-locked"
            other.execute("ROLLBACK")
        assert (error.code, error.transient) == ("store-locked", True)
        assert str(path) in error.message
        fill(store, 1)
        assert store.counts()["records"] == 1


def test_a_full_store_keeps_what_it_had(store: Store) -> None:
    with store.unit() as unit:
        unit.add(BOB)
    on_connect(store, "PRAGMA max_page_count = 60")
    error = refused(lambda: fill(store, 1000))
    assert (error.code, error.transient) == ("store-full", False)
    assert store.counts()["records"] == 1
    on_connect(store, "PRAGMA max_page_count = 100000")
    fill(store, 1000)
    assert store.counts()["records"] == 2


def test_a_store_that_may_not_be_written(store: Store) -> None:
    on_connect(store, "PRAGMA query_only = ON")
    error = refused(lambda: fill(store, 1))
    assert (error.code, error.transient) == ("store-readonly", False)
    assert store.counts()["records"] == 0


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_store(tmp_path: Path, rules, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    error = refused(lambda: open_store(path, rules))
    assert (error.code, error.transient) == ("store-unreadable", False)
    assert path.read_bytes() == content


def test_a_damaged_store(path: Path, rules) -> None:
    with closing(open_store(path, rules)) as store:
        fill(store, 100)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    error = refused(lambda: open_store(path, rules))
    assert (error.code, error.transient) == ("store-unreadable", False)


def test_a_path_that_is_a_directory(tmp_path: Path, rules) -> None:
    assert refused(lambda: open_store(tmp_path, rules)).code == "store-unreadable"


def test_a_path_below_a_file(path: Path, rules) -> None:
    assert refused(lambda: open_store(path / "store.db", rules)).code == "store-unreadable"


def test_a_path_with_odd_characters(tmp_path: Path, rules) -> None:
    path = tmp_path / "50% off?#&x=1 ü" / "my store.db"
    with closing(open_store(path, rules)) as store, store.unit() as unit:
        unit.add(ANN)
    assert path.is_file()


def test_the_unique_index_is_the_last_line(store: Store) -> None:
    with store.unit() as unit:
        unit.add(ANN)
    before = store.counts()

    def write_behind_the_back() -> None:
        with store.unit() as unit:
            unit._keys.taken = lambda *_: None
            unit.add(ANN)

    error = refused(write_behind_the_back)
    assert (error.code, error.transient) == ("value-not-unique", True)
    assert store.counts() == before


def test_no_error_repeats_a_value(store: Store, path: Path) -> None:
    on_connect(store, "PRAGMA query_only = ON")
    error = refused(lambda: fill(store, 1))
    told = [str(error), str(error.__cause__), error.hint or ""]
    assert not any("ann@example.com" in text or "xxx" in text for text in told)


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
