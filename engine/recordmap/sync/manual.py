"""Manual Sync: one record, by its ID, now. It takes the path of a poll and never moves the watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Source
from recordmap.sync.batch import Batches
from recordmap.sync.failures import Evidence
from recordmap.sync.incoming import receive
from recordmap.sync.report import RunStatus, Tally
from recordmap.sync.results import Problem, Result, Transfer
from recordmap.sync.runs import RunNote, recorded
from recordmap.sync.timestamps import utc_now
from recordmap.sync.transfer import Terms

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recordmap.connectors.destination import Destination
    from recordmap.sync.pipeline import Pipeline


def sync_one(
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    external_id: str,
    *,
    clock: Callable[[], datetime] = utc_now,
    dry_run: bool = False,
) -> Transfer:
    """Transfer one record, although it may not have changed since the last time.

    `clock` returns aware UTC. With `dry_run` nothing is written, not even to the error log or the history,
    and the transfer tells what would be. An ID that the source doesn't have, and a system out of reach, are
    failed transfers; nothing is raised for them.
    """
    batches = Batches(Terms(pipeline, clock(), always=True), destination)
    note, tally = RunNote(), Tally()
    try:
        if dry_run:
            return _rehearse(pipeline, source, batches, external_id)
        with recorded(destination, "manual", note, tally.counts):
            transfer = _transfer(pipeline, source, batches, external_id)
            tally.add(transfer)
            note.end(RunStatus.COMPLETE, transfer.problem.message if transfer.problem else None)
    except ConnectorError as error:
        return Transfer(Result.FAILED, external_id, problem=problem_of(error))
    return transfer


def not_found(pipeline: Pipeline) -> Problem:
    """Return the problem of an ID that the source doesn't have."""
    return Problem("source-record-not-found", f"{pipeline.system} has no record with this ID")


def problem_of(error: ConnectorError) -> Problem:
    """Return the problem of a record whose source or destination did not do its part."""
    return Problem(error.code, error.message, transient=error.transient)


def _transfer(pipeline: Pipeline, source: Source, batches: Batches, external_id: str) -> Transfer:
    evidence = Evidence(external_id, external_id, None)
    try:
        record = source.fetch(external_id)
    except ConnectorError as error:
        if error.transient:
            batches.fail([(evidence, problem_of(error))])
        raise
    if record is None:
        return batches.fail([(evidence, not_found(pipeline))])[0]
    return next(batches.transfer([receive(pipeline, record)]))


def _rehearse(pipeline: Pipeline, source: Source, batches: Batches, external_id: str) -> Transfer:
    record = source.fetch(external_id)
    if record is None:
        return Transfer(Result.FAILED, external_id, problem=not_found(pipeline))
    return batches.rehearse(receive(pipeline, record))
