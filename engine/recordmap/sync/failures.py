"""Error entries: what the error log keeps of a transfer that failed, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from recordmap.connectors.destination import Unit
from recordmap.connectors.errorlog import Failure

if TYPE_CHECKING:
    from recordmap.runtime.outcome import Record
    from recordmap.sync.pipeline import Pipeline
    from recordmap.sync.results import Problem


class WaitsFor(StrEnum):
    """What has to come before an open entry is tried again by itself."""

    TIME = "time"
    """The time of its next try."""
    CHANGE = "change"
    """Another version of the record or of the templates."""
    PERSON = "person"
    """Nothing: it was tried often enough, and a person has to see to it."""

    @classmethod
    def of(cls, failure: Failure) -> WaitsFor:
        """Return what a failure waits for."""
        if failure.next_retry is not None:
            return cls.TIME
        return cls.PERSON if failure.transient else cls.CHANGE


@dataclass(frozen=True, slots=True)
class Evidence:
    """The source record that failed: its subject, and its external ID and content where they are known."""

    subject: str
    external_id: str | None
    record: Record | str | None


def log_failure(unit: Unit, pipeline: Pipeline, now: datetime, problem: Problem, evidence: Evidence) -> None:
    """Log a failed transfer. What can pass by itself gets a time for the next try; `now` is the run's time."""
    retry = None
    if problem.transient:
        entry = unit.open_errors([evidence.subject]).get(evidence.subject)
        retry = pipeline.errors.next_retry(now, entry.attempts + 1 if entry else 1)
    unit.log_failure(
        Failure(
            subject=evidence.subject,
            external_id=evidence.external_id,
            code=problem.code,
            message=problem.message,
            transient=problem.transient,
            collection=problem.collection,
            field=problem.field,
            version=pipeline.version,
            record=evidence.record,
            next_retry=retry,
        )
    )
