"""Tables of a rehearsal, which may grow beyond memory: what is old goes into a file that has no name.

A unit of work holds what it read and staged until it is flushed. A rehearsal is never flushed, and goes on for as many
pages as a poll has; so its tables are dictionaries that keep some thousands of entries, and find the others in a
temporary database of this process alone. Nothing here may be iterated: only a flush does that.
"""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

MOST = 10_000
"""Entries of a table that stay in memory."""

_ABSENT: Any = object()


class Spill:
    """Makes tables, and holds what they spill. A context manager; the tables end with it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        # An empty name is a file that SQLite makes when it is needed, opens for nobody else, and deletes at the end.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._tables = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def table(self) -> dict[Any, Any]:
        """Return a new table."""
        self._tables += 1
        return _Table(self._database, f"t{self._tables}", self._most)


class _Table(dict[Any, Any]):
    """A dictionary whose older entries are in a database."""

    def __init__(self, database: sqlite3.Connection, name: str, most: int) -> None:
        super().__init__()
        self._database = database
        self._most = most
        self._spilled = False
        self._create = f"CREATE TABLE {name} (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID"
        self._insert = f"INSERT OR REPLACE INTO {name} VALUES (?, ?)"  # noqa: S608 - the name is ours
        self._select = f"SELECT value FROM {name} WHERE key = ?"  # noqa: S608 - as above
        self._delete = f"DELETE FROM {name} WHERE key = ?"  # noqa: S608 - as above

    def __missing__(self, key: Any) -> Any:
        value = self._older(key)
        if value is _ABSENT:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or self._older(key) is not _ABSENT

    def __bool__(self) -> bool:
        return self._spilled or len(self) > 0

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            self._spill()

    def __delitem__(self, key: Any) -> None:
        if self._spilled:
            self._database.execute(self._delete, [_name(key)])
        super().pop(key, None)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return an entry, wherever it is."""
        value = super().get(key, _ABSENT)
        if value is _ABSENT:
            value = self._older(key)
        return default if value is _ABSENT else value

    def update(self, *entries: Any, **named: Any) -> None:
        """Set entries."""
        for key, value in dict(*entries, **named).items():
            self[key] = value

    def _older(self, key: object) -> Any:
        if not self._spilled:
            return _ABSENT
        with closing(self._database.execute(self._select, [_name(key)])) as found:
            row = found.fetchone()
        return _ABSENT if row is None else pickle.loads(row[0])  # noqa: S301 - nobody but this process wrote it

    def _spill(self) -> None:
        if not self._spilled:
            self._database.execute(self._create)
            self._spilled = True
        rows = ((_name(key), _written(value)) for key, value in self.items())
        self._database.execute("BEGIN")
        self._database.executemany(self._insert, rows)
        self._database.execute("COMMIT")
        self.clear()


def _written(value: object) -> bytes:
    return pickle.dumps(dict(value) if isinstance(value, MappingProxyType) else value)


def _name(key: object) -> str:
    """Return the same text for equal keys; one kind of tuple may be equal to another."""
    return ascii(_plain(key))


def _plain(key: object) -> object:
    return tuple(map(_plain, key)) if isinstance(key, tuple) else key
