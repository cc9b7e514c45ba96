"""Opens the database that a store is in: a file of SQLite, or a PostgreSQL server.

Behind this door everything is SQL that both speak. What differs is in `sqlite` and `postgresql`: how a connection is
made, how a transaction takes the write lock, and what errors mean. Each is imported when it is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

LOCK_TIMEOUT = 10.0
"""Seconds to wait for another writer."""


def open_engine(where: Path | URL, lock_timeout: float = LOCK_TIMEOUT) -> Engine:
    """Return an engine for the file of an SQLite database, or for the address of a PostgreSQL one.

    Raises:
        ConfigurationError: the address can't be used, or the driver for PostgreSQL isn't installed.
        ConnectorError: a file can't be made. A server is asked only when the engine is used.
    """
    if isinstance(where, Path):
        from recordmap.connectors.store import sqlite  # noqa: PLC0415

        return sqlite.open_engine(where, lock_timeout)
    from recordmap.connectors.store import postgresql  # noqa: PLC0415 - needs a driver that may not be there

    return postgresql.open_engine(where, lock_timeout)


def described(url: URL) -> str:
    """Return where a database is as messages show it: a file, or host and database; no user, no password."""
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or "").resolve())
    from recordmap.connectors.store import postgresql  # noqa: PLC0415 - as above

    return postgresql.described(url)


def scrub(engine: Engine) -> None:
    """Make what was deleted in a database unreadable in its files, too.

    Raises:
        ConnectorError: another process is at work in it, or it can't be reached.
    """
    if engine.dialect.name == "sqlite":
        from recordmap.connectors.store import sqlite  # noqa: PLC0415 - as above

        sqlite.scrub(engine)
    else:
        from recordmap.connectors.store import postgresql  # noqa: PLC0415 - as above

        postgresql.scrub(engine)
