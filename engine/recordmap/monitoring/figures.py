"""What the history of runs comes to: polls by time, each stretch of time with its outcomes, lag, duration and rate.

Only numbers, times and codes are taken. What a poll waited for, a *lag*, is the time from the beginning of the complete
poll before it to its own end: the longest that a change had to wait until it was seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from recordmap.monitoring.health import POLL
from recordmap.sync.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recordmap.connectors.destination import Run

MOST_STRETCHES = 48
"""Columns that a chart has at most."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEPS = (
    *(_MINUTE * count for count in (1, 5, 15, 30)),
    *(_HOUR * count for count in (1, 3, 6, 12)),
    *(_DAY * count for count in (1, 7, 28, 364)),
)
_RECORDS = tuple(result.value for result in Result)


@dataclass(slots=True)
class Stretch:
    """The polls that began within a stretch of time.

    `outcomes` counts records by outcome and `ended` polls by how they ended. `lag` and `longest` are the largest lag
    and duration of its polls in seconds, None where no poll has any. `records` were read within `seconds`.
    """

    begin: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    lag: float | None = None
    longest: float | None = None
    records: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float | None:
        """Records a second, over the polls that read any."""
        return self.records / self.seconds if self.records and self.seconds else None


@dataclass(frozen=True, slots=True)
class Figures:
    """Polls by time, the oldest stretch first; each is `step` long."""

    step: timedelta
    stretches: tuple[Stretch, ...]

    def total(self, of: str) -> Counter[str]:
        """Return the sum of all `outcomes` or `ended`."""
        return sum((getattr(stretch, of) for stretch in self.stretches), Counter())


def figures(runs: Iterable[Run]) -> Figures:
    """Return the figures of the polls among these runs, in any order."""
    polls = sorted((run for run in runs if run.kind == POLL), key=lambda run: (run.started_at, run.id))
    if not polls:
        return Figures(timedelta(minutes=1), ())
    first, last = polls[0].started_at.timestamp(), polls[-1].started_at.timestamp()
    step = next((one for one in _STEPS if last // one - first // one < MOST_STRETCHES), _STEPS[-1])
    origin = int(first // step)
    stretches = [
        Stretch(datetime.fromtimestamp(number * step, UTC)) for number in range(origin, int(last // step) + 1)
    ]

    def stretch_of(run: Run) -> Stretch:
        return stretches[int(run.started_at.timestamp() // step) - origin]

    for run in polls:
        _count(stretch_of(run), run)
    for lag, run in _lags(polls):
        stretch = stretch_of(run)
        stretch.lag = max(lag, stretch.lag or 0.0)
    return Figures(timedelta(seconds=step), tuple(stretches))


def seconds_of(run: Run) -> float | None:
    """Return how long a run took; None while it goes on, and of one that was interrupted.

    A clock that was set back makes nothing negative.
    """
    return None if run.finished_at is None else max((run.finished_at - run.started_at).total_seconds(), 0.0)


def records_of(run: Run) -> int:
    """Return how many records a run brought; entries of the error log that it tried again are not among them."""
    return sum(run.counts.get(name, 0) for name in _RECORDS)


def _count(stretch: Stretch, run: Run) -> None:
    stretch.ended[run.status] += 1
    stretch.outcomes.update({name: count for name, count in run.counts.items() if name in _RECORDS})
    seconds, records = seconds_of(run), records_of(run)
    if seconds is None:
        return
    stretch.longest = max(seconds, stretch.longest or 0.0)
    if records:
        stretch.records += records
        stretch.seconds += seconds


def _lags(polls: Sequence[Run]) -> Iterable[tuple[float, Run]]:
    complete = [run for run in polls if run.status == "complete"]
    for before, run in pairwise(complete):
        if run.finished_at is not None:
            yield max((run.finished_at - before.started_at).total_seconds(), 0.0), run
