"""Manual Sync: one record, by its ID, now. It takes the path of a poll and never moves the watermark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Source
from recordmap.diagnostics import Fault
from recordmap.sync.batch import Batches
from recordmap.sync.failures import Evidence
from recordmap.sync.incoming import receive
from recordmap.sync.matching import Attempt, Matcher
from recordmap.sync.report import RunStatus, Tally
from recordmap.sync.results import Problem, Result, Transfer
from recordmap.sync.runs import RunNote, recorded
from recordmap.sync.timestamps import utc_now
from recordmap.sync.transfer import Terms, previous_of
from recordmap.sync.units import Units, attending

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recordmap.connectors.destination import Destination, Stored
    from recordmap.runtime.outcome import Record
    from recordmap.runtime.plan import Plan
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
    note, tally = RunNote(), Tally()
    units = Units(destination, note)
    batches = Batches(Terms(pipeline, clock(), always=True, run=note), destination, units)
    try:
        if dry_run:
            return _rehearse(pipeline, source, batches, external_id)
        with recorded(destination, "manual", note, tally.counts), attending(source, units):
            transfer = _transfer(pipeline, source, batches, external_id)
            tally.add([transfer])
            note.end(RunStatus.COMPLETE, transfer.problem.message if transfer.problem else None)
    except ConnectorError as error:
        return Transfer(Result.FAILED, external_id, problem=problem_of(error))
    return transfer


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a transfer of a source record would do, and how that was decided.

    `existing` is the record that it would go to, as it stands now, and `plan` the collection that would map it; both
    None where it would not come so far; `previous` is the source record as it was last synced into that record.
    `attempts` are the match rules that were asked.
    """

    transfer: Transfer
    attempts: tuple[Attempt, ...] = ()
    existing: Stored | None = None
    plan: Plan | None = None
    previous: Record | None = None


def rehearse(
    pipeline: Pipeline, destination: Destination, record: Record, *, clock: Callable[[], datetime] = utc_now
) -> Rehearsal:
    """Return what a transfer of this source record would do now, by the code of a transfer, and leave nothing behind.

    Raises:
        ConnectorError: the destination is out of reach.
    """
    incoming = receive(pipeline, record)
    transfer = Batches(Terms(pipeline, clock(), always=True), destination).rehearse(incoming)
    if incoming.fault:
        return Rehearsal(transfer)
    with destination.unit() as unit:
        matcher = Matcher(pipeline, unit)
        matcher.preload_links([incoming])
        try:
            attempts, match = matcher.attempts(incoming), matcher.match(incoming)
        except Fault:
            return Rehearsal(transfer)
        existing = match.record
        if transfer.record_id is not None and (existing is None or existing.id != transfer.record_id):
            existing = unit.load([transfer.record_id]).get(transfer.record_id)
        link, previous = matcher.link_of(incoming), None
        if link is not None and existing is not None:
            kept = unit.previous([incoming.external_id]).get(incoming.external_id)
            previous = previous_of(link, existing.id, kept)
    return Rehearsal(transfer, attempts, existing, pipeline.update if existing else pipeline.add, previous)


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
