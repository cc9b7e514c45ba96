"""Reading ahead changes when pages are read, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from recordmap.connectors.base import ConnectorError, Malformed, Page, Record, StoppedError, Waiting
from recordmap.sync.ahead import BUSY_DEPTH, DEPTH, MOST, ReadAhead
from recordmap.sync.poll import poll
from recordmap.sync.report import RunStatus
from sync.fakes import START, FakeClock, FakeDestination, FakeSource
from sync.plans import PIPELINE, RULES


class Scripted:
    """A source that gives pages, and then raises; it notes what is done to it, and may be held up."""

    def __init__(self, *pages: Page, fault: BaseException | None = None) -> None:
        self._pages = pages
        self._fault = fault
        self.given = 0
        self.walking = False
        self.closed = False
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.progress = threading.Condition()

    def pages(self, since: datetime | None) -> Iterator[Page]:
        self.walking = True
        try:
            for page in self._pages:
                self.waiting.set()
                self.gate.wait()
                with self.progress:
                    self.given += 1
                    self.progress.notify_all()
                yield page
            if self._fault:
                raise self._fault
        finally:
            self.walking = False

    def fetch(self, external_id: str) -> Record | None:
        assert not self.walking, "a source serves one at a time"
        self.gate.wait()
        return {"id": external_id}

    def close(self) -> None:
        self.closed = True

    def has_given(self, count: int) -> bool:
        with self.progress:
            return self.progress.wait_for(lambda: self.given >= count, timeout=60)


class Database:
    """A destination that says when it commits."""

    committing: Callable[[], None] = print


def numbered(first: int, count: int) -> Page:
    return Page(
        tuple({"id": number} for number in range(first, first + count)),
        (Malformed("odd", str(first), after=1),),
    )


def test_everything_comes_once_and_in_order() -> None:
    pages = list(ReadAhead(Scripted(*(numbered(3 * start, 3) for start in range(50)))).pages(None))
    assert [record["id"] for page in pages for record in page.records] == list(range(150))
    assert [bad.raw for page in pages for bad in page.malformed] == [str(3 * start) for start in range(50)]
    came = [one.raw if isinstance(one, Malformed) else one["id"] for page in pages for one in page.in_order()]
    assert came == [
        one for start in range(50) for one in (3 * start, str(3 * start), 3 * start + 1, 3 * start + 2)
    ]


def test_nothing_comes_of_nothing() -> None:
    assert list(ReadAhead(Scripted()).pages(None)) == []


def test_what_arrived_meanwhile_comes_as_one_page_of_bounded_size() -> None:
    source = Scripted(*(numbered(100 * start, 100) for start in range(20)))
    pages = [len(page.records) for page in ReadAhead(source).pages(None)]
    assert sum(pages) == 2000
    assert max(pages) <= MOST


def test_a_page_larger_than_that_comes_whole() -> None:
    assert [len(page.records) for page in ReadAhead(Scripted(numbered(0, MOST + 7))).pages(None)] == [
        MOST + 7
    ]


def test_a_fault_comes_after_the_pages_before_it() -> None:
    fault = ConnectorError("source-unavailable", "gone", transient=True)
    walk = ReadAhead(Scripted(numbered(0, 3), numbered(3, 3), fault=fault)).pages(None)
    seen: list[int] = []
    with pytest.raises(ConnectorError, match="gone"):
        seen.extend(record["id"] for page in walk for record in page.records)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_no_more_is_read_ahead_than_fits() -> None:
    source = Scripted(*(numbered(start, 1) for start in range(1000)))
    walk = ReadAhead(source).pages(None)
    first = len(next(walk).records)
    assert source.given <= first + DEPTH + 2
    walk.close()


def hundreds(pages: int) -> Scripted:
    return Scripted(*(numbered(100 * start, 100) for start in range(pages)))


def test_beside_a_unit_that_computes_less_is_read_ahead() -> None:
    source, database = hundreds(200), Database()
    walk = ReadAhead(source, database).pages(None)
    ahead = len(next(walk).records) // 100
    assert source.has_given(ahead + BUSY_DEPTH)
    assert source.given <= ahead + BUSY_DEPTH + 1
    database.committing()
    assert source.has_given(ahead + DEPTH)
    walk.close()


def test_a_destination_that_never_commits_keeps_nothing_back() -> None:
    source = Scripted(*(numbered(start, 1) for start in range(1000)))
    walk = ReadAhead(source, Database()).pages(None)
    assert [record["id"] for page in walk for record in page.records] == list(range(1000))


def test_a_walk_that_is_held_back_can_be_broken_off() -> None:
    source = hundreds(200)
    ahead = ReadAhead(source, Database())
    walk = ahead.pages(None)
    given = len(next(walk).records) // 100
    assert source.has_given(given + BUSY_DEPTH)
    walk.close()
    assert ahead.fetch("P1") == {"id": "P1"}
    assert source.given < 200


def test_a_walk_that_is_broken_off_ends_before_the_source_is_used_again() -> None:
    source = Scripted(*(numbered(start, 1) for start in range(1000)))
    ahead = ReadAhead(source)
    walk = ahead.pages(None)
    next(walk)
    walk.close()
    assert ahead.fetch("P1") == {"id": "P1"}
    given = source.given
    assert given < 1000
    assert next(ahead.pages(None)).records[0] == {"id": 0}


def test_breaking_off_waits_for_no_answer() -> None:
    source = Scripted(numbered(0, 1), numbered(1, 1))
    ahead = ReadAhead(source)
    walk = ahead.pages(None)
    assert len(next(walk).records) >= 1
    source.gate.clear()
    walk.close()
    ahead.close()
    assert source.closed
    source.gate.set()


def test_a_walk_that_never_began_keeps_nobody() -> None:
    ahead = ReadAhead(Scripted(numbered(0, 1)))
    ahead.pages(None)
    assert ahead.fetch("P1") == {"id": "P1"}


def test_a_source_that_waits_is_told_how() -> None:
    source = Scripted(numbered(0, 1))
    ReadAhead(source).pause = print  # not every Python sees that this source never waits
    assert not hasattr(source, "pause")
    source.pause = list
    ahead = ReadAhead(source)
    assert isinstance(ahead, Waiting)
    ahead.pause = print
    assert source.pause is ahead.pause is print


def test_a_stop_while_the_source_waits_comes_after_the_pages_before_it() -> None:
    walk = ReadAhead(Scripted(numbered(0, 3), fault=StoppedError())).pages(None)
    assert len(next(walk).records) == 3
    with pytest.raises(StoppedError):
        next(walk)


class Visits:
    """What is done while nothing comes: counted, and at the third time the source may go on."""

    def __init__(self, source: Scripted) -> None:
        self.count = 0
        self.threads: set[threading.Thread] = set()
        self._source = source

    def __call__(self) -> None:
        self.count += 1
        self.threads.add(threading.current_thread())
        if self.count == 3:
            self._source.gate.set()


@pytest.mark.parametrize("ask", [lambda ahead: list(ahead.pages(None)), lambda ahead: ahead.fetch("P1")])
def test_who_waits_does_something_else_meanwhile(ask: Callable[[ReadAhead], object]) -> None:
    source = Scripted(numbered(0, 3))
    source.gate.clear()
    ahead = ReadAhead(source, every=0.0)
    ahead.meanwhile = visits = Visits(source)
    came = ask(ahead)
    assert came in ([numbered(0, 3)], {"id": "P1"})
    assert visits.count >= 3
    assert visits.threads == {threading.current_thread()}


@pytest.mark.parametrize("ask", [lambda ahead: list(ahead.pages(None)), lambda ahead: ahead.fetch("P1")])
def test_what_is_raised_meanwhile_ends_the_waiting(ask: Callable[[ReadAhead], object]) -> None:
    source = Scripted(numbered(0, 3))
    source.gate.clear()
    ahead = ReadAhead(source, every=0.0)

    def lost() -> None:
        raise ConnectorError("lease-lost", "taken over", transient=True)

    ahead.meanwhile = lost
    with pytest.raises(ConnectorError, match="taken over"):
        ask(ahead)
    source.gate.set()


class Slow(Scripted):
    """A source whose answer about one record lasts, unless it is walked meanwhile."""

    def __init__(self) -> None:
        super().__init__(numbered(0, 1))
        self.walked = threading.Event()
        self.beside: list[bool] = []

    def pages(self, since: datetime | None) -> Iterator[Page]:
        self.walked.set()
        return super().pages(since)

    def fetch(self, external_id: str) -> Record | None:
        self.beside.append(self.walked.wait(timeout=0.3))
        return None


def test_what_is_still_fetched_ends_before_the_source_is_used_again() -> None:
    source = Slow()
    ahead = ReadAhead(source, every=0.0)

    def lost() -> None:
        raise ConnectorError("lease-lost", "taken over", transient=True)

    ahead.meanwhile = lost
    with pytest.raises(ConnectorError, match="taken over"):
        ahead.fetch("P1")
    ahead.meanwhile = lambda: None
    assert list(ahead.pages(None)) == [numbered(0, 1)]
    assert source.beside == [False]


@pytest.mark.parametrize(
    "fault", [StoppedError(), ConnectorError("source-unavailable", "gone", transient=True)]
)
def test_a_fault_of_one_record_comes_where_it_was_asked_for(fault: Exception) -> None:
    class Broken(Scripted):
        def fetch(self, external_id: str) -> Record | None:
            raise fault

    with pytest.raises(type(fault)) as caught:
        ReadAhead(Broken()).fetch("P1")
    assert caught.value is fault


def test_a_poll_comes_to_the_same() -> None:
    results = []
    for wrap in (lambda source: source, ReadAhead):
        clock, source = FakeClock(), FakeSource(page_size=2)
        for number in range(25):
            source.put(f"P{number}", START, email=None if number % 7 == 0 else f"p{number // 2}@example.com")
        destination = FakeDestination(RULES, clock)
        report = poll(PIPELINE, wrap(source), destination, clock=clock)
        results.append((report.status, report.counts, report.watermark_after, destination.state))
    assert results[0] == results[1]
    assert results[0][0] is RunStatus.COMPLETE
