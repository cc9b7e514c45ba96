"""The seam of the journal: what a sync wrote, why, and what was there before; and what it takes to undo it.

Entries are written in the unit of what they tell of, so that both last or neither does. Not every destination can undo,
so that part stands apart from `Destination`: who needs it asks whether it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from recordmap.connectors.stored import Link, Stored

Record = dict[str, Any]


class Action(StrEnum):
    """What an entry tells of."""

    ADDED = "added"
    """A record was added."""
    UPDATED = "updated"
    """Fields or children of a record were written."""
    LINKED = "linked"
    """A source record was linked to a record that needed no change."""
    UNDONE = "undone"
    """An entry was undone."""


class ChildEntry(NamedTuple):
    """One child record that was written: `before` is None for one that was added, `after` for one that was removed.

    `written` is the hash that stood beside it before.
    """

    into: str
    id: int
    before: Record | None
    after: Record | None
    written: str | None = None


class JournalEntry(NamedTuple):
    """One write, whole.

    `before` and `after` hold the fields that changed, custom fields one by one under their container; a field that was
    not there is null in `before`. Of a record that was added there is only a `digest`, by which it is known to be as it
    was: all of it would be a second copy of every record. `link` is the source record's link before, if it had one.
    `undoes` is the number of the entry that this one undid, `undone_by` of the one that undid this. `id` and `at` are
    given by the journal.
    """

    action: Action
    external_id: str
    record_id: int
    rule: str
    collection: str | None
    before: Record
    after: Record
    children: tuple[ChildEntry, ...] = ()
    link: Link | None = None
    digest: str | None = None
    run_id: int | None = None
    undoes: int | None = None
    undone_by: int | None = None
    id: int = 0
    at: datetime | None = None

    @property
    def makes_link(self) -> bool:
        """Whether it linked the source record to this record."""
        is_write = self.action is not Action.UNDONE
        return is_write and (self.link is None or self.link.record_id != self.record_id)


@dataclass(frozen=True, slots=True)
class Parting:
    """That a source record is not a destination record, because its link was undone.

    `source_hash` is of the version that must not come again by itself; None where any may come.
    """

    record_id: int
    source_hash: str | None = None


Partings = Mapping[str, Collection[Parting]]
"""The partings of source records, by external ID."""


class UndoUnit(Protocol):
    """One transaction that takes writes back. A method that raises a `Fault` has changed nothing."""

    def load(self, record_ids: Iterable[int]) -> dict[int, Stored]:
        """Return records with their children, by ID."""
        ...

    def links(self, external_ids: Iterable[str]) -> dict[str, Link]:
        """Return the links of these source records, by external ID."""
        ...

    def entry(self, number: int) -> JournalEntry | None:
        """Return an entry of the journal as it is now; None when it is there no more."""
        ...

    def see_run(self, run_id: int) -> None:
        """Note that a run goes on, which lasts if the unit does."""
        ...

    def other_links(self, record_id: int, external_id: str) -> Sequence[str]:
        """Return which other source records, of whatever system, are linked to a record: `system ID`."""
        ...

    def restore(self, record_id: int, record: Record) -> None:
        """Make a record (without its children) what is given, nothing more and nothing less.

        Raises:
            Fault: a required field would be empty, or a unique key is taken.
        """
        ...

    def restore_child(self, record_id: int, child: ChildEntry) -> None:
        """Put a child record back to what it was before, or remove it if it was not there."""
        ...

    def remove(self, record_id: int) -> None:
        """Remove a record with its children, keys and links."""
        ...

    def relink(self, external_id: str, link: Link | None) -> None:
        """Replace the link of a source record, or remove it."""
        ...

    def part(self, external_id: str, parting: Parting) -> None:
        """Keep a source record from being linked to a record again."""
        ...

    def journal(self, entry: JournalEntry) -> None:
        """Write an entry; one that undoes another marks that as undone."""
        ...


@runtime_checkable
class Undoing(Protocol):
    """A destination that keeps a journal and can take back what stands in it."""

    def undo_unit(self) -> AbstractContextManager[UndoUnit]:
        """Begin a transaction that holds the write lock; commit at its end, roll back on an exception."""
        ...

    def journal(
        self,
        *,
        record_id: int | None = None,
        external_id: str | None = None,
        run_id: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[JournalEntry]:
        """Return entries, the latest first: those of a record, source record or run, with a number below `before`."""
        ...

    def journal_entry(self, number: int) -> JournalEntry | None:
        """Return one entry."""
        ...
