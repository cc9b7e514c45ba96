"""`recordmap sync`: one poll, or a poll every so often."""

from __future__ import annotations

import gc
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recordmap.cli.monitors import Monitors
from recordmap.cli.options import (
    Interval,
    color_option,
    full_option,
    json_option,
    load_for_transfers,
    log_option,
    project_option,
)
from recordmap.cli.schedule import Schedule
from recordmap.cli.stopping import Stopping

if TYPE_CHECKING:
    from recordmap.cli.monitors import Take
    from recordmap.session import Session
    from recordmap.sync.lease import PollLease
    from recordmap.sync.observing import Observe

COLLECT = (50_000, 10, 10)
"""How many objects are made before the collector looks for rubbish among the young, the older and the old.

More than a unit of a poll has in hand: they are no rubbish, and to look through them is a tenth of the time.
"""


@click.command("sync")
@click.option(
    "--every", type=Interval(), help="Poll again and again, this long after each poll: 30s, 5m, 1h."
)
@full_option
@click.option(
    "--metrics",
    metavar="ADDRESS",
    help="Serve metrics for Prometheus, such as on 127.0.0.1:9464. Goes with --every.",
)
@click.option("--metrics-open", is_flag=True, help="Allow an address that other machines reach.")
@click.option("--traces", is_flag=True, help="Send traces of polls by OpenTelemetry (OTEL_… variables).")
@json_option
@project_option
@log_option
@color_option
def command(
    every: int | None,
    full: bool,
    metrics: str | None,
    metrics_open: bool,
    traces: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Poll the source and bring the destination up to date.

    Reads what changed since the last complete poll. A record that fails goes to the error log, and the poll goes
    on. At the end what failed before is tried again where its wait is over or the templates have changed. Ctrl-C or
    SIGTERM ends the poll after the page in hand; nothing is lost. Ends with 1 when records failed or the source could
    not be read to its end.

    With --every, one of several processes with the same store polls, and the others wait until it ends or dies; --json
    prints one line for each poll.
    """
    if metrics is not None and every is None:
        raise click.UsageError("--metrics goes with --every: one poll is over before anybody asks")
    stopping = Stopping()
    engine = load_for_transfers(project)
    monitors = Monitors(metrics, metrics_open, traces)
    with engine.session() as session, monitors.opened(session.destination) as (observe, take):
        gc.freeze()
        gc.set_threshold(*COLLECT)
        poll = partial(
            _poll_once,
            session,
            observe=observe,
            take=take,
            as_json=as_json,
            one_line=every is not None,
            stopping=stopping.event,
        )
        if every is None:
            result = poll(full=full, lease=None)
        else:
            result = Schedule(session, every, stopping.event, as_json=as_json, take=take).run(poll, full=full)
        return stopping.code or result


def _poll_once(
    session: Session,
    *,
    full: bool,
    lease: PollLease | None,
    observe: Observe,
    take: Take,
    as_json: bool,
    one_line: bool,
    stopping: threading.Event,
) -> int:
    from recordmap.cli.output import print_json
    from recordmap.cli.progress import progress
    from recordmap.cli.transfers import print_report, report_data

    with progress("Polling") as bar:
        report = session.poll(
            full=full, lease=lease, progress=bar.transferred, stop=stopping.is_set, observe=observe
        )
    take(report)
    complete = report.status == "complete"
    if as_json:
        print_json(report_data(report), one_line=one_line)
    else:
        print_report(report)
    failed = report.counts.get("failed") or any(one.result == "failed" for one in report.retried)
    return 0 if complete and not failed else 1
