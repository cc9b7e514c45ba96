"""A file as a source: every record of it, or those that changed since.

A file has no order that could be relied upon, so it is read to its end each time; the poll's watermark says what of it
is news. A record that can't be read is told as such and harms no neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from recordmap.connectors.base import ConnectorError, Malformed, Page, Record
from recordmap.connectors.files.options import FileOptions, Format
from recordmap.connectors.files.rows import rows
from recordmap.connectors.times import read_time
from recordmap.diagnostics import ConfigurationError, Fault
from recordmap.streams.reading import Input
from recordmap.streams.records import records

PAGE = 100
"""Records handed out at a time."""


class FileSource:
    """Records in a file. `place` tells where the project is, and which record is which."""

    def __init__(self, options: FileOptions) -> None:
        self._options = options
        self._path = options.path
        self._identify: Callable[[Record], Any] = lambda record: record.get("id")
        self._updated: Callable[[Record], Any] = lambda _record: None

    def place(
        self, folder: Path, identify: Callable[[Record], Any], updated: Callable[[Record], Any]
    ) -> None:
        """Take the file's path as one of the project, and know records by their ID and time of change."""
        self._path = folder / self._options.path
        self._identify, self._updated = identify, updated

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield the records changed after `since`, as `Source.pages` says. One without a readable time always comes."""
        records: list[Record] = []
        malformed: list[Malformed] = []
        for one in self._read():
            if isinstance(one, Malformed):
                malformed.append(one)
            elif since is None or self._is_news(one, since):
                records.append(one)
            if len(records) + len(malformed) >= PAGE:
                yield Page(tuple(records), tuple(malformed))
                records, malformed = [], []
        if records or malformed:
            yield Page(tuple(records), tuple(malformed))

    def fetch(self, external_id: str) -> Record | None:
        """Return the last record with this ID, or None."""
        found = None
        for one in self._read():
            if not isinstance(one, Malformed) and self._id_of(one) == external_id:
                found = one
        return found

    def close(self) -> None:
        """Do nothing; files are closed when they are read."""

    def _id_of(self, record: Record) -> str | None:
        try:
            value = self._identify(record)
        except Fault:
            return None
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None

    def _is_news(self, record: Record, since: datetime) -> bool:
        try:
            time = read_time(self._updated(record))
        except Fault:
            return True
        return time is None or time > since

    def _read(self) -> Iterator[Record | Malformed]:
        try:
            with Input(self._path) as stream:
                if self._options.format is Format.CSV:
                    yield from rows(stream, self._options)
                else:
                    yield from records(stream)
        except ConfigurationError as error:
            raise ConnectorError("source-unavailable", str(error), transient=True, hint=error.hint) from None
