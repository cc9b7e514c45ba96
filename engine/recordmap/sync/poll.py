"""One poll: read what changed since the last one, transfer it page by page, move the watermark.

The watermark promises that every record changed up to it is transferred or in the error log. It moves only
after a complete walk, to the latest time of change that was seen. Each poll asks from a while before it (the
overlap), since Klaviyo's filter is strict, many profiles share one second, and a change may show up late;
what comes again unchanged costs one look at its link. Times of change after the start of the poll never
count: a wrong clock, or a bad import with times in the future, would make later polls look past real changes.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Malformed, Page, Source, StoppedError
from recordmap.diagnostics.log import event, logger
from recordmap.sync.batch import Batches
from recordmap.sync.incoming import Incoming, receive, unreadable
from recordmap.sync.observing import Note, Observe, unobserved
from recordmap.sync.report import Report, RunStatus, Tally
from recordmap.sync.results import Notice, Result, Transfer
from recordmap.sync.retry import Retries
from recordmap.sync.runs import RunNote, recorded
from recordmap.sync.timestamps import utc_now
from recordmap.sync.transfer import Terms
from recordmap.sync.units import Units, attending

if TYPE_CHECKING:
    from recordmap.connectors.destination import Destination
    from recordmap.sync.lease import PollLease
    from recordmap.sync.pipeline import Pipeline

log = logger("recordmap.sync")

OVERLAP = timedelta(minutes=5)
"""How far before the watermark a poll begins to read, unless it is told otherwise."""

MOST_PRUNED = 1000
"""Settled errors whose source records are forgotten after one poll at most."""


def poll(  # noqa: PLR0913 - the one public call of a poll; what may be left out is keyword-only
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    *,
    clock: Callable[[], datetime] = utc_now,
    overlap: timedelta = OVERLAP,
    full: bool = False,
    lease: PollLease | None = None,
    tend_errors: bool = False,
    progress: Callable[[Mapping[str, int]], None] | None = None,
    stop: Callable[[], bool] | None = None,
    told: Callable[[Incoming | Malformed, Transfer], None] | None = None,
    observe: Observe = unobserved,
) -> Report:
    """Transfer every record that changed since the last poll.

    `clock` returns aware UTC. `full` reads from the beginning. With a `lease`, which must have been taken, nothing is
    written once another process has taken it over. With `tend_errors`, a poll that came to its end tries again what
    is due in the error log, and forgets the records of what was settled long ago. `told` gets each record that the walk
    brings with what came of it, and after each page `progress` the counts so far, by outcome; `observe` looks on at
    each part. Before each page `stop` says whether to end there, with the watermark where it was. A system out of reach
    raises nothing: the report's status is failed, and what was done until then stays done.
    """
    note = RunNote()
    units = Units(destination, note, lease)
    run = _Poll(pipeline, source, destination, units, started=clock(), told=told, note=note)
    run.observe = observe
    with observe("poll") as observed:
        try:
            counts = ChainMap(run.again, run.tally.counts)
            with recorded(destination, "poll", run.note, counts), attending(source, units):
                run.find_start(overlap, full=full)
                run.walk(progress, stop)
                if tend_errors and run.note.status is RunStatus.COMPLETE:
                    run.tend_errors(clock(), stop)
        except ConnectorError as error:
            run.note.fail(error)
        report = run.report(clock())
        _tell_of(report, observed)
    return report


def _tell_of(report: Report, note: Note) -> None:
    if report.run_id is not None:
        note("run", report.run_id)
    note("status", report.status.value)
    for outcome, count in report.counts.items():
        note(outcome, count)
    if report.code:
        note("error", report.code)


@dataclass(slots=True)
class _Poll:
    """A poll in progress."""

    pipeline: Pipeline
    source: Source
    destination: Destination
    units: Units
    started: datetime
    told: Callable[[Incoming | Malformed, Transfer], None] | None = None
    observe: Observe = unobserved
    note: RunNote = field(default_factory=RunNote)
    tally: Tally = field(default_factory=Tally)
    again: dict[str, int] = field(default_factory=dict)
    retried: list[Transfer] = field(default_factory=list)
    since: datetime | None = None
    before: datetime | None = None
    after: datetime | None = None
    latest: datetime | None = None
    untimed: int = 0
    source_seconds: float = 0.0
    transfer_seconds: float = 0.0

    def find_start(self, overlap: timedelta, *, full: bool) -> None:
        """Find the time to read from: the overlap before the watermark, or None for everything."""
        self.before = self.after = self.destination.watermark()
        if self.before is None:
            return
        # A watermark in the future promises more than any poll can have seen. This poll's own start is the
        # most that it can stand for, so reading and promising both go back to it.
        self.latest = min(self.before, self.started)
        if self.latest != self.before:
            message = "The watermark was in the future; read everything once (full) if the clock was wrong"
            self.tally.notice(Notice("watermark-ahead", message))
        try:
            self.since = None if full else self.latest - overlap
        except OverflowError:
            self.since = None  # the watermark is at the beginning of the calendar

    def walk(
        self, progress: Callable[[Mapping[str, int]], None] | None, stop: Callable[[], bool] | None
    ) -> None:
        """Transfer page by page, and move the watermark at the end."""
        batches = Batches(Terms(self.pipeline, self.started, run=self.note), self.destination, self.units)
        with closing(self._pages(stop)) as pages:
            for page in pages:
                began = perf_counter()
                with self.observe("transfer") as note:
                    note("records", _size(page))
                    self._transfer(batches, page)
                seconds = perf_counter() - began
                self.transfer_seconds += seconds
                records = _size(page)
                told = event("page-transferred", records=records, seconds=round(seconds, 3))
                log.debug("%d records transferred", records, extra=told)
                if progress:
                    progress(dict(self.tally.counts))
        if self.note.status is not RunStatus.STOPPED:
            self._move_watermark()
            self.note.end(RunStatus.COMPLETE)

    def tend_errors(self, now: datetime, stop: Callable[[], bool] | None) -> None:
        """Try again what is due, as part of this run, and forget what is kept too long or of no use any more.

        In the history these retries are counted apart from the records that were read.
        """
        for one in Retries(self.pipeline, self.source, self.destination, now, self.units, self.note).due(
            stop
        ):
            self.retried.append(one.transfer)
            name = "failed_again" if one.transfer.result is Result.FAILED else "retried"
            self.again[name] = self.again.get(name, 0) + 1
        if not self.pipeline.keeps_previous:
            self.destination.drop_previous()
        before = now - self.pipeline.errors.kept
        self.destination.prune_errors(before, MOST_PRUNED)
        self.destination.prune_journal(before, MOST_PRUNED)

    def report(self, finished: datetime) -> Report:
        """Tell how the poll went."""
        # Where no record ever had a time, the source has none to give, and nothing is missing.
        if self.untimed and self.latest is not None:
            message = (
                f"{self.untimed} records have no readable time of change, so they do not move the watermark"
            )
            self.tally.notice(Notice("unreadable-timestamp", message))
        return Report(
            run_id=self.note.run_id,
            status=self.note.status,
            message=self.note.message,
            code=self.note.code,
            started_at=self.started,
            finished_at=finished,
            pages=self.tally.pages,
            counts=dict(self.tally.counts),
            failures=dict(self.tally.failures),
            retried=tuple(self.retried),
            children=dict(self.tally.children),
            notices=tuple(self.tally.notices),
            notice_counts=dict(self.tally.notice_counts),
            source_seconds=self.source_seconds,
            transfer_seconds=self.transfer_seconds,
            watermark_before=self.before,
            watermark_after=self.after,
        )

    def _pages(self, stop: Callable[[], bool] | None) -> Generator[Page]:
        """Yield pages, and time how long they take to come."""
        pages = self.source.pages(self.since)
        try:
            while True:
                if stop and stop():
                    raise StoppedError
                began = perf_counter()
                with self.observe("page") as note:
                    page = next(pages, None)
                    note("records", _size(page))
                self.source_seconds += perf_counter() - began
                if page is None:
                    return
                self.tally.pages += 1
                yield page
        except StoppedError:
            self.note.end(RunStatus.STOPPED, "Stopped before the end; the watermark did not move")
        finally:
            if isinstance(pages, Generator):
                pages.close()

    def _transfer(self, batches: Batches, page: Page) -> None:
        came = list(page.in_order())
        incoming = [
            unreadable(one) if isinstance(one, Malformed) else receive(self.pipeline, one) for one in came
        ]
        self._tell(
            [one if isinstance(one, Malformed) else read for one, read in zip(came, incoming, strict=True)],
            batches.transfer(incoming),
        )
        times = [record.updated for record in incoming if record.updated]
        self.untimed += len(page.records) - len(times)
        # The maximum, because even sorted pages were seen out of order.
        seen = [time for time in times if time <= self.started]
        self.latest = max([*seen, self.latest] if self.latest else seen, default=None)

    def _tell(self, page: Sequence[Incoming | Malformed], transfers: Iterable[Transfer]) -> None:
        """Count what came of a page, and tell it; also when the destination goes out of reach in between."""
        came: list[Transfer] = []
        try:
            came.extend(transfers)
        finally:
            self.tally.add(came)
            if self.told:
                for one, transfer in zip(page, came, strict=False):
                    self.told(one, transfer)

    def _move_watermark(self) -> None:
        latest = self.latest
        if latest is not None and latest != self.before:
            self.units.do(lambda unit: unit.save_watermark(latest))
            self.after = latest


def _size(page: Page | None) -> int:
    """Return how many records a page brings, readable or not."""
    return 0 if page is None else len(page.records) + len(page.malformed)
