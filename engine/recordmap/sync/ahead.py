"""Reading ahead: while one page is written, the next ones are read.

A source waits for the network most of the time, and a store for the disk; one after the other, a sync would wait for
both. What has arrived meanwhile is handed on as one page, because a larger unit costs less for each record.

Python computes in one thread at a time, so reading beside a unit that computes gains nothing. While the database
commits, reading costs the unit nothing: most of what is read ahead is left until then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextvars import copy_context
from queue import Empty, Queue
from typing import TYPE_CHECKING

from recordmap.connectors.base import Page, Source, Waiting
from recordmap.connectors.destination import Committing

if TYPE_CHECKING:
    from datetime import datetime

    from recordmap.connectors.base import Record

DEPTH = 14
"""Pages that wait to be written. More would only take memory: the slower side decides."""

BUSY_DEPTH = 4
"""Pages that wait when no more is read until the unit in hand is committed: enough for a source that is slower."""

MOST = 1000
"""Records handed on as one page at most, but for a page that came with more.

With three times as many and 30 pages ahead a long poll took some 20 MB more, and a unit holds the store's lock as much
longer.
"""


class ReadAhead:
    """A source that reads in a thread of its own, one walk at a time; to its user it is used by one thread.

    `destination` is where the records go: one that says when it commits (see `Committing`) is told whom that helps.
    """

    def __init__(self, source: Source, destination: object = None) -> None:
        self._source = source
        self._walk: _Walk | None = None
        self._busy_depth = DEPTH
        if isinstance(destination, Committing):
            self._busy_depth = BUSY_DEPTH
            destination.committing = self._go_on

    @property
    def pause(self) -> Callable[[float], None]:
        """How the source waits (see `Waiting`); a source that never waits has no such attribute."""
        if not isinstance(self._source, Waiting):
            raise AttributeError("pause")
        return self._source.pause

    @pause.setter
    def pause(self, pause: Callable[[float], None]) -> None:
        if isinstance(self._source, Waiting):
            self._source.pause = pause

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield every record changed after `since`, as the source does; pages that are there may come as one.

        Raises:
            ConnectorError: as the source, after the pages that came before it.
        """
        self._settle()
        self._walk = _Walk(self._source.pages(since), self._busy_depth)
        return self._walk.pages()

    def fetch(self, external_id: str) -> Record | None:
        """Return one record by its ID, as the source does."""
        self._settle()
        return self._source.fetch(external_id)

    def close(self) -> None:
        """Give back connections, also under a walk that was broken off and still waits for an answer."""
        self._source.close()

    def _go_on(self) -> None:
        if self._walk is not None:
            self._walk.go_on()

    def _settle(self) -> None:
        """Wait until a walk that was broken off is over, because a source serves one at a time."""
        if self._walk is not None:
            self._walk.join()
            self._walk = None


class _Walk:
    """One walk, in its thread."""

    def __init__(self, pages: Iterator[Page], busy_depth: int) -> None:
        self._pages = pages
        self._queue: Queue[Page | BaseException | None] = Queue(DEPTH)
        self._busy_depth = busy_depth
        self._idle = threading.Event()
        self._idle.set()
        self._broken_off = threading.Event()
        # What is logged there belongs to the run that reads.
        run = copy_context().run
        self._thread = threading.Thread(target=run, args=(self._read,), name="reading ahead", daemon=True)
        self._started = False

    def go_on(self) -> None:
        """Read as far ahead as there is room, until the next page is handed on."""
        self._idle.set()

    def join(self) -> None:
        if self._started:
            self._break_off()
            self._thread.join()

    def pages(self) -> Generator[Page]:
        self._started = True
        self._thread.start()
        try:
            while True:
                first = self._queue.get()
                self._idle.clear()
                page, more = self._together(first)
                if page is not None:
                    yield page
                self._idle.set()
                if isinstance(more, BaseException):
                    raise more
                if more is None:
                    return
        finally:
            self._break_off()

    def _together(
        self, first: Page | BaseException | None
    ) -> tuple[Page | None, Page | BaseException | None]:
        """Return what is there as one page, and what ended it: nothing more for now, the walk's end or its fault."""
        there: list[Page] = []
        last = first
        while isinstance(last, Page):
            there.append(last)
            if sum(len(page.records) for page in there) >= MOST:
                break
            try:
                last = self._queue.get_nowait()
            except Empty:
                break
        if not there:
            return None, last
        records = tuple(record for page in there for record in page.records)
        return Page(records, tuple(bad for page in there for bad in page.malformed)), last

    def _break_off(self) -> None:
        """Let the thread end after the request it waits for, without waiting for it."""
        self._broken_off.set()
        self._idle.set()
        while True:
            try:
                self._queue.get_nowait()
            except Empty:
                return

    def _read(self) -> None:
        end: BaseException | None = None
        try:
            for page in self._pages:
                self._queue.put(page)
                if self._queue.qsize() >= self._busy_depth:
                    self._idle.wait()
                if self._broken_off.is_set():
                    break
            if isinstance(self._pages, Generator):
                self._pages.close()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the pages are used
            end = error
        if not self._broken_off.is_set():
            self._queue.put(end)
