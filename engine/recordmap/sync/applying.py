"""Doing what a plan says, and nothing else.

Each record of the plan is matched, mapped and written again, by the sync's own code and at the time that the plan was
made. What comes of it is held against the plan before it is kept: when they differ, nothing of the record is written,
and the next sync decides anew. So the watermark moves only when nothing was refused, and never beyond what the plan
has read. Once the source has been read again, by a sync or by this plan before, what is refused has been decided about
since, and nobody reads it again unasked.

A plan may be applied twice, and after a crash: what was done before is done, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError, Malformed
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.batch import Batches, transfer_page
from recordmap.sync.deviations import deviation
from recordmap.sync.incoming import receive, unreadable
from recordmap.sync.planfile import PlanFile
from recordmap.sync.planlines import AGAIN, Line
from recordmap.sync.report import Report, RunStatus, Tally
from recordmap.sync.results import Problem, Result, Transfer
from recordmap.sync.runs import RunNote, recorded
from recordmap.sync.timestamps import format_timestamp, utc_now
from recordmap.sync.transfer import Terms
from recordmap.sync.units import Units

if TYPE_CHECKING:
    from datetime import datetime

    from recordmap.connectors.destination import Destination, Unit
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.pipeline import Pipeline

    Check = Callable[[Incoming, Transfer], str | None]

PAGE = 200
"""Records written in one unit."""

_OUTDATED = "plan-outdated"


def apply_plan(
    pipeline: Pipeline,
    destination: Destination,
    plan: PlanFile,
    *,
    clock: Callable[[], datetime] = utc_now,
    progress: Callable[[Mapping[str, int]], None] | None = None,
    stop: Callable[[], bool] | None = None,
    told: Callable[[Transfer], None] | None = None,
) -> Report:
    """Transfer the records of a plan as it says.

    `told` gets every transfer; `progress`, `stop` and the report are as for `poll`. Records that came to be otherwise
    are `refused`: nothing of them is written, and the watermark stays.

    Raises:
        ConfigurationError: the plan is for another integration, another store, other templates, or a source that has
            been read further than this store knows of.
    """
    run = _Apply(pipeline, destination, plan, clock())
    try:
        run.find_start()
        with recorded(destination, "apply", run.note, run.tally.counts):
            if not pipeline.keeps_previous:
                destination.drop_previous()
            run.walk(progress, stop, told or (lambda _: None))
    except ConnectorError as error:
        run.note.fail(error)
    return run.report(clock())


def _hold(pipeline: Pipeline, destination: Destination, plan: PlanFile, known: datetime | None) -> None:
    """Refuse a plan that isn't for this pipeline, and this destination with the source `known` that far."""
    header = plan.header
    if header.integration != pipeline.system:
        raise ConfigurationError(
            f"the plan is for the integration '{header.integration}', and this is '{pipeline.system}'", AGAIN
        )
    if header.store != destination.place:
        raise ConfigurationError(
            f"the plan is for the store {header.store}, and this is {destination.place}", AGAIN
        )
    if header.templates != pipeline.version:
        raise ConfigurationError(
            f"the templates changed since the plan was made (version {header.templates}, and now {pipeline.version})",
            AGAIN,
        )
    if header.watermark and not header.full and (known is None or known < header.watermark):
        raise ConfigurationError(
            f"the plan begins where the source had been read up to {format_timestamp(header.watermark)}, and this "
            f"store knows of it up to {format_timestamp(known) if known else 'nothing'}",
            AGAIN,
        )


class _Apply:
    """A plan in progress."""

    def __init__(
        self, pipeline: Pipeline, destination: Destination, plan: PlanFile, started: datetime
    ) -> None:
        self.note = RunNote()
        self.tally = Tally()
        self._pipeline = pipeline
        self._destination = destination
        self._plan = plan
        self._started = started
        self._before: datetime | None = None
        self._after: datetime | None = None

    def find_start(self) -> None:
        """Find out how far the source has been read, and refuse a plan that isn't for this."""
        self._before = self._after = self._destination.watermark()
        _hold(self._pipeline, self._destination, self._plan, self._before)

    def walk(
        self,
        progress: Callable[[Mapping[str, int]], None] | None,
        stop: Callable[[], bool] | None,
        told: Callable[[Transfer], None],
    ) -> None:
        """Transfer the plan's records, and move the watermark at the end."""
        units = Units(self._destination, self.note)
        terms = Terms(self._pipeline, self._plan.header.made_at, run=self.note)
        check = partial(deviation, read_since=self._read_since())
        batches = Batches(terms, self._destination, units, partial(_as_planned, check))

        refusals = _Refusals()

        def ended(transfers: Iterable[Transfer]) -> None:
            for transfer in transfers:
                self.tally.add([transfer])
                told(transfer)

        try:
            for lines in self._pages():
                if stop and stop():
                    self.note.end(RunStatus.STOPPED, "Stopped before the end; the watermark did not move")
                    return
                self.tally.pages += 1
                for transfer in self._transfer(batches, lines):
                    ended(refusals.take(transfer))
                if progress:
                    progress(dict(self.tally.counts))
        finally:
            ended(refusals.rest())
        if not self.tally.counts[Result.REFUSED]:
            self._move_watermark(units)
        self.note.end(RunStatus.COMPLETE)

    def report(self, finished: datetime) -> Report:
        """Tell how it went."""
        return Report(
            run_id=self.note.run_id,
            status=self.note.status,
            message=self.note.message,
            code=self.note.code,
            started_at=self._started,
            finished_at=finished,
            pages=self.tally.pages,
            counts=dict(self.tally.counts),
            failures=dict(self.tally.failures),
            retried=(),
            children=dict(self.tally.children),
            notices=tuple(self.tally.notices),
            notice_counts=dict(self.tally.notice_counts),
            source_seconds=0.0,
            transfer_seconds=(finished - self._started).total_seconds(),
            watermark_before=self._before,
            watermark_after=self._after,
        )

    def _read_since(self) -> bool:
        """Say whether a poll since then has read all that the plan read. One to read everything goes back further."""
        header, foreseen = self._plan.header, self._plan.summary.watermark
        if header.full or foreseen is None or self._before is None:
            return False
        return self._before >= foreseen and self._before != header.watermark

    def _pages(self) -> Iterator[list[Line]]:
        """Yield the plan's records, some at a time, in the order of the plan; apart those that it could not keep."""
        for _, lines in groupby(self._plan.records(), key=_is_kept):
            while chunk := list(islice(lines, PAGE)):
                yield chunk

    def _transfer(self, batches: Batches, lines: list[Line]) -> Iterator[Transfer]:
        if _is_kept(lines[0]):
            yield from batches.transfer([self._planned(line) for line in lines])
        else:
            yield from (_refused(line["id"], "The plan could not keep this record") for line in lines)

    def _planned(self, line: Line) -> Incoming:
        unread = line.get("unread")
        if unread is None:
            one = receive(self._pipeline, line["source"])
        else:
            one = unreadable(Malformed(unread["reason"], unread["raw"], unread["id"]))
        return one._replace(foreseen=line)

    def _move_watermark(self, units: Units) -> None:
        """Move the watermark as the poll would have, but never behind where another poll has put it since."""
        foreseen = self._plan.summary.watermark
        if foreseen is None or foreseen == self._plan.header.watermark:
            return

        def move(unit: Unit) -> datetime | None:
            there = self._destination.watermark()
            if there is not None and there != self._plan.header.watermark and there >= foreseen:
                return there
            unit.save_watermark(foreseen)
            return foreseen

        self._after = units.do(move)


def _is_kept(line: Line) -> bool:
    return "unread" in line or line.get("source") is not None


class _Deviates(Exception):  # noqa: N818 - it takes back what was written, and is no error
    """Something came to be otherwise than planned."""


def _as_planned(check: Check, terms: Terms, unit: Unit, page: Sequence[Incoming]) -> list[Transfer]:
    """Transfer a page; or, when not all of it is as planned, what of it is."""
    try:
        with unit.attempt():
            transfers = transfer_page(terms, unit, page)
            if any(check(one, transfer) for one, transfer in zip(page, transfers, strict=True)):
                raise _Deviates
            return transfers
    except _Deviates:
        return [_alone(check, terms, unit, one) for one in page]


def _alone(check: Check, terms: Terms, unit: Unit, one: Incoming) -> Transfer:
    try:
        with unit.attempt():
            [transfer] = transfer_page(terms, unit, [one])
            why = check(one, transfer)
            if why:
                raise _Deviates(why)
            return transfer
    except _Deviates as deviates:
        return _refused(one.subject, str(deviates))


def _refused(subject: str, why: str) -> Transfer:
    return Transfer(Result.REFUSED, subject, problem=Problem(_OUTDATED, why))


class _Refusals:
    """Records that came to be otherwise than planned, until it is known that no later line of the plan is about them.

    A walk may bring two versions of one record. When such a plan is applied again, the second has been there since the
    first time, which makes another of the first. As long as the second is as planned, that is no deviation: the first
    is an older version, as one of which the times of change tell it.
    """

    def __init__(self) -> None:
        self._held: dict[str, list[Transfer]] = {}

    def take(self, transfer: Transfer) -> Iterator[Transfer]:
        """Take what came of the next line; yields what is certain by that."""
        if transfer.result is Result.REFUSED:
            self._held.setdefault(transfer.subject, []).append(transfer)
            return
        for held in self._held.pop(transfer.subject, ()):
            yield held._replace(result=Result.STALE, problem=None)
        yield transfer

    def rest(self) -> Iterator[Transfer]:
        """Yield the records that are refused for good."""
        for held in self._held.values():
            yield from held
