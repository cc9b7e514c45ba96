"""A source that is read to its end before its first page is used.

Reading takes as long as the network does, and what is looked at meanwhile grows old. So the pages wait in a file that
has no name, that nobody else can open, and that is gone with the process; memory holds one page.
"""

from __future__ import annotations

import pickle
import tempfile
from typing import IO, TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Page, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from recordmap.connectors.base import Record


class Spooled:
    """A source whose walks are read as a whole first; `read` is told how many records have come so far."""

    def __init__(self, source: Source, read: Callable[[int], None] | None = None) -> None:
        self._source = source
        self._read = read

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield every record changed after `since`, as the source does.

        Raises:
            ConnectorError: as the source, after the pages that came before it.
        """
        with tempfile.TemporaryFile() as file:
            spool = _Spool(file)
            end: ConnectorError | None = None
            records = 0
            try:
                for page in self._source.pages(since):
                    spool.put(page)
                    records += len(page.records)
                    if self._read:
                        self._read(records)
            except ConnectorError as error:
                end = error
            yield from spool.pages()
            if end:
                raise end

    def fetch(self, external_id: str) -> Record | None:
        """Return one record by its ID, as the source does."""
        return self._source.fetch(external_id)

    def close(self) -> None:
        """Give back connections."""
        self._source.close()


class _Spool:
    """Pages in a file, in their order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._odd: dict[int, Page] = {}
        self._count = 0

    def put(self, page: Page) -> None:
        try:
            written = pickle.dumps((page.records, page.malformed), pickle.HIGHEST_PROTOCOL)
        except RecursionError:
            # Records nested without end go through the sync too; they are few, so they may stay in memory.
            self._odd[self._count] = page
        else:
            self._file.write(written)
        self._count += 1

    def pages(self) -> Iterator[Page]:
        self._file.seek(0)
        for number in range(self._count):
            if number in self._odd:
                yield self._odd[number]
            else:
                yield Page(*pickle.load(self._file))  # noqa: S301 - nobody but this process can write this file
