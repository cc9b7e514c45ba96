"""Whether a sync does its work, told from the history of its polls.

A sync is behind by the time since its last complete poll began: whatever changed in the source until then is
transferred, or in the error log. The watermark can't tell, because it stands still while nothing changes. Records that
failed make no sync ill: they are in the error log, and that has an end of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from recordmap.connectors.destination import INTERRUPTED

if TYPE_CHECKING:
    from recordmap.connectors.destination import Destination, Run

POLL = "poll"
"""The kind of run that reads what changed."""

ENDED = ("complete", "stopped", "failed")
"""How a run that is over can have ended."""


_HOW = {"failed": "failed", INTERRUPTED: "was interrupted"}


class Verdict(StrEnum):
    """What a health check says."""

    OK = "ok"
    BEHIND = "behind"
    """The last complete poll is longer ago than allowed, or there was none."""
    FAILING = "failing"
    """The last poll did not come to its end: a system didn't do its part, on a fault of ours, or it was interrupted."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is not ok: a name that stays, and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Health:
    """A verdict with its reasons. `lag` is the time since the last complete poll began; None when there was none."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    lag: timedelta | None


def examine(destination: Destination, now: datetime, max_lag: timedelta | None = None) -> Health:
    """Return how a sync is doing at `now` (aware). Without `max_lag` it is never behind.

    Raises:
        ConnectorError: the destination is out of reach.
    """
    complete = next(iter(destination.runs(1, kind=POLL, statuses=("complete",))), None)
    # Of an interruption nothing is known any more that the poll after it doesn't know better.
    last = next(iter(destination.runs(1, kind=POLL)), None)
    if last is None or last.status != INTERRUPTED:
        last = next(iter(destination.runs(1, kind=POLL, statuses=ENDED)), None)
    lag = None if complete is None else max(now - complete.started_at, timedelta())
    reasons, verdict = [], Verdict.OK
    if max_lag is not None and (lag is None or lag > max_lag):
        verdict = Verdict.BEHIND
        reasons.append(_behind(lag, max_lag))
    if last is not None and last.status in _HOW:
        verdict = Verdict.FAILING
        reasons.insert(0, _failing(last))
    return Health(verdict, tuple(reasons), lag)


def _failing(last: Run) -> Reason:
    why = f": {last.message}" if last.message else ""
    return Reason(f"last-poll-{last.status}", f"the last poll {_HOW[last.status]}{why}")


def _behind(lag: timedelta | None, allowed: timedelta) -> Reason:
    if lag is None:
        return Reason("no-complete-poll", "no poll has come to its end yet")
    message = f"the last complete poll began {duration_text(lag)} ago; {duration_text(allowed)} are allowed"
    return Reason("too-long-ago", message)


def duration_text(length: timedelta | float) -> str:
    """Return a length of time, or seconds, as people say it, in two units at most: `3 h 12 min`, `45 s`, `0.2 s`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if 0 < seconds < 10:
        return f"{seconds:.1f} s"
    left, parts = round(seconds), []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count:,} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"
