"""The seam of the error log: what a destination keeps of transfers that failed, and how it is asked for it.

Failures are logged and resolved within a `Unit`, with the records that they belong to. What is here reads the log
between units, closes entries by hand, and forgets what nobody needs any more. When something is due is decided in
`recordmap.sync`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

Record = dict[str, Any]


class ErrorStatus(StrEnum):
    """The life of an error entry."""

    OPEN = "open"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Failure:
    """A transfer that failed, to be logged. `subject` names the source record: its external ID, or a hash.

    `next_retry` is when it is tried again by itself. Without one, what is `transient` waits for a person, and the rest
    for a change of the record or of the templates, of which `version` is that it failed under.
    """

    subject: str
    external_id: str | None
    code: str
    message: str
    transient: bool
    collection: str | None = None
    field: str | None = None
    version: str | None = None
    record: Record | str | None = None
    next_retry: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """A logged failure with its history. There is at most one open entry for a subject.

    `closed_at` is when it was resolved or dismissed; from then on its source record is kept for a while only.
    """

    id: int
    status: ErrorStatus
    attempts: int
    first_at: datetime
    last_at: datetime
    failure: Failure
    closed_at: datetime | None = None


class Backlog(NamedTuple):
    """How many open entries wait for the time of their next try, for a change, and for a person."""

    time: int
    change: int
    person: int


class ErrorLog(Protocol):
    """The error log of a destination, outside units."""

    def errors(
        self, status: ErrorStatus | None = ErrorStatus.OPEN, limit: int = 1000
    ) -> Sequence[ErrorEntry]:
        """Return error entries, the last to fail first; `status` None means all."""
        ...

    def error(self, entry_id: int) -> ErrorEntry | None:
        """Return one error entry."""
        ...

    def open_error_numbers(self) -> Sequence[int]:
        """Return the numbers of all open error entries, the first to fail first."""
        ...

    def due_error_numbers(self, version: str, now: datetime, limit: int) -> Sequence[int]:
        """Return the numbers of open error entries that are to be tried again by themselves.

        First those whose next try has come, the longest due first, then those that wait for a change and failed under
        other templates than `version`; of either kind at most `limit`, so that neither holds up the other.
        """
        ...

    def prune_errors(self, before: datetime, limit: int) -> int:
        """Forget the source records of entries closed before a time (aware), at most `limit`; return how many."""
        ...

    def backlog(self) -> Backlog:
        """Return how many open entries wait for what."""
        ...

    def errors_by_code(self) -> Mapping[tuple[str, ErrorStatus], int]:
        """Return how many entries there are of each code, by what became of them."""
        ...

    def dismiss(self, entry_id: int) -> bool:
        """Dismiss an open error entry; False when there is none."""
        ...
