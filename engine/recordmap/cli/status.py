"""`recordmap status`: how far the sync has come."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.options import color_option, json_option, load_for_transfers, log_option, project_option

_WAITS = {
    "time": "the time of their next try",
    "change": "a change of record or template",
    "person": "a person (recordmap errors)",
}


@click.command("status")
@json_option
@project_option
@log_option
@color_option
def command(as_json: bool, project: Path) -> int:
    """Show the last polls, the watermark, and counts. Ends with 1 when the last run failed."""
    from recordmap.cli.output import print_json, print_table
    from recordmap.cli.transfers import time_text

    with load_for_transfers(project).session() as session:
        destination = session.destination
        watermark, runs, counts = destination.watermark(), destination.runs(5), destination.counts()
        backlog = destination.backlog()
    healthy = not runs or runs[0].status in ("complete", "running")
    if as_json:
        print_json(
            {
                "format_version": "1.0",
                "healthy": healthy,
                "watermark": time_text(watermark),
                "counts": dict(counts),
                "open_errors_wait_for": backlog._asdict(),
                "runs": [
                    {
                        "kind": run.kind,
                        "status": run.status,
                        "started_at": time_text(run.started_at),
                        "finished_at": time_text(run.finished_at),
                        "counts": dict(run.counts),
                        "message": run.message,
                    }
                    for run in runs
                ],
            }
        )
        return 0 if healthy else 1
    print_table(("", ""), [(name.replace("_", " "), f"{count:,}") for name, count in counts.items()])
    waiting = [f"{count:,} for {_WAITS[what]}" for what, count in backlog._asdict().items() if count]
    if waiting:
        click.echo(f"Open errors wait: {', '.join(waiting)}")
    click.echo(f"Read up to {time_text(watermark) or 'nothing yet: recordmap sync starts'}\n")
    rows = [
        (
            run.kind,
            time_text(run.started_at),
            run.status,
            ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in run.counts.items() if count),
            run.message,
        )
        for run in runs
    ]
    if rows:
        print_table(("run", "started", "ended", "records", ""), rows)
    return 0 if healthy else 1
