"""The seam between the engine and other systems: what a source connector is.

A source hands out records as plain JSON objects, in pages, and one record by its ID. It decides nothing: which
records are wanted, how far a poll has come and what happens to a record are `recordmap.sync`'s job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from recordmap.diagnostics import RecordmapError
from recordmap.frozen import Frozen
from recordmap.streams.broken import Malformed, Record

__all__ = ["ConnectorError", "Malformed", "Page", "Placed", "Record", "Source", "StoppedError", "Waiting"]


class ConnectorError(RecordmapError):
    """Another system did not do its part.

    `code` is a slug of the code table. `transient` says whether the same call may succeed later without anybody
    changing anything; `hint` what a person can do. Messages never hold keys, headers or record values.
    """

    def __init__(self, code: str, message: str, *, transient: bool, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.transient = transient
        self.hint = hint
        super().__init__(message)

    @property
    def reason(self) -> str:
        """The message, with what is known beyond it."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class StoppedError(RecordmapError):
    """The run was asked to stop while a connector waited. What was done until then stays done."""


class Page(Frozen):
    """Records that arrived together. A bad record never makes its page unreadable: it is in `malformed`."""

    records: tuple[Record, ...]
    malformed: tuple[Malformed, ...] = ()

    def in_order(self) -> Iterator[Record | Malformed]:
        """Yield both kinds as they came: of two versions of a record, the later one decides, readable or not."""
        at = 0
        for one in self.malformed:
            until = len(self.records) if one.after is None else one.after
            yield from self.records[at:until]
            at = max(at, until)
            yield one
        yield from self.records[at:]


@runtime_checkable
class Source(Protocol):
    """A system that records are read from."""

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield every record changed after `since` (aware, UTC), oldest change first; None means all records.

        Records may repeat, within a walk and between walks. When the iterator ends without an exception, the walk
        was complete.

        Raises:
            ConnectorError: the system could not be read to the end.
        """
        ...

    def fetch(self, external_id: str) -> Record | None:
        """Return one record by its ID, or None when the system has none.

        Raises:
            ConnectorError: the system could not be asked.
        """
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class Placed(Protocol):
    """A source that wants to know where the project is, and how its records are told apart."""

    def place(
        self, folder: Path, identify: Callable[[Record], Any], updated: Callable[[Record], Any]
    ) -> None:
        """Take paths as those of a project `folder`; `identify` and `updated` pick a record's ID and time of change.

        Called once, before anything is read. The two raise `Fault` where a value can't be picked.
        """
        ...


@runtime_checkable
class Waiting(Protocol):
    """A source that waits now and then: to try again, or for its quota.

    `pause` waits for so many seconds. A run puts its own there, which raises `StoppedError` when the run is to stop.
    """

    pause: Callable[[float], None]
