"""What PostgreSQL knows of its tables, renewed while they grow fast.

The server plans by statistics, and makes them by itself: once a minute, of what was committed, and not while it is busy
elsewhere. The first sync into a new store is half over by then. Without statistics it takes one system's links for one
row, so it reads them all for each page instead of looking up those that the page names: the more customers there are,
the slower each next one is. A plan that was made for a small table, and kept, is as bad for a large one.

So rows are counted as they are written, and where a table has grown tenfold since the server looked at it, it is told
to look again, in the transaction that wrote them. What grows slowly is left to the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

FEW = 500
"""Rows that a table may gain before anything is looked at: with so few of them, no plan is slow."""

GROWTH = 10
"""By how much a table grows until its statistics tell nothing any more."""

# Minus one where the server never looked. It is a number of rows in the table as it was then.
_KNOWN = "SELECT reltuples FROM pg_class WHERE oid = to_regclass(%(table)s)"


@dataclass(slots=True)
class _Table:
    """How many rows came since the statistics were looked at, and how many may."""

    gained: int = 0
    due: int = FEW


class Statistics:
    """The statistics of one database, seen by one process that writes."""

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = {}

    def gained(self, connection: Connection, table: str, rows: int) -> None:
        """Note that a transaction added rows to a table; make the table's statistics anew where that is due."""
        here = self._tables.setdefault(table, _Table())
        here.gained += rows
        if here.gained < here.due:
            return
        known = max(0, int(connection.exec_driver_sql(_KNOWN, {"table": table}).scalar() or 0))
        if here.gained >= (GROWTH - 1) * known:
            # Where the server is at it already, there is nothing to wait for; who may not, is only warned.
            connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {table}")
            known += here.gained
            here.gained = 0
        here.due = max(FEW, (GROWTH - 1) * known)
