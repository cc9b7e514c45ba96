"""What came of a run, in numbers. Memory stays flat: records are counted, the first notices are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from recordmap.sync.results import Notice, Result, Transfer

_KEPT_NOTICES = 100
_ALWAYS_COUNTED = tuple(result for result in Result if result is not Result.REFUSED)


class RunStatus(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    """Everything was read; records that failed are in the error log."""
    STOPPED = "stopped"
    """It was asked to stop, and did so between two pages."""
    FAILED = "failed"
    """A system could not be reached, or the run met a fault of ours."""


@dataclass(slots=True)
class Tally:
    """Counts transfers while a run goes on."""

    counts: Counter[str] = field(
        default_factory=lambda: Counter({str(result): 0 for result in _ALWAYS_COUNTED})
    )
    failures: Counter[str] = field(default_factory=Counter)
    children: Counter[str] = field(default_factory=Counter)
    notice_counts: Counter[str] = field(default_factory=Counter)
    notices: list[Notice] = field(default_factory=list)
    pages: int = 0

    def add(self, transfers: Sequence[Transfer]) -> None:
        """Count transfers."""
        for result, count in Counter([transfer.result for transfer in transfers]).items():
            self.counts[result.value] += count
        kin = Counter([change.action for transfer in transfers for change in transfer.children])
        for action, count in kin.items():
            self.children[action.value] += count
        for transfer in transfers:
            if transfer.result is Result.FAILED and transfer.problem:
                self.failures[transfer.problem.code] += 1
            for notice in transfer.notices:
                self.notice(notice)

    def notice(self, notice: Notice) -> None:
        """Count a notice; the first 100 are kept."""
        self.notice_counts[notice.code] += 1
        if len(self.notices) < _KEPT_NOTICES:
            self.notices.append(notice)


@dataclass(frozen=True, slots=True)
class Report:
    """One poll, told.

    `counts` maps every `Result` to how often it came, `failures` codes to failed records, `children` what was
    done with child records. `retried` are entries of the error log that were due and tried again; they count nowhere
    else. `notices` holds the first 100, `notice_counts` all of them by code.
    `source_seconds` were spent waiting for pages, `transfer_seconds` on mapping and writing. Times are aware,
    in UTC. `message` says why a run failed; `code` is that reason's slug.
    """

    run_id: int | None
    status: RunStatus
    message: str | None
    code: str | None
    started_at: datetime
    finished_at: datetime
    pages: int
    counts: Mapping[str, int]
    failures: Mapping[str, int]
    retried: tuple[Transfer, ...]
    children: Mapping[str, int]
    notices: tuple[Notice, ...]
    notice_counts: Mapping[str, int]
    source_seconds: float
    transfer_seconds: float
    watermark_before: datetime | None
    watermark_after: datetime | None

    @property
    def records(self) -> int:
        """How many source records came in, repeated ones included."""
        return sum(self.counts.values())
