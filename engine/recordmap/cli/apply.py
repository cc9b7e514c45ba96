"""`recordmap apply`: do what a plan says."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from recordmap.cli.options import color_option, json_option, load_for_transfers, log_option, project_option
from recordmap.cli.stopping import Stopping

if TYPE_CHECKING:
    from recordmap.sync.planfile import PlanFile
    from recordmap.sync.report import Report
    from recordmap.sync.results import Transfer

_TOLD = 1000
"""Refused records that are told one by one."""


@click.command("apply")
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@json_option
@project_option
@log_option
@color_option
def command(plan: Path, as_json: bool, project: Path) -> int:
    """Do exactly what a plan says: PLAN is a file of recordmap plan --output, or - for standard input.

    Each record of the plan is matched and mapped again. Where something else would come of it than the plan says, as
    when somebody changed the customer meanwhile, the record is refused: nothing of it is written, and the next sync
    reads it again, unless the source has been read since the plan was made. A plan for another integration or store, or
    for templates that changed since, is refused as a whole.

    A plan may be applied again after it was broken off: what is done stays as it is. The source is not asked, so failed
    transfers that are due are not tried again: recordmap sync does that.

    Ends with 1 when records failed or were refused.
    """
    from recordmap.cli.output import print_json, tell
    from recordmap.cli.progress import progress
    from recordmap.cli.transfers import print_report, report_data
    from recordmap.sync.planfile import PlanFile

    stopping = Stopping()
    refused: list[Transfer] = []

    def told(transfer: Transfer) -> None:
        if transfer.result == "refused" and len(refused) < _TOLD:
            refused.append(transfer)

    with _opened(plan) as file:
        planned = PlanFile(file)
        with load_for_transfers(project).session() as session, progress("Applying") as bar:
            report = session.apply(planned, progress=bar.transferred, stop=stopping.event.is_set, told=told)
    if as_json:
        told_refused = [{"id": one.subject, "message": _why(one)} for one in refused]
        print_json(report_data(report) | {"refused": told_refused})
    else:
        print_report(report, "The plan was not carried out to its end")
        for one in refused:
            tell(f"  refused: {one.subject}: {_why(one)}")
        if refused:
            click.echo(_next_step(planned, report))
    done = report.status == "complete" and not report.counts.get("failed") and not refused
    return stopping.code or (0 if done else 1)


def _next_step(plan: PlanFile, report: Report) -> str:
    """Say who decides about refused records, and when."""
    if plan.header.full:
        return "A sync or a plan with --full reads what was refused, and decides anew."
    if report.watermark_before == plan.header.watermark:
        return "The next sync, or the next plan, reads what was refused, and decides anew."
    return (
        "The source has been read since this plan was made: the next sync reads what was refused only if it changed"
        " after that.\n"
        "recordmap sync-one ID transfers one of these records all the same."
    )


def _why(transfer: Transfer) -> str:
    return transfer.problem.message if transfer.problem else ""


@contextmanager
def _opened(plan: Path) -> Iterator[IO[bytes]]:
    """Open a plan so that it can be read more than once."""
    if str(plan) != "-":
        with plan.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as copied:
        shutil.copyfileobj(sys.stdin.buffer, copied)
        yield copied
