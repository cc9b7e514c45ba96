"""Doing what a plan says, and nothing else.

Each record of the plan is matched, mapped and written again, by the sync's own code and at the time that the plan was
made. What comes of it is held against the plan before it is kept: when they differ, nothing of the record is written,
and it is left to the next sync. So the watermark moves only when nothing was refused, and never beyond what the plan
has read.

A plan may be applied twice, and after a crash: what was done before is done, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from recordmap.connectors.base import ConnectorError, Malformed
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.batch import Batches, transfer_page
from recordmap.sync.canonical import canonical
from recordmap.sync.incoming import receive
from recordmap.sync.planfile import PlanFile
from recordmap.sync.planlines import Line, done_before, is_kept_out, outcome
from recordmap.sync.report import Report, RunStatus, Tally
from recordmap.sync.results import Problem, Result, Transfer
from recordmap.sync.runs import RunNote, recorded
from recordmap.sync.telling import how_matched
from recordmap.sync.timestamps import format_timestamp, utc_now
from recordmap.sync.transfer import Terms
from recordmap.sync.units import Units

if TYPE_CHECKING:
    from datetime import datetime

    from recordmap.connectors.destination import Destination, Unit
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.pipeline import Pipeline

PAGE = 200
"""Records written in one unit."""

_AGAIN = "make a new one with recordmap plan"
_OUTDATED = "plan-outdated"
_SAME = ("result", "rule", "collection", "code", "field")


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
            f"the plan is for the integration '{header.integration}', and this is '{pipeline.system}'", _AGAIN
        )
    if header.store != destination.place:
        raise ConfigurationError(
            f"the plan is for the store {header.store}, and this is {destination.place}", _AGAIN
        )
    if header.templates != pipeline.version:
        raise ConfigurationError(
            f"the templates changed since the plan was made (version {header.templates}, and now {pipeline.version})",
            _AGAIN,
        )
    if header.watermark and not header.full and (known is None or known < header.watermark):
        raise ConfigurationError(
            f"the plan begins where the source had been read up to {format_timestamp(header.watermark)}, and this "
            f"store knows of it up to {format_timestamp(known) if known else 'nothing'}",
            _AGAIN,
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
        units = Units(self._destination)
        terms = Terms(self._pipeline, self._plan.header.made_at, run=self.note)
        batches = Batches(terms, self._destination, units, _as_planned)
        for kind, lines in self._pages():
            if stop and stop():
                self.note.end(RunStatus.STOPPED, "Stopped before the end; the watermark did not move")
                return
            self.tally.pages += 1
            for transfer in self._transfer(batches, kind, lines):
                self.tally.add([transfer])
                told(transfer)
            if progress:
                progress(dict(self.tally.counts))
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

    def _pages(self) -> Iterator[tuple[str, list[Line]]]:
        """Yield the plan's records, a few of one kind at a time, in the order of the plan."""
        for kind, lines in groupby(self._plan.records(), key=_kind):
            while chunk := list(islice(lines, PAGE)):
                yield kind, chunk

    def _transfer(self, batches: Batches, kind: str, lines: list[Line]) -> Iterator[Transfer]:
        if kind == "source":
            yield from batches.transfer([self._planned(line) for line in lines])
        elif kind == "unread":
            unread = [line["unread"] for line in lines]
            yield from batches.fail_malformed(
                Malformed(one["reason"], one["raw"], one["id"]) for one in unread
            )
        else:
            yield from (_refused(line["id"], "The plan could not keep this record") for line in lines)

    def _planned(self, line: Line) -> Incoming:
        return receive(self._pipeline, line["source"])._replace(foreseen=line)

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


def _kind(line: Line) -> str:
    return "unread" if "unread" in line else "source" if line.get("source") is not None else "lost"


class _Deviates(Exception):  # noqa: N818 - it takes back what was written, and is no error
    """Something came to be otherwise than planned."""


def _as_planned(terms: Terms, unit: Unit, page: Sequence[Incoming]) -> list[Transfer]:
    """Transfer a page; or, when not all of it is as planned, what of it is."""
    try:
        with unit.attempt():
            transfers = transfer_page(terms, unit, page)
            if any(_deviation(one, transfer) for one, transfer in zip(page, transfers, strict=True)):
                raise _Deviates
            return transfers
    except _Deviates:
        return [_alone(terms, unit, one) for one in page]


def _alone(terms: Terms, unit: Unit, one: Incoming) -> Transfer:
    try:
        with unit.attempt():
            [transfer] = transfer_page(terms, unit, [one])
            deviation = _deviation(one, transfer)
            if deviation:
                raise _Deviates(deviation)
            return transfer
    except _Deviates as deviates:
        return _refused(one.subject, str(deviates))


def _refused(subject: str, why: str) -> Transfer:
    return Transfer(Result.REFUSED, subject, problem=Problem(_OUTDATED, why))


def _deviation(one: Incoming, transfer: Transfer) -> str | None:
    """Return how a transfer differs from its plan, or None.

    What has been done meanwhile, by another sync or by this very plan, is no difference: nothing is written then.
    """
    planned = one.foreseen
    if planned is None or done_before(transfer) or is_kept_out(transfer) or transfer.result is Result.STALE:
        return None
    now = outcome(transfer)
    if planned["synced"] != now["synced"]:
        # Whoever synced it read the source later than the plan did, whatever the times of change say.
        return "The source record was synced in another version after the plan was made"
    settled = planned["failing"] is not None and now["failing"] is None
    if (
        settled and transfer.result is not Result.SKIPPED
    ):  # a skip settles it itself, and writes nothing again
        return "The failure that the plan saw was settled after the plan was made"
    if not settled and now["failing"] not in (planned["failing"], one.digest):
        return "The source record failed in another version after the plan was made"
    other_record = planned["record_id"] is not None and planned["record_id"] != now["record_id"]
    if other_record or any(planned[name] != now[name] for name in _SAME):
        return f"The plan foresaw {_told(planned)}; now it would be {_told(now)}"
    if planned["seen"] != now["seen"]:
        number = now["record_id"]
        return f"Record {number} was changed after the plan was made"
    if any(canonical(planned[name]) != canonical(now[name]) for name in ("changes", "children")):
        return "The same templates give other values than when the plan was made"
    return None


def _told(line: Mapping[str, Any]) -> str:
    parts = [
        f"record {line['record_id']}" if line["record_id"] is not None else "",
        how_matched(line["rule"]) or "",
        str(line["code"] or ""),
    ]
    details = ", ".join(part for part in parts if part)
    return f"{line['result']} ({details})" if details else str(line["result"])
