"""The report on a sync, as values for its page: runs, outcomes over time, errors by code, lag, duration and rate.

What is read is the history of runs and counts of the error log: no record, no source ID, and no message of an error.
What is left out, because it is too old or too much, is said.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from recordmap.connectors.destination import INTERRUPTED, RUNNING
from recordmap.connectors.errorlog import ErrorStatus
from recordmap.diagnostics.render import counted
from recordmap.monitoring.charts import Series, bars, columns
from recordmap.monitoring.figures import Figures, figures, records_of, seconds_of
from recordmap.monitoring.health import POLL, duration_text, examine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recordmap.connectors.destination import Destination, Run

MOST_RUNS = 20_000
"""Runs that are read at most: a poll every two minutes for four weeks."""

MOST_CODES = 20
LISTED_RUNS = 25

_WRITTEN = ("added", "updated", "linked", "failed")
_NOT_WRITTEN = ("unchanged", "skipped", "stale")
_ENDINGS = ("complete", "stopped", "failed", INTERRUPTED, RUNNING)


def report(
    destination: Destination, integration: str, now: datetime, days: int, max_lag: timedelta | None = None
) -> dict[str, Any]:
    """Return the values of a report's page: what was within so many days before `now` (aware).

    Raises:
        ConnectorError: the destination is out of reach.
    """
    since = now - timedelta(days=days)
    read = destination.runs(MOST_RUNS + 1)
    runs = [run for run in read[:MOST_RUNS] if run.started_at >= since]
    told = figures(runs)
    health = examine(destination, now, max_lag)
    watermark = destination.watermark()
    errors, fewer = _errors(destination.errors_by_code())
    left_out = []
    if len(runs) < min(len(read), MOST_RUNS):
        left_out.append(f"Runs that began before {_time(since)} are left out; --days shows more.")
    elif len(read) > MOST_RUNS:
        left_out.append(f"Only the latest {MOST_RUNS:,} runs are shown: there are older ones in these days.")
    if len(runs) > LISTED_RUNS:
        left_out.append(f"The list of runs shows the latest {LISTED_RUNS} of {len(runs):,}.")
    if fewer:
        left_out.append(f"The chart of errors leaves out {counted(fewer, 'rarer code')}.")
    lag = "no poll has come to its end yet" if health.lag is None else f"{duration_text(health.lag)} ago"
    return {
        "integration": integration,
        "made_at": _time(now),
        "since": _time(since),
        "verdict": health.verdict.value,
        "reasons": [reason.message for reason in health.reasons],
        "facts": [
            ("Last complete poll began", lag),
            ("Latest change seen (watermark)", _time(watermark) if watermark else "none yet"),
            ("Polls in this report", f"{told.total('ended').total():,}"),
            ("Other runs in this report", f"{sum(run.kind != POLL for run in runs):,}"),
            *((name.replace("_", " ").capitalize(), f"{n:,}") for name, n in destination.counts().items()),
        ],
        "charts": _charts(told),
        "errors": errors,
        "runs": [_run(run) for run in runs[:LISTED_RUNS]],
        "left_out": left_out,
    }


def _charts(told: Figures) -> list[dict[str, Any]]:
    stretches = told.stretches
    if not stretches:
        return []
    whole_days = told.step >= timedelta(days=1)
    form = "%Y-%m-%d" if whole_days else "%m-%d %H:%M"
    labels = [stretch.begin.strftime(form) for stretch in stretches]
    each = f"each column is {duration_text(told.step)}"

    def stacked(of: str, names: Sequence[str]) -> list[Series]:
        return [Series(name, name, [getattr(one, of)[name] for one in stretches]) for name in names]

    def single(of: str, style: str) -> list[Series]:
        return [Series(of, style, [getattr(one, of) for one in stretches])]

    written = "Records that polls wrote, linked, or put into the error log"
    seen = "Records that came, and that nothing was to be done for"
    lag = "The longest that a change had to wait until a poll that came to its end had seen it"
    return [
        columns("Polls", f"How they ended; {each}", labels, stacked("ended", _ENDINGS), _count),
        columns("Outcomes", f"{written}; {each}", labels, stacked("outcomes", _WRITTEN), _count),
        columns("Nothing to do", f"{seen}; {each}", labels, stacked("outcomes", _NOT_WRITTEN), _count),
        columns("Lag", f"{lag}; {each}", labels, single("lag", "plain"), duration_text, times=True),
        columns(
            "Duration",
            f"The longest poll; {each}",
            labels,
            single("longest", "plain"),
            duration_text,
            times=True,
        ),
        columns(
            "Rate",
            f"Records a second, over polls that read any; {each}",
            labels,
            single("rate", "plain"),
            lambda value: f"{value:,.1f}/s" if 0 < value < 10 else f"{value:,.0f}/s",
        ),
    ]


def _errors(by_code: Mapping[tuple[str, ErrorStatus], int]) -> tuple[dict[str, Any], int]:
    """Return the chart of errors by code, the most first, and how many codes it leaves out."""
    totals: dict[str, int] = {}
    for (code, _), count in by_code.items():
        totals[code] = totals.get(code, 0) + count
    codes = sorted(totals, key=lambda code: (-totals[code], code))
    styles = {ErrorStatus.OPEN: "failed", ErrorStatus.RESOLVED: "added", ErrorStatus.DISMISSED: "unchanged"}
    chart = bars(
        "Errors by code",
        {
            code: [
                Series(status.value, style, [by_code.get((code, status), 0)])
                for status, style in styles.items()
            ]
            for code in codes[:MOST_CODES]
        },
    )
    legend = [{"name": status.value, "style": style} for status, style in styles.items()]
    return {**chart, "legend": legend}, len(codes[MOST_CODES:])


def _run(run: Run) -> dict[str, Any]:
    seconds = seconds_of(run)
    return {
        "kind": run.kind,
        "started": _time(run.started_at),
        "status": run.status,
        "took": "" if seconds is None else duration_text(seconds),
        # They are noted at the end.
        "records": f"{records_of(run):,}" if run.counts else "",
        "failed": f"{run.counts.get('failed', 0):,}" if run.counts else "",
        # Only of polls: what a Manual Sync says may tell of its record.
        "message": (run.message or "") if run.kind == POLL else "",
    }


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S UTC")
