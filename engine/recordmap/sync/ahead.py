"""Reading ahead: while one page is written, the next ones are read.

A source waits for the network most of the time, and a store for the disk; one after the other, a sync would wait for
both. What has arrived meanwhile is handed on as one page, because a larger unit costs less for each record.

Python computes in one thread at a time, so reading beside a unit that computes gains nothing. While the database
commits, reading costs the unit nothing: most of what is read ahead is left until then.

Whoever waits for the source isn't held up by it: now and then he does something else, such as showing that he lives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextvars import copy_context
from queue import Empty, Queue
from typing import TYPE_CHECKING, TypeVar

from recordmap.connectors.base import Malformed, Page, Record, Source, Waiting
from recordmap.connectors.destination import Committing
from recordmap.sync.runs import EVERY

if TYPE_CHECKING:
    from datetime import datetime

DEPTH = 14
"""Pages that wait to be written. More would only take memory: the slower side decides."""

BUSY_DEPTH = 4
"""Pages that wait when no more is read until the unit in hand is committed: enough for a source that is slower."""

MOST = 1000
"""Records handed on as one page at most, but for a page that came with more.

With three times as many and 30 pages ahead a long poll took some 20 MB more, and a unit holds the store's lock as much
longer.
"""

_Came = TypeVar("_Came")


class ReadAhead:
    """A source that reads in a thread of its own, one walk at a time; to its user it is used by one thread.

    `destination` is where the records go: one that says when it commits (see `Committing`) is told whom that helps.
    While nothing comes, `meanwhile` is called each time that so many seconds (`every`) have passed, by the thread that
    waits; what it raises ends the waiting.
    """

    def __init__(self, source: Source, destination: object = None, *, every: float = EVERY) -> None:
        self._source = source
        self._every = every
        self.meanwhile: Callable[[], None] = _nothing
        self._walk: _Walk | None = None
        self._fetching: threading.Thread | None = None
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
        self._walk = _Walk(self._source.pages(since), self._busy_depth, self._next_of)
        return self._walk.pages()

    def fetch(self, external_id: str) -> Record | None:
        """Return one record by its ID, as the source does."""
        self._settle()
        answers: Queue[Record | BaseException | None] = Queue(1)

        def fetch() -> None:
            try:
                answers.put(self._source.fetch(external_id))
            except BaseException as error:  # noqa: BLE001 - it is raised again where the record is used
                answers.put(error)

        self._fetching = _thread(fetch, "fetching")
        self._fetching.start()
        answer = self._next_of(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """Give back connections, also under a walk that was broken off and still waits for an answer."""
        self._source.close()

    def _next_of(self, queue: Queue[_Came]) -> _Came:
        while True:
            try:
                return queue.get(timeout=self._every)
            except Empty:
                self.meanwhile()

    def _go_on(self) -> None:
        if self._walk is not None:
            self._walk.go_on()

    def _settle(self) -> None:
        """Wait until what was broken off is over, because a source serves one at a time."""
        if self._fetching is not None:
            self._fetching.join()
            self._fetching = None
        if self._walk is not None:
            self._walk.join()
            self._walk = None


class _Walk:
    """One walk, in its thread."""

    def __init__(
        self,
        pages: Iterator[Page],
        busy_depth: int,
        next_of: Callable[[Queue[Page | BaseException | None]], Page | BaseException | None],
    ) -> None:
        self._pages = pages
        self._next_of = next_of
        self._queue: Queue[Page | BaseException | None] = Queue(DEPTH)
        self._busy_depth = busy_depth
        self._idle = threading.Event()
        self._idle.set()
        self._broken_off = threading.Event()
        self._thread = _thread(self._read, "reading ahead")
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
                first = self._next_of(self._queue)
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
        return _joined(there), last

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


def _joined(pages: Sequence[Page]) -> Page:
    """Return several pages as one, in which everything stands where it came."""
    if len(pages) == 1:
        return pages[0]
    records: list[Record] = []
    malformed: list[Malformed] = []
    for page in pages:
        for bad in page.malformed:
            after = len(page.records) if bad.after is None else bad.after
            malformed.append(Malformed(bad.reason, bad.raw, bad.external_id, len(records) + after))
        records += page.records
    return Page(tuple(records), tuple(malformed))


def _thread(work: Callable[[], None], name: str) -> threading.Thread:
    """Return a thread for some work, which nobody has to wait for. What is logged there belongs to the run at hand."""
    return threading.Thread(target=copy_context().run, args=(work,), name=name, daemon=True)


def _nothing() -> None:
    """Do nothing while nothing comes, unless somebody has a better idea."""
