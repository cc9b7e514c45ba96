"""The part of a store that keeps a journal and takes back what stands in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from recordmap.connectors.store.counters import written
from recordmap.connectors.store.documents import legible
from recordmap.connectors.store.journalbook import JournalLog
from recordmap.connectors.store.tables import journal
from recordmap.connectors.store.undoing import StoreUndoUnit
from recordmap.connectors.store.unit import StoreUnit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from recordmap.connectors.destination import Rules
    from recordmap.connectors.journal import JournalEntry
    from recordmap.connectors.store.staging import Staging

U = TypeVar("U", bound=StoreUnit)


class Journalled(ABC):
    """A `journal.Undoing` on the engines and rules of a store."""

    _engine: Engine
    _writer: Engine
    _rules: Rules

    @contextmanager
    def undo_unit(self) -> Iterator[StoreUndoUnit]:
        """Begin a transaction that takes writes back; commit at its end, roll back on an exception.

        Raises:
            ConnectorError: as for `unit`.
        """
        with self._writer.begin() as connection:
            unit = self._unit_of(StoreUndoUnit, connection)
            yield unit
            unit.flush()

    def written(self) -> int:
        """Return a number that is larger after whatever a sync, a Manual Sync or an undo has changed of records."""
        with self._engine.connect() as connection:
            return written(connection)

    def journal(
        self,
        *,
        record_id: int | None = None,
        external_id: str | None = None,
        run_id: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[JournalEntry]:
        """Return entries of the journal, the latest first: those of a record, source record or run."""
        wanted = {
            journal.c.record_id: record_id,
            journal.c.external_id: None if external_id is None else legible(external_id),
            journal.c.run_id: run_id,
        }
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if before is not None:
            conditions.append(journal.c.id < before)
        with self._engine.connect() as connection:
            return JournalLog(connection, self._rules).entries(conditions, limit)

    def journal_entry(self, number: int) -> JournalEntry | None:
        """Return one entry of the journal."""
        with self._engine.connect() as connection:
            return next(iter(JournalLog(connection, self._rules).entries([journal.c.id == number], 1)), None)

    def prune_journal(self, before: datetime, limit: int) -> int:
        """Delete the oldest entries of the journal, from before a time (aware), at most `limit`; return how many."""
        with self._writer.begin() as connection:
            return JournalLog(connection, self._rules).prune(before, limit)

    @abstractmethod
    def _unit_of(self, kind: type[U], connection: Connection, staging: Staging | None = None) -> U:
        """Return a unit of a kind on a connection."""
