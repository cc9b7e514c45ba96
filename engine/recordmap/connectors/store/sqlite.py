"""What is special about SQLite: how a file is opened, how a transaction begins, what its errors mean.

Everything else in this room is SQL that PostgreSQL speaks too. Each unit of work takes the write lock when it
begins (BEGIN IMMEDIATE): a transaction that has read and then wants to write fails at once when another one
wrote in between, and no waiting helps it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event

from recordmap.connectors.store import faults
from recordmap.connectors.store.asking import WRITE

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import ExceptionContext

    from recordmap.connectors.base import ConnectorError

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    # 8 MB. The system keeps what it has read of the file. With eight times as much, 100,000 profiles were a few
    # hundredths faster, and a large sync took twice the memory of a small one.
    "PRAGMA cache_size = -8192",
    # Fold the journal into the file less often: a leaf that is touched by several units is then copied once.
    "PRAGMA wal_autocheckpoint = 8000",
)


def open_engine(path: Path, lock_timeout: float) -> Engine:
    """Return an engine for a database file, which is made when it isn't there, readable by its owner only.

    Raises:
        ConnectorError: the file can't be made.
    """
    _make_file(path)
    place, made = path.absolute(), _identity(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": lock_timeout},
        hide_parameters=True,
    )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin too late and too weak; `_begin` begins them.
        connection.isolation_level = None
        _use_wal(connection, lock_timeout)
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    def on_begin(connection: Connection) -> None:
        # What is written into a file that was deleted or replaced since (a backup put in its place) is lost.
        if _identity(place) != made:
            raise faults.gone(str(path))
        _begin(connection)

    def on_error(context: ExceptionContext) -> ConnectorError | None:
        return _meaning(context.original_exception, path)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    event.listen(engine, "handle_error", on_error)
    return engine


def scrub(engine: Engine) -> None:
    """Write the file anew without what was deleted from it, and empty the journal beside it.

    Raises:
        ConnectorError: another process is at work in the file, or it can't be written.
    """
    path = Path(engine.url.database or "")
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise _meaning(error, path) or error from None
    finally:
        connection.close()
    if busy:
        raise faults.locked(str(path))


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if path.is_file():
            return
        raise faults.unreadable(str(path), "it is not a file") from None
    except OSError as error:
        raise faults.unreadable(str(path), error.strerror or "it can't be made") from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that has its name later; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _use_wal(connection: sqlite3.Connection, lock_timeout: float) -> None:
    """Keep a journal that lets others read during a write. The file remembers it, so this acts on new files only.

    SQLite doesn't wait for other connections here, so when several processes open a new file at once, all but one
    have to try again.
    """
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random  # noqa: PLC0415 - seldom needed

    again = Retrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_delay(lock_timeout),
        wait=wait_random(0.005, 0.02),
        reraise=True,
    )
    again(connection.execute, "PRAGMA journal_mode = WAL")


def _is_busy(error: BaseException) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _meaning(error: BaseException | None, path: Path) -> ConnectorError | None:
    """Return what a database error means to its user, or None when it is a fault of ours."""
    if not isinstance(error, sqlite3.Error):
        return None
    store = str(path)
    extended: int = getattr(error, "sqlite_errorcode", 0)
    if extended in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
        return faults.overtaken(store)
    match extended & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return faults.locked(store)
        case sqlite3.SQLITE_FULL:
            return faults.full(store)
        case sqlite3.SQLITE_READONLY:
            return faults.read_only(store, "check the permissions of the file and of its directory")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return faults.unreadable(store, "it is damaged or not a store")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return faults.unreadable(store, "the operating system refuses it")
    return None
