"""A project's integration with its connectors open: poll, manual sync, error log, status.

What happens to records is decided in `recordmap.sync`, and `wiring` opens and closes what a session is given.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from recordmap.connectors.base import Page, Source, StoppedError, Waiting
from recordmap.connectors.destination import Destination
from recordmap.connectors.journal import JournalEntry
from recordmap.sync.applying import apply_plan
from recordmap.sync.lease import PollLease, this_process
from recordmap.sync.manual import Rehearsal, rehearse, sync_one
from recordmap.sync.observing import Observe, unobserved
from recordmap.sync.pipeline import Pipeline
from recordmap.sync.planfile import PlanFile
from recordmap.sync.planning import make_plan, rehearse_poll
from recordmap.sync.poll import MOST_PRUNED, poll
from recordmap.sync.preview import GivenRecords, Matched, MatchKind, MatchPreview
from recordmap.sync.report import Report
from recordmap.sync.results import Transfer
from recordmap.sync.retry import Retried, RetryReport, retry_entry, retry_open
from recordmap.sync.spool import Spooled
from recordmap.sync.undo import Undone, undo_all
from recordmap.sync.undo import entries as journal_entries
from recordmap.sync.undo import entry as journal_entry

LOOK_EVERY = 0.2
"""Seconds between two looks at whether to stop while a source waits."""


def utc_clock() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


class Session:
    """An integration at work. The source is opened when it is first needed, so that `status` works without a key."""

    def __init__(
        self,
        pipeline: Pipeline,
        destination: Destination,
        open_source: Callable[[], Source],
        overlap: timedelta,
        clock: Callable[[], datetime] = utc_clock,
    ) -> None:
        self.pipeline = pipeline
        self.destination = destination
        self._open_source = open_source
        self._overlap = overlap
        self._clock = clock

    def poll(
        self,
        *,
        full: bool = False,
        lease: PollLease | None = None,
        progress: Callable[[Mapping[str, int]], None] | None = None,
        stop: Callable[[], bool] | None = None,
        observe: Observe = unobserved,
    ) -> Report:
        """Transfer every record that changed since the last poll, or every record there is with `full`.

        A poll that came to its end tries again what is due in the error log, and prunes it.
        `stop` is asked before each page, and while the source waits to try again. With a `lease`, which must have been
        taken, only as long as no other process takes it over. `observe` looks on at each part.
        """
        source = self._open_source()
        if stop is not None and isinstance(source, Waiting):
            source.pause = stoppable(stop)
        return poll(
            self.pipeline,
            source,
            self.destination,
            clock=self._clock,
            overlap=self._overlap,
            full=full,
            lease=lease,
            tend_errors=True,
            progress=progress,
            stop=stop,
            observe=observe,
        )

    def plan(
        self,
        file: IO[bytes],
        *,
        full: bool = False,
        progress: Callable[[Mapping[str, int]], None] | None = None,
    ) -> Report:
        """Write to `file` what the next poll would do, for `PlanFile`; nothing else is written.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        return make_plan(
            self.pipeline,
            self._open_source(),
            self.destination,
            file,
            clock=self._clock,
            overlap=self._overlap,
            full=full,
            progress=progress,
        )

    def preview_matches(
        self,
        told: Callable[[Matched], None],
        pages: Iterable[Page] | None = None,
        *,
        full: bool = False,
        progress: Callable[[Mapping[str, int]], None] | None = None,
    ) -> tuple[Report, Mapping[tuple[MatchKind, str | None], int]]:
        """Find out how the records of the next poll would be matched, or those of `pages`; nothing is written.

        `told` gets every record; counts are returned by kind of match, and by rule where a rule found a record.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        preview = MatchPreview(told)
        source = Spooled(self._open_source()) if pages is None else GivenRecords(pages)
        report = rehearse_poll(
            self.pipeline,
            source,
            self.destination,
            preview.take,
            now=self._clock(),
            overlap=self._overlap,
            full=full,
            progress=progress,
        )
        return report, preview.counts

    def apply(
        self,
        plan: PlanFile,
        *,
        progress: Callable[[Mapping[str, int]], None] | None = None,
        stop: Callable[[], bool] | None = None,
        told: Callable[[Transfer], None] | None = None,
    ) -> Report:
        """Do what a plan says, and refuse what would go otherwise now; `told` gets every transfer.

        Raises:
            ConfigurationError: the plan is for something else.
        """
        return apply_plan(
            self.pipeline, self.destination, plan, clock=self._clock, progress=progress, stop=stop, told=told
        )

    def lease(self) -> PollLease:
        """Return the lease by which this process polls every so often, not taken yet."""
        return PollLease(self.destination, this_process(), clock=self._clock)

    def sync_one(self, external_id: str, *, dry_run: bool = False) -> Transfer:
        """Transfer one record by its ID (Manual Sync)."""
        source = self._open_source()
        return sync_one(
            self.pipeline, source, self.destination, external_id, clock=self._clock, dry_run=dry_run
        )

    def fetch(self, external_id: str) -> dict[str, Any] | None:
        """Return one source record by its ID."""
        return self._open_source().fetch(external_id)

    def recent(self, days: int) -> Iterator[dict[str, Any]]:
        """Yield the source records that changed during the last days, in the source's order.

        Raises:
            ConnectorError: the source is out of reach.
        """
        for page in self._open_source().pages(self._clock() - timedelta(days=days)):
            yield from page.records

    def rehearse(self, record: dict[str, Any]) -> Rehearsal:
        """Return what a transfer of a source record would do, and how that was decided; nothing is written.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        return rehearse(self.pipeline, self.destination, record, clock=self._clock)

    def undo(
        self, entries: Iterable[JournalEntry], *, dry_run: bool = False, tell: Callable[[Undone], None]
    ) -> None:
        """Undo entries of the journal, as `recordmap.sync.undo.undo_all`."""
        undo_all(self.destination, entries, dry_run=dry_run, tell=tell)

    def journal(self, **wanted: Any) -> Iterator[JournalEntry]:
        """Yield the entries of the journal, as `recordmap.sync.undo.entries`."""
        return journal_entries(self.destination, **wanted)

    def journal_entry(self, number: int) -> JournalEntry:
        """Return one entry of the journal, as `recordmap.sync.undo.entry`."""
        return journal_entry(self.destination, number)

    def retry(
        self,
        entry_id: int | None = None,
        *,
        only_due: bool = False,
        tell: Callable[[Retried], None] | None = None,
    ) -> RetryReport:
        """Try one error entry again, or all open ones, or those only that are due; `tell` gets each when it is done."""
        source = self._open_source()
        if entry_id is not None:
            return retry_entry(
                self.pipeline, source, self.destination, entry_id, clock=self._clock, tell=tell
            )
        return retry_open(
            self.pipeline, source, self.destination, clock=self._clock, only_due=only_due, tell=tell
        )

    def prune_errors(self) -> int:
        """Forget the source records of all errors settled longer ago than they are kept; return how many."""
        before, pruned = self._clock() - self.pipeline.errors.kept, 0
        while more := self.destination.prune_errors(before, MOST_PRUNED):
            pruned += more
        return pruned


def stoppable(
    stop: Callable[[], bool], sleep: Callable[[float], None] = time.sleep
) -> Callable[[float], None]:
    """Return what waits for so many seconds, and raises `StoppedError` soon after `stop` says so."""

    def pause(seconds: float) -> None:
        for step in range(math.ceil(seconds / LOOK_EVERY)):
            if stop():
                raise StoppedError
            sleep(min(LOOK_EVERY, seconds - step * LOOK_EVERY))

    return pause
