"""`recordmap report`: one page that shows how a sync has been doing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from recordmap.cli.options import (
    OutputFile,
    color_option,
    days_option,
    load_for_transfers,
    log_option,
    max_lag_option,
    project_option,
)


@click.command("report")
@click.option(
    "-o",
    "--output",
    type=OutputFile(),
    help="Where the page goes. Default: stdout.",
)
@days_option(30)
@max_lag_option
@project_option
@log_option
@color_option
def command(output: Path | None, days: int, max_lag: int | None, project: Path) -> None:
    """Write one HTML page with charts: how polls ended, outcomes, errors by code, lag, duration and rate.

    The page stands alone: nothing in it comes from outside, and it runs no script. It is made of counts and times, and
    holds nothing of any record. What it leaves out it says.
    """
    from recordmap.monitoring.report import report
    from recordmap.pages.rendering import render
    from recordmap.sync.timestamps import utc_now

    allowed = None if max_lag is None else timedelta(seconds=max_lag)
    with load_for_transfers(project).session() as session:
        values = report(session.destination, session.pipeline.system, utc_now(), days, allowed)
    page = b"".join(render("report", **values))
    if output is None or str(output) == "-":
        click.echo(page, nl=False)
        return
    output.write_bytes(page)
    click.echo(f"The page is in {output}")
