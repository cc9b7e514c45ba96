"""`recordmap status`: how far the sync has come, and whether it does its work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from recordmap.cli.options import (
    color_option,
    json_option,
    limit_option,
    load_for_transfers,
    log_option,
    max_lag_option,
    project_option,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from recordmap.connectors.destination import Run
    from recordmap.connectors.errorlog import Backlog
    from recordmap.engine import Engine
    from recordmap.monitoring.health import Health

_WAITS = {
    "time": "the time of their next try",
    "change": "a change of record or template",
    "person": "a person (recordmap errors)",
}


@click.command("status")
@max_lag_option
@limit_option("of the last runs", 5, least=0)
@json_option
@project_option
@log_option
@color_option
def command(max_lag: int | None, limit: int, as_json: bool, project: Path) -> int:
    """Show whether the sync does its work, the last runs, the watermark, and counts.

    The verdict is ok, behind (with --max-lag: no poll that came to its end began recently enough) or failing (the last
    poll that ended had failed, or the last one was interrupted). Ends with 1 unless it is ok, so that a health check
    can run it. Records that failed are no reason: the error log has them. With --json a store that is out of reach is
    told as failing, too.

    A run is interrupted when its end was not noted and it showed no sign of life for five minutes, as when its process
    was killed. What it had written stays, and the next poll reads the rest. A poll that waits for its source shows
    that it does.
    """
    from recordmap.cli.output import in_words, print_json, print_table
    from recordmap.cli.transfers import time_text
    from recordmap.connectors.base import ConnectorError
    from recordmap.monitoring.health import Health, Reason, Verdict
    from recordmap.sync.timestamps import utc_now

    now = utc_now()
    engine = load_for_transfers(project)
    try:
        seen = _look(engine, now, max_lag, limit)
    except ConnectorError as error:
        if not as_json:
            raise
        health = Health(Verdict.FAILING, (Reason(error.code, error.message),), None)
        seen = _Seen(health, None, {}, None, ())
    code = 0 if seen.health.verdict is Verdict.OK else 1
    if as_json:
        print_json(
            {
                "format_version": "1.2",
                "verdict": seen.health.verdict.value,
                "healthy": code == 0,
                "reasons": [{"code": one.code, "message": one.message} for one in seen.health.reasons],
                "checked_at": time_text(now),
                "lag_seconds": None if seen.health.lag is None else round(seen.health.lag.total_seconds(), 3),
                "max_lag_seconds": max_lag,
                "watermark": time_text(seen.watermark),
                "counts": dict(seen.counts),
                "open_errors_wait_for": seen.backlog and seen.backlog._asdict(),
                "runs": [_data(run) for run in seen.runs],
            }
        )
        return code
    why = "; ".join(one.message for one in seen.health.reasons)
    click.echo(f"{seen.health.verdict.value}: {why}" if why else seen.health.verdict.value)
    print_table(("", ""), [(in_words(name), f"{count:,}") for name, count in seen.counts.items()])
    backlog = seen.backlog._asdict() if seen.backlog else {}
    waiting = [f"{count:,} for {_WAITS[what]}" for what, count in backlog.items() if count]
    if waiting:
        click.echo(f"Open errors wait: {', '.join(waiting)}")
    click.echo(f"Read up to {time_text(seen.watermark) or 'nothing yet: recordmap sync starts'}\n")
    if seen.runs:
        print_table(("run", "started", "ended", "records", ""), map(_row, seen.runs))
    return code


class _Seen(NamedTuple):
    """What a look into the store shows. A store out of reach shows no `backlog`, and nothing else either."""

    health: Health
    watermark: datetime | None
    counts: Mapping[str, int]
    backlog: Backlog | None
    runs: Sequence[Run]


def _look(engine: Engine, now: datetime, max_lag: int | None, shown: int) -> _Seen:
    from recordmap.monitoring.health import examine

    with engine.session() as session:
        destination = session.destination
        return _Seen(
            examine(destination, now, None if max_lag is None else timedelta(seconds=max_lag)),
            destination.watermark(),
            destination.counts(),
            destination.backlog(),
            destination.runs(shown) if shown else (),
        )


def _data(run: Run) -> dict[str, Any]:
    from recordmap.cli.transfers import time_text

    return {
        "kind": run.kind,
        "status": run.status,
        "started_at": time_text(run.started_at),
        "finished_at": time_text(run.finished_at),
        "counts": dict(run.counts),
        "message": run.message,
    }


def _row(run: Run) -> tuple[object, ...]:
    from recordmap.cli.output import in_words
    from recordmap.cli.transfers import time_text

    counts = ", ".join(f"{count:,} {in_words(name)}" for name, count in run.counts.items() if count)
    return run.kind, time_text(run.started_at), run.status, counts, run.message
