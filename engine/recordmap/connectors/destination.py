"""The seam between the engine and the system that records go to: records, links and bookkeeping.

A destination keeps records and everything the sync must remember about them (links, errors, watermark, runs),
so that one `Unit` commits a record together with its bookkeeping. Which record matches, what is written and
what counts as an error is decided in `recordmap.sync`; a destination only refuses what would break its own
rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.errorlog import ErrorEntry, ErrorLog, Failure
from recordmap.connectors.stored import (
    INTERRUPTED,
    LEASE_LOST,
    RUNNING,
    SILENCE,
    KeyRule,
    Lease,
    Link,
    MatchKey,
    Record,
    Rules,
    Run,
    Stored,
    StoredChild,
)

if TYPE_CHECKING:
    from recordmap.connectors.journal import JournalEntry, Partings

# The seam has one door: what the protocols exchange is had from here, too.
__all__ = [
    "INTERRUPTED",
    "LEASE_LOST",
    "RUNNING",
    "SILENCE",
    "Committing",
    "Destination",
    "KeyRule",
    "Lease",
    "Link",
    "MatchKey",
    "OvertakenError",
    "Record",
    "Rules",
    "Run",
    "Stored",
    "StoredChild",
    "Unit",
]


class OvertakenError(ConnectorError):
    """Another writer got in between: the same unit of work can be done again at once, from its reads on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, transient=True)


class Unit(Protocol):
    """One transaction. Reads see the unit's own writes; nothing lasts unless the unit ends without exception.

    Reads are in bulk, because a page of records is matched at once. A method that raises a `Fault` has
    changed nothing, and the unit goes on.
    """

    def attempt(self) -> AbstractContextManager[None]:
        """Keep every write made inside, or none when an exception leaves it.

        An attempt is a record with its children and its link; a failure is logged after it, outside.
        """
        ...

    def links(self, external_ids: Iterable[str]) -> dict[str, Link]:
        """Return the links of these source records, by external ID; unlinked ones are absent."""
        ...

    def find(self, keys: Iterable[MatchKey]) -> dict[MatchKey, tuple[int, ...]]:
        """Return the IDs of records that have these keys; keys that nobody has are absent."""
        ...

    def load(self, record_ids: Iterable[int]) -> dict[int, Stored]:
        """Return records with their children, by ID."""
        ...

    def add(self, record: Record) -> Stored:
        """Add a record (without children).

        Fields that are null and custom fields that are blank are left out.

        Raises:
            Fault: a required field is empty, a unique key is taken, or a value can't be stored.
        """
        ...

    def update(self, record_id: int, changes: Record) -> Stored:
        """Lay `changes` onto a record; null erases a field, `CustomFields` are laid on one by one.

        A custom field that comes null or blank is left as it is. Changes that change nothing write nothing.

        Raises:
            Fault: as for `add`, or there is no such record (`record-gone`).
        """
        ...

    def add_child(
        self, record_id: int, into: str, child: Record, origin: str | None, written: str | None = None
    ) -> StoredChild:
        """Add a child record to a record.

        Raises:
            Fault: there is no such record, or a value can't be stored.
        """
        ...

    def replace_child(
        self, record_id: int, child_id: int, child: Record, written: str | None = None
    ) -> StoredChild:
        """Replace a child record as a whole; its origin stays.

        Raises:
            Fault: there is no such child, or a value can't be stored.
        """
        ...

    def save_link(self, link: Link) -> None:
        """Add or replace the link of a source record.

        Raises:
            Fault: there is no such record, or the external ID can't be stored.
        """
        ...

    def previous(self, external_ids: Iterable[str]) -> dict[str, Record]:
        """Return the source records kept with these links, by external ID; those without one are absent.

        One may be older than the last sync over its link: only one whose hash is the link's is of that sync.
        """
        ...

    def save_previous(self, external_id: str, record: Record) -> None:
        """Keep a source record with its link, which was saved before, for the next time."""
        ...

    def open_errors(self, subjects: Iterable[str]) -> dict[str, ErrorEntry]:
        """Return the open error entries of these subjects, by subject; subjects without one are absent."""
        ...

    def log_failure(self, failure: Failure) -> None:
        """Log a failure: opens an entry, or counts one more attempt on the subject's open entry.

        Never fails for what the failure holds, such as a record that could not be stored.
        """
        ...

    def resolve(self, subject: str) -> None:
        """Close the subject's open error entry, if any, because a transfer succeeded."""
        ...

    def journal(self, entry: JournalEntry) -> None:
        """Write an entry of the journal, which lasts if the unit does."""
        ...

    def partings(self, external_ids: Iterable[str]) -> Partings:
        """Return which records these source records must not be linked to, by external ID; most have none."""
        ...

    def kept_out(self, external_ids: Iterable[str]) -> set[str]:
        """Return which of these source records must not be transferred, nor anything of them be kept."""
        ...

    def save_watermark(self, value: datetime) -> None:
        """Save how far the source has been read."""
        ...

    def keep_lease(self, lease: Lease, until: datetime) -> None:
        """Prolong a lease until a time (aware), which lasts if the unit does.

        Raises:
            ConnectorError: another has taken it over (`lease-lost`); the unit must not go on.
        """
        ...

    def see_run(self, run_id: int) -> None:
        """Note that a run goes on, which lasts if the unit does."""
        ...


class Destination(ErrorLog, Protocol):
    """A system that records are written to, with the sync's memory."""

    def unit(self) -> AbstractContextManager[Unit]:
        """Begin a transaction that holds the write lock; commit at its end, roll back on an exception.

        Raises:
            ConnectorError: the destination is locked, full or out of reach.
        """
        ...

    def rehearsal(self) -> AbstractContextManager[Unit]:
        """Begin a unit that never lasts, over the destination as it is now; it keeps nobody from writing."""
        ...

    @property
    def place(self) -> str:
        """Where the records are, as messages name it: a file, or a server and its database."""
        ...

    def watermark(self) -> datetime | None:
        """Return how far the source has been read, or None before the first poll."""
        ...

    def prune_journal(self, before: datetime, limit: int) -> int:
        """Delete the oldest entries of the journal, from before a time (aware), at most `limit`; return how many."""
        ...

    def drop_previous(self) -> None:
        """Delete the source records that are kept with links."""
        ...

    def take_lease(self, holder: str, until: datetime) -> Lease:
        """Take the lease of polling, or prolong one's own; return it, or the lease of another who has it now."""
        ...

    def drop_lease(self, lease: Lease) -> None:
        """Let a lease run out now; nothing happens when another has taken it over."""
        ...

    def start_run(self, kind: str) -> int:
        """Note that a run began and return its number."""
        ...

    def finish_run(self, run_id: int, status: str, counts: Mapping[str, int], message: str | None) -> None:
        """Note how a run ended: `status` is complete, failed or stopped."""
        ...

    def runs(
        self, limit: int = 10, *, kind: str | None = None, statuses: Collection[str] = ()
    ) -> Sequence[Run]:
        """Return the latest runs, newest first: of one kind, or of these statuses only, where they are given.

        One whose end was not noted is `RUNNING`, or `INTERRUPTED` when it was not seen for longer than `SILENCE`.
        """
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many records, children, links and open errors there are."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class Committing(Protocol):
    """A destination that says when a unit has left everything to its database, and does little but wait from there on.

    `committing` is called then, once or more, by whichever thread has the unit. A run puts its own there. It is a hint
    to those who wait for the processor, and says nothing of whether the unit lasts.
    """

    committing: Callable[[], None]
