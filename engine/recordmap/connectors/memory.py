"""A source that holds its records in memory, for tests and for programs that have the records already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from recordmap.connectors.base import Page, Record
from recordmap.connectors.times import read_time

_EARLIEST = datetime.min.replace(tzinfo=UTC)


class MemorySource:
    """Records in a list, read like those of a service: oldest change first, in pages.

    `updated` and `external_id` are dotted paths into a record. A record whose time of change cannot be read
    comes first in every walk, because nobody can say that it has not changed. Records are handed out as they
    are, not copied; `records` may be changed between walks.
    """

    def __init__(
        self,
        records: Iterable[Record],
        *,
        updated: str = "attributes.updated",
        external_id: str = "id",
        page_size: int = 100,
    ) -> None:
        self.records = list(records)
        self._updated = updated
        self._external_id = external_id
        self._page_size = page_size

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield the records changed after `since`, as `Source.pages` says."""
        timed = [(read_time(_at(record, self._updated)) or _EARLIEST, record) for record in self.records]
        timed.sort(key=lambda pair: pair[0])
        wanted = [record for time, record in timed if since is None or time == _EARLIEST or time > since]
        for start in range(0, len(wanted), self._page_size):
            yield Page(tuple(wanted[start : start + self._page_size]))

    def fetch(self, external_id: str) -> Record | None:
        """Return the record with this ID, or None."""
        return next(
            (record for record in self.records if _at(record, self._external_id) == external_id), None
        )

    def close(self) -> None:
        """Do nothing; there is nothing to give back."""


def _at(record: object, path: str) -> object:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record
