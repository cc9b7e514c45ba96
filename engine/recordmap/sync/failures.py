"""Error entries: what the error log keeps of a transfer that failed, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from recordmap.connectors.destination import Failure, Unit

if TYPE_CHECKING:
    from recordmap.runtime.outcome import Record
    from recordmap.sync.results import Problem

_LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The source record that failed: its subject, and its external ID and content where they are known."""

    subject: str
    external_id: str | None
    record: Record | str | None


def next_retry(now: datetime, attempts: int) -> datetime:
    """Return when to try again after `attempts` (1 or more) failed.

    iPaaS.com waits `10 * n * (n + 1)` minutes after attempt n: 20, 60, 120, 200 …; here at most a day.
    """
    return now + min(timedelta(minutes=10 * attempts * (attempts + 1)), _LONGEST_WAIT)


def log_failure(unit: Unit, version: str, now: datetime, problem: Problem, evidence: Evidence) -> None:
    """Log a failed transfer. What can pass by itself gets a time for the next try.

    `version` is that of the pipeline, `now` the run's time.
    """
    retry = None
    if problem.transient:
        entry = unit.open_errors([evidence.subject]).get(evidence.subject)
        retry = next_retry(now, entry.attempts + 1 if entry else 1)
    unit.log_failure(
        Failure(
            subject=evidence.subject,
            external_id=evidence.external_id,
            code=problem.code,
            message=problem.message,
            transient=problem.transient,
            collection=problem.collection,
            field=problem.field,
            version=version,
            record=evidence.record,
            next_retry=retry,
        )
    )
