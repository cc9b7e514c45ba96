"""The error log outside units of work: what stands in it, what is due, what is closed and forgotten.

What is due is asked for by index, in the order it is due: a log full of records that wait for a change costs a poll
nothing, and hides nothing that has waited long enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, select, update

from recordmap.connectors.errorlog import Backlog, ErrorEntry, ErrorStatus
from recordmap.connectors.store.documents import legible
from recordmap.connectors.store.errorrows import IS_OPEN, entry_of, select_entries
from recordmap.connectors.store.tables import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from recordmap.connectors.destination import Rules


class ErrorLog:
    """The error entries of one system and schema. What writes needs a connection that holds the write lock."""

    def __init__(self, connection: Connection, rules: Rules, now: datetime) -> None:
        self._connection = connection
        self._rules = rules
        self._now = now

    def entries(self, status: ErrorStatus | None, limit: int) -> Sequence[ErrorEntry]:
        """Return entries, the last to fail first; `status` None means all."""
        statement = self._select().order_by(errors.c.last_at.desc(), errors.c.id.desc()).limit(limit)
        if status is not None:
            statement = statement.where(errors.c.status == status.value)
        return [entry_of(row) for row in self._connection.execute(statement)]

    def entry(self, entry_id: int) -> ErrorEntry | None:
        """Return one entry."""
        row = self._connection.execute(self._select().where(errors.c.id == entry_id)).first()
        return None if row is None else entry_of(row)

    def open_numbers(self) -> Sequence[int]:
        """Return the numbers of all open entries, the first to fail first."""
        return self._numbers(select(errors.c.id).where(*self._here(), IS_OPEN).order_by(errors.c.id))

    def due_numbers(self, version: str, now: datetime, limit: int) -> Sequence[int]:
        """Return the numbers of open entries to be tried again by themselves; see `Destination`."""
        here = (*self._here(), IS_OPEN)
        timed = (
            select(errors.c.id)
            .where(*here, errors.c.next_retry.is_not(None), errors.c.next_retry <= now)
            .order_by(errors.c.next_retry, errors.c.id)
            .limit(limit)
        )
        due = self._numbers(timed)
        changed: list[int] = []
        # Ranges rather than "differs", so that the index leads past those that failed under this version.
        current = legible(version)
        for others in (errors.c.version.is_(None), errors.c.version < current, errors.c.version > current):
            untimed = (
                select(errors.c.id)
                .where(*here, errors.c.next_retry.is_(None), errors.c.transient == false(), others)
                .order_by(errors.c.version, errors.c.id)
                .limit(limit - len(changed))
            )
            changed += self._numbers(untimed)
        return [*due, *changed]

    def backlog(self) -> Backlog:
        """Return how many open entries wait for what."""
        timed = errors.c.next_retry.is_not(None)
        wanted = select(timed, errors.c.transient, func.count()).where(*self._here(), IS_OPEN)
        counts = dict.fromkeys(("time", "change", "person"), 0)
        for has_time, transient, count in self._connection.execute(
            wanted.group_by(timed, errors.c.transient)
        ):
            counts["time" if has_time else "person" if transient else "change"] += count
        return Backlog(**counts)

    def by_code(self) -> Mapping[tuple[str, ErrorStatus], int]:
        """Return how many entries there are of each code, by what became of them."""
        wanted = select(errors.c.code, errors.c.status, func.count()).where(*self._here())
        rows = self._connection.execute(wanted.group_by(errors.c.code, errors.c.status))
        return {(code, ErrorStatus(status)): count for code, status, count in rows}

    def dismiss(self, entry_id: int) -> bool:
        """Dismiss an open entry; False when there is none."""
        wanted = and_(*self._here(), IS_OPEN, errors.c.id == entry_id)
        closed = {"status": ErrorStatus.DISMISSED.value, "closed_at": self._now, "next_retry": None}
        return self._connection.execute(update(errors).where(wanted).values(closed)).rowcount > 0

    def prune(self, before: datetime, limit: int) -> int:
        """Forget the source records of entries closed before a time; return how many."""
        old = (
            select(errors.c.id)
            .where(*self._here(), errors.c.closed_at < before, errors.c.record.is_not(None))
            .order_by(errors.c.closed_at)
            .limit(limit)
        )
        numbers = self._numbers(old)
        if numbers:
            self._connection.execute(update(errors).where(errors.c.id.in_(numbers)).values(record=None))
        return len(numbers)

    def _numbers(self, statement: Select[Any]) -> list[int]:
        return list(self._connection.execute(statement).scalars())

    def _select(self) -> Select[Any]:
        return select_entries(self._rules.system, self._rules.schema)

    def _here(self) -> tuple[ColumnElement[bool], ...]:
        return (errors.c.system == self._rules.system, errors.c.schema == self._rules.schema)
