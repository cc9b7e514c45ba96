"""Trying again what failed: the record as it is now, through the templates as they are now.

The record is asked from the source anew. The one kept in the error log stands in only while the source is out
of reach: a record that the source doesn't have any more may have been merged, or deleted on a person's wish,
and must not come back. An entry that fails again stays open, with the new reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Record, Source
from recordmap.connectors.destination import Destination, ErrorEntry, ErrorStatus, Failure
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
from recordmap.sync.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from recordmap.sync.pipeline import Pipeline

_KEPT = Notice("kept-record-used", "The source is out of reach, so the record kept in the error log was used")


@dataclass(frozen=True, slots=True)
class Retried:
    """One error entry as it was before, and what came of the new try."""

    entry: ErrorEntry
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class RetryReport:
    """A run of retries, told. `message` and `code` say why it failed, if it did."""

    run_id: int | None
    status: RunStatus
    message: str | None
    code: str | None
    retried: tuple[Retried, ...]


def is_due(entry: ErrorEntry, version: str, now: datetime) -> bool:
    """Say whether an open entry is worth a try: its wait is over, or the templates have changed since."""
    failure = entry.failure
    if failure.transient:
        return failure.next_retry is None or failure.next_retry <= now
    return failure.version != version


def retry_entry(
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    entry_id: int,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> RetryReport:
    """Try one error entry again, due or not. `clock` returns aware UTC.

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
    return _Retry(pipeline, source, destination, clock()).run([entry])


def retry_open(
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    *,
    clock: Callable[[], datetime] = utc_now,
    only_due: bool = True,
    limit: int = 1000,
) -> RetryReport:
    """Try open error entries again: the `limit` that failed last, or those of them that are due.

    Those that failed first come first. `clock` returns aware UTC.

    Raises:
        ConnectorError: the destination is out of reach.
    """
    now = clock()
    entries = [
        entry
        for entry in reversed(destination.errors(ErrorStatus.OPEN, limit))
        if not only_due or is_due(entry, pipeline.version, now)
    ]
    return _Retry(pipeline, source, destination, now).run(entries)


class _Retry:
    """A run of retries."""

    def __init__(self, pipeline: Pipeline, source: Source, destination: Destination, now: datetime) -> None:
        self._pipeline = pipeline
        self._source = source
        self._destination = destination
        self._units = Units(destination)
        self._batches = Batches(Terms(pipeline, now, always=True), destination, self._units)
        self._out_of_reach: ConnectorError | None = None

    def run(self, entries: Iterable[ErrorEntry]) -> RetryReport:
        note, tally = RunNote(), Tally()
        retried: list[Retried] = []
        try:
            with recorded(self._destination, "retry", note, tally.counts):
                for entry in entries:
                    transfer = self._retry(entry.failure)
                    tally.add(transfer)
                    retried.append(Retried(entry, transfer))
                note.end(RunStatus.COMPLETE)
        except ConnectorError as error:
            note.fail(error)
        return RetryReport(note.run_id, note.status, note.message, note.code, tuple(retried))

    def _retry(self, failure: Failure) -> Transfer:
        record, notices = self._record(failure)
        if isinstance(record, Problem):
            return self._fail(failure, record)
        transfer = next(self._batches.transfer([receive(self._pipeline, record)]))
        if transfer.subject != failure.subject or transfer.result is Result.STALE:
            # The entry is settled, or goes on under the ID that the record has now.
            self._units.do(lambda unit: unit.resolve(failure.subject))
        return replace(transfer, notices=(*transfer.notices, *notices))

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
            if error.transient or error.code == "source-bad-id":
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

    def _fail(self, failure: Failure, problem: Problem) -> Transfer:
        if problem.transient and not failure.transient:
            # That the source is out of reach must not replace what is wrong with the record.
            return Transfer(Result.FAILED, failure.subject, problem=problem)
        evidence = Evidence(failure.subject, failure.external_id, failure.record)
        return self._batches.fail([(evidence, problem)])[0]
