"""SQLite as the store's database: its file, its settings, and what its errors come out as."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import Link
from recordmap.connectors.store import Store, open_store

ANN = {"EmailAddress": "ann@example.com", "CustomerNumber": "N/A"}
BOB = {"EmailAddress": "bob@example.com", "CustomerNumber": "N/A"}


@pytest.fixture
def store(path: Path, rules) -> Iterator[Store]:
    with closing(open_store(path, rules)) as opened:
        yield opened


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


@pytest.mark.parametrize("act", ["unlink", "replace"])
def test_a_file_that_is_another_by_now_is_not_written(act: str, store: Store, path: Path, rules) -> None:
    fill(store, 1)
    backup = path.with_name("backup.db")
    open_store(backup, rules).close()
    if act == "unlink":
        path.unlink()
    else:
        backup.replace(path)
    for use in (lambda: fill(store, 1), store.watermark, store.counts):
        error = refused(use)
        assert (error.code, error.transient) == ("store-unreadable", False)
        assert "deleted or replaced" in error.message


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


def test_no_error_repeats_a_value(store: Store, path: Path) -> None:
    on_connect(store, "PRAGMA query_only = ON")
    error = refused(lambda: fill(store, 1))
    told = [str(error), str(error.__cause__), error.hint or ""]
    assert not any("ann@example.com" in text or "xxx" in text for text in told)


def test_what_is_due_is_found_by_index(store: Store, path: Path) -> None:
    """Without sorting, and without looking at what waits: the log may be long."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if sql.startswith("SELECT errors.id"):
            asked.append((sql, values))

    event.listen(store._engine, "before_cursor_execute", note)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    store.due_error_numbers("v1", now, 10)
    store.prune_errors(now, 10)
    with closing(sqlite3.connect(path)) as connection:
        plans = [
            " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))
            for sql, values in asked
        ]
    searches = [
        "errors_due (system=? AND schema=? AND next_retry>? AND next_retry<?)",
        "errors_by_version (system=? AND schema=? AND version=?)",
        "errors_by_version (system=? AND schema=? AND version<?)",
        "errors_by_version (system=? AND schema=? AND version>?)",
        "errors_to_prune (system=? AND schema=? AND closed_at<?)",
    ]
    assert plans == [f"SEARCH errors USING INDEX {search}" for search in searches]


def test_links_of_a_unit_are_written_in_the_order_of_their_keys(store: Store) -> None:
    with store.unit() as unit:
        one = unit.add(ANN).id
        for external_id in ("p3", "p1", "p2"):
            unit.save_link(Link(external_id, one, "added"))
    with store._engine.connect() as connection:
        written = connection.exec_driver_sql("SELECT external_id FROM links ORDER BY rowid").scalars().all()
    assert written == ["p1", "p2", "p3"]
