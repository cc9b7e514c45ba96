"""Numbers for rows, given out before the rows are written: links and children can name a staged record.

A counter row per table instead of the database's own sequence: it works alike everywhere, needs no answer
from the database per row, and never gives a number twice, even after rows were deleted. The write lock of the
unit makes it safe; a lost lock would end at the primary key.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, insert, select, update

from recordmap.connectors.store.tables import counters

_SELECT = select(counters.c.name, counters.c.last)
_WRITTEN = select(func.coalesce(func.sum(counters.c.last), 0)).where(
    counters.c.name.in_(("records", "children", "journal"))
)
_INSERT = insert(counters)
_UPDATE = update(counters).where(counters.c.name == bindparam("of_name"))


def written(connection: Connection) -> int:
    """Return how many records, children and entries of the journal were ever made: more after each change of a sync."""
    number: int = connection.execute(_WRITTEN).scalar_one()
    return number


class Counters:
    """The counters of one transaction that holds the write lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stored: dict[str, int] | None = None
        self._last: dict[str, int] = {}

    def next(self, name: str) -> int:
        """Return the next number for the rows of a table."""
        if self._stored is None:
            self._stored = {row.name: row.last for row in self._connection.execute(_SELECT)}
        last = self._last.get(name)
        number = self._last[name] = (self._stored.get(name, 0) if last is None else last) + 1
        return number

    def flush(self) -> None:
        """Write the counters that moved."""
        stored = self._stored or {}
        new = [{"name": name, "last": last} for name, last in self._last.items() if name not in stored]
        moved = [{"of_name": name, "last": last} for name, last in self._last.items() if name in stored]
        if new:
            self._connection.execute(_INSERT, new)
        if moved:
            self._connection.execute(_UPDATE, moved)
