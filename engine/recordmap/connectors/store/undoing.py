"""Taking writes back: a unit of work that also removes, which no sync does.

What it removes is gone at once, behind the staged changes. So it serves one entry of the journal: first all that can be
refused, then what is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from recordmap.connectors.store.documents import encode
from recordmap.connectors.store.journalbook import JournalLog
from recordmap.connectors.store.partings import PartingBook
from recordmap.connectors.store.tables import children, journal, links, records
from recordmap.connectors.store.unit import StoreUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordmap.connectors.destination import Link, Record
    from recordmap.connectors.journal import ChildEntry, JournalEntry, Parting


class StoreUndoUnit(StoreUnit):
    """A `journal.UndoUnit` on a connection whose transaction holds the write lock."""

    def entry(self, number: int) -> JournalEntry | None:
        """Return an entry of the journal as it is now; None when it is there no more."""
        log = JournalLog(self._scope.connection, self._scope)
        return next(iter(log.entries([journal.c.id == number], 1)), None)

    def other_links(self, record_id: int, external_id: str) -> Sequence[str]:
        """Return which other source records, of whatever system, are linked to a record: `system ID`."""
        scope = self._scope
        wanted = select(links.c.system, links.c.schema, links.c.external_id)
        wanted = wanted.where(links.c.record_id == record_id).order_by(links.c.system, links.c.external_id)
        this = (scope.system, scope.schema, external_id)
        return [f"{one[0]} {one[2]}" for one in scope.connection.execute(wanted) if tuple(one) != this]

    def restore(self, record_id: int, record: Record) -> None:
        """Make a record what is given, nothing more and nothing less.

        Raises:
            Fault: a required field would be empty, a unique key is taken, or there is no such record.
        """
        self._replace(record_id, record)

    def restore_child(self, record_id: int, child: ChildEntry) -> None:
        """Put a child record back to what it was before, or remove it if it was not there."""
        its = (children.c.id == child.id, children.c.record_id == record_id)
        statement = (
            delete(children).where(*its)
            if child.before is None
            else update(children)
            .where(*its)
            .values(document=encode(child.before), written=child.written, updated_at=self._scope.now)
        )
        self._scope.connection.execute(statement)

    def remove(self, record_id: int) -> None:
        """Remove a record with its children, keys and links."""
        here = (records.c.id == record_id, records.c.schema == self._scope.schema)
        self._scope.connection.execute(delete(records).where(*here))

    def relink(self, external_id: str, link: Link | None) -> None:
        """Replace the link of a source record, or remove it."""
        scope = self._scope
        its = (links.c.system == scope.system, links.c.schema == scope.schema)
        if link is None:
            scope.connection.execute(delete(links).where(*its, links.c.external_id == external_id))
        else:
            self.save_link(link)

    def part(self, external_id: str, parting: Parting) -> None:
        """Keep a source record from being linked to a record again."""
        PartingBook(self._scope).add(external_id, parting)
