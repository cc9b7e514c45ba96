"""Trying again what failed: the record as it is now, through the templates as they are now.

The record is asked from the source anew. The one kept in the error log stands in only while the source is out
of reach: a record that the source doesn't have any more may have been merged, or deleted on a person's wish,
and must not come back. An entry that fails again stays open, with the new reason.

By itself only what is due is tried again, a bounded number of entries after each poll, and each of them gets
another date or another version by that, so that none stands in the way of the next. By hand everything is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Record, Source, StoppedError
from recordmap.connectors.destination import Destination
from recordmap.connectors.errorlog import ErrorEntry, ErrorStatus, Failure
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.batch import Batches
from recordmap.sync.failures import Evidence
from recordmap.sync.incoming import receive
from recordmap.sync.manual import not_found, problem_of
from recordmap.sync.report import RunStatus, Tally
from recordmap.sync.results import Notice, Problem, Result, Transfer
from recordmap.sync.runs import RunNote, recorded
from recordmap.sync.timestamps import utc_now
from recordmap.sync.transfer import Terms
from recordmap.sync.units import Units, attending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from recordmap.connectors.destination import Unit
    from recordmap.sync.pipeline import Pipeline

PER_POLL = 500
"""Entries of either kind (waited long enough, templates changed) that are tried again after one poll at most."""

_MOST_TOLD = 1000
"""Retries that a report holds one by one."""

_OF_THE_RECORD = ("source-bad-id", "source-record-unreadable")
"""Codes of a source that answers, but not with this record."""

_KEPT = Notice("kept-record-used", "The source is out of reach, so the record kept in the error log was used")


@dataclass(frozen=True, slots=True)
class Retried:
    """One error entry as it was before, and what came of the new try."""

    entry: ErrorEntry
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class RetryReport:
    """A run of retries, told. `message` and `code` say why it failed, if it did.

    `counts` maps results to how often they came; `retried` holds the first 1,000 retries.
    """

    run_id: int | None
    status: RunStatus
    message: str | None
    code: str | None
    counts: Mapping[str, int]
    retried: tuple[Retried, ...]


def is_due(entry: ErrorEntry, version: str, now: datetime) -> bool:
    """Say whether an entry is to be tried again by itself: its wait is over, or the templates have changed since."""
    failure = entry.failure
    if entry.status is not ErrorStatus.OPEN:
        return False
    if failure.next_retry is not None:
        return failure.next_retry <= now
    return not failure.transient and failure.version != version


def retry_entry(
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    entry_id: int,
    *,
    clock: Callable[[], datetime] = utc_now,
    tell: Callable[[Retried], None] | None = None,
) -> RetryReport:
    """Try one error entry again, due or not. `clock` returns aware UTC. The retry is given to `tell` when it is done.

    Raises:
        ConfigurationError: there is no such entry, or it is not open any more.
        ConnectorError: the destination is out of reach.
    """
    entry = destination.error(entry_id)
    if entry is None:
        raise ConfigurationError(f"there is no error entry {entry_id}")
    if entry.status is not ErrorStatus.OPEN:
        raise ConfigurationError(
            f"error entry {entry_id} is {entry.status.value}", "only open entries can be tried again"
        )
    retries = Retries(pipeline, source, destination, clock())
    return _run(destination, retries, retries.again([entry_id]), tell)


def retry_open(
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    *,
    clock: Callable[[], datetime] = utc_now,
    only_due: bool = False,
    tell: Callable[[Retried], None] | None = None,
) -> RetryReport:
    """Try every error entry again that is open now, the first to fail first; or those only that are due.

    `clock` returns aware UTC. Each retry is given to `tell` when it is done.

    Raises:
        ConnectorError: the destination is out of reach.
    """
    retries = Retries(pipeline, source, destination, clock())
    done = retries.due() if only_due else retries.again(destination.open_error_numbers())
    return _run(destination, retries, done, tell)


def _run(
    destination: Destination,
    retries: Retries,
    done: Iterable[Retried],
    tell: Callable[[Retried], None] | None,
) -> RetryReport:
    """Carry retries out as a run of their own; `done` makes them one by one."""
    note, tally = retries.note, Tally()
    retried: list[Retried] = []
    try:
        with recorded(destination, "retry", note, tally.counts), retries.attending():
            for one in done:
                tally.add([one.transfer])
                if len(retried) < _MOST_TOLD:
                    retried.append(one)
                if tell:
                    tell(one)
            note.end(RunStatus.COMPLETE)
    except ConnectorError as error:
        note.fail(error)
    counts = dict(tally.counts)
    return RetryReport(note.run_id, note.status, note.message, note.code, counts, tuple(retried))


class Retries:
    """Retries within one run. `now` is the run's time; `units` and `note` are the run's own, where it has them."""

    def __init__(
        self,
        pipeline: Pipeline,
        source: Source,
        destination: Destination,
        now: datetime,
        units: Units | None = None,
        note: RunNote | None = None,
    ) -> None:
        self.note = note or RunNote()
        self._pipeline = pipeline
        self._source = source
        self._destination = destination
        self._now = now
        self._units = units or Units(destination, self.note)
        self._batches = Batches(Terms(pipeline, now, always=True, run=self.note), destination, self._units)
        self._out_of_reach: ConnectorError | None = None

    def attending(self) -> AbstractContextManager[None]:
        """Show life while the source is waited for; a run that attends to it anyway needs no more."""
        return attending(self._source, self._units)

    def due(self, stop: Callable[[], bool] | None = None) -> Iterator[Retried]:
        """Try again what is due, at most `PER_POLL` entries of either kind; `stop` says before each whether to end.

        Raises:
            ConnectorError: the destination is out of reach, or the source refuses.
        """
        version = self._pipeline.version
        try:
            for number in self._destination.due_error_numbers(version, self._now, PER_POLL):
                if stop and stop():
                    return
                entry = self._destination.error(number)
                # Another process may have tried it meanwhile.
                if entry and is_due(entry, version, self._now):
                    yield Retried(entry, self._retry(entry, by_itself=True))
        except StoppedError:
            return

    def again(self, numbers: Iterable[int]) -> Iterator[Retried]:
        """Try these entries again, those that are still open.

        Raises:
            ConnectorError: as for `due`.
        """
        for number in numbers:
            entry = self._destination.error(number)
            if entry and entry.status is ErrorStatus.OPEN:
                yield Retried(entry, self._retry(entry, by_itself=False))

    def _retry(self, entry: ErrorEntry, *, by_itself: bool) -> Transfer:
        failure = entry.failure
        record, notices = self._record(failure)
        if isinstance(record, Problem):
            return self._fail(entry, record, by_itself=by_itself)
        transfer = next(self._batches.transfer([receive(self._pipeline, record)]))
        if transfer.result is Result.STALE and transfer.failing:
            # The source shows an older version than the one that failed, which nothing has settled.
            if by_itself:
                self._put_off(entry)
        elif transfer.subject != failure.subject or transfer.result is Result.STALE:
            # The entry is settled, or goes on under the ID that the record has now.
            self._units.do(lambda unit: unit.resolve(failure.subject))
        return transfer._replace(notices=(*transfer.notices, *notices))

    def _record(self, failure: Failure) -> tuple[Record | Problem, tuple[Notice, ...]]:
        """Return the record to try again with, or why there is none."""
        kept = failure.record if isinstance(failure.record, dict) else None
        if failure.external_id is None:
            return kept or Problem("source-record-unreadable", "The source record can't be read"), ()
        try:
            record = self._fetch(failure.external_id)
        except ConnectorError as error:
            if error.transient and kept:
                return kept, (_KEPT,)
            if error.transient or error.code in _OF_THE_RECORD:
                return problem_of(error), ()
            raise  # a wrong key or setting is no news about this record
        return not_found(self._pipeline) if record is None else record, ()

    def _fetch(self, external_id: str) -> Record | None:
        if self._out_of_reach:
            raise self._out_of_reach  # asking again for each entry would only take long
        try:
            return self._source.fetch(external_id)
        except ConnectorError as error:
            if error.transient:
                self._out_of_reach = error
            raise

    def _fail(self, entry: ErrorEntry, problem: Problem, *, by_itself: bool) -> Transfer:
        failure = entry.failure
        if problem.transient and not failure.transient:
            # That the source is out of reach must not replace what is wrong with the record.
            if by_itself:
                self._put_off(entry)
            return Transfer(Result.FAILED, failure.subject, problem=problem)
        evidence = Evidence(failure.subject, failure.external_id, failure.record)
        return self._batches.fail([(evidence, problem)])[0]

    def _put_off(self, entry: ErrorEntry) -> None:
        """Give an entry of which nothing new is known a time for its next try, or it would be due at every poll."""
        wait = self._pipeline.errors.wait(entry.attempts + 1)
        failure = replace(entry.failure, next_retry=self._now + wait)

        def put_off(unit: Unit) -> None:
            if unit.open_errors([failure.subject]):
                unit.log_failure(failure)

        self._units.do(put_off)
