"""A plan: what the next poll would do, found out by making that poll, and keeping nothing of it but what it told.

The source is read to its end first. Then the poll itself runs over a rehearsal of the destination, so that matching,
mapping and the decision what to write are the sync's own; there is no second opinion that could differ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import IO, TYPE_CHECKING, cast

from recordmap.sync.planfile import PlanWriter
from recordmap.sync.planlines import PlanHeader
from recordmap.sync.poll import OVERLAP, poll
from recordmap.sync.rehearsed import RehearsedDestination
from recordmap.sync.report import RunStatus
from recordmap.sync.retry import PER_POLL
from recordmap.sync.spool import Spooled
from recordmap.sync.timestamps import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from recordmap.connectors.base import Malformed, Source
    from recordmap.connectors.destination import Destination
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.pipeline import Pipeline
    from recordmap.sync.report import Report
    from recordmap.sync.results import Transfer


def make_plan(  # noqa: PLR0913 - as for `poll`
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    file: IO[bytes],
    *,
    clock: Callable[[], datetime] = utc_now,
    overlap: timedelta = OVERLAP,
    full: bool = False,
    progress: Callable[[Mapping[str, int]], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Report:
    """Write to `file` what a poll would do now, and return the report that it would end with. Nothing else is written.

    `progress` gets the number of records `read` while the source is read, and then the counts by outcome; everything
    else is as for `poll`.

    Raises:
        ConnectorError: the destination is out of reach.
    """
    now = clock()
    header = PlanHeader(
        pipeline.system, destination.place, pipeline.version, now, full, destination.watermark()
    )
    writer = PlanWriter(file, header)
    report = rehearse_poll(
        pipeline,
        Spooled(source, (lambda records: progress({"read": records})) if progress else None),
        destination,
        writer.record,
        now=now,
        overlap=overlap,
        full=full,
        progress=progress,
        stop=stop,
    )
    due = destination.due_error_numbers(pipeline.version, now, PER_POLL)
    writer.summary(report, len(list(due)) if report.status is RunStatus.COMPLETE else 0)
    return report


def rehearse_poll(  # noqa: PLR0913 - as for `poll`
    pipeline: Pipeline,
    source: Source,
    destination: Destination,
    told: Callable[[Incoming | Malformed, Transfer], None],
    *,
    now: datetime,
    overlap: timedelta = OVERLAP,
    full: bool = False,
    progress: Callable[[Mapping[str, int]], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Report:
    """Make a poll that writes nothing; `told` gets each record with what would come of it. As for `poll` otherwise.

    Raises:
        ConnectorError: the destination is out of reach at the start.
    """
    with RehearsedDestination(destination) as rehearsed:
        report = poll(
            pipeline,
            source,
            cast("Destination", rehearsed),  # it has everything of a destination that a poll uses
            clock=lambda: now,
            overlap=overlap,
            full=full,
            progress=progress,
            stop=stop,
            told=told,
        )
    return replace(report, run_id=None)
