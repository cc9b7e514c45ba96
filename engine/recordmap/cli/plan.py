"""`recordmap plan`: what the next sync would do."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from recordmap.cli.options import (
    OutputFile,
    color_option,
    full_option,
    json_option,
    load_for_transfers,
    log_option,
    project_option,
)
from recordmap.replacing import in_place_of

if TYPE_CHECKING:
    from recordmap.cli.planview import PlanView
    from recordmap.sync.planlines import PlanSummary

CHANGES = 4
"""How --detailed-exitcode ends when something would be written, and nothing would fail."""

_PAGE_ROWS = 1000
_File = OutputFile()


@click.command("plan")
@click.option(
    "-o",
    "--output",
    type=_File,
    help="Where the plan goes, for recordmap apply. Default: it is only shown.",
)
@click.option("--html", type=_File, help="Write a page to hand around.")
@click.option(
    "--show", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Show a plan that was saved."
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    metavar="N",
    help="Show at most so many records of each outcome. Default: 5, and 1,000 on a page.",
)
@full_option
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help=f"End with {CHANGES} when there is something to write, 0 when not.",
)
@json_option
@project_option
@log_option
@color_option
def command(
    output: Path | None,
    html: Path | None,
    show: Path | None,
    limit: int | None,
    full: bool,
    detailed_exitcode: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Show what the next sync would do, record by record, and write nothing.

    \b
    recordmap plan                         look at it
    recordmap plan --output next.plan      keep it; recordmap apply next.plan does it
    recordmap plan --html next.html        one page for others
    recordmap plan --show next.plan        look at it again

    The source is read as a sync reads it, and every record is matched and mapped by the sync's own code over the
    records as they are now; nobody is kept from writing meanwhile.

    A plan holds personal data: source records, and values before and after. Files are made for your eyes only (mode
    0600). --json prints the plan as it is saved, one JSON object a line.

    Ends with 1 when records would fail or the source could not be read to its end.
    """  # noqa: D301 - the backspace is click's sign that lines stay as they are
    from recordmap.cli.planview import PlanView
    from recordmap.sync.planfile import PlanFile

    if show is not None and (output or full):
        raise click.UsageError("--show looks at a plan that was made before; --output and --full make one")
    kept = output or show
    if kept is not None and html is not None and html.resolve() == kept.resolve():
        raise click.UsageError(f"the page would take the place of the plan in {kept}; name another file")
    with ExitStack() as stack:
        if output is not None:
            # It is kept before anything is printed: whoever reads that may stop reading.
            with in_place_of(output) as made:
                _make(project, made, full=full)
        if kept is not None:
            file: IO[bytes] = stack.enter_context(kept.open("rb"))
        else:
            file = stack.enter_context(tempfile.TemporaryFile())
            _make(project, file, full=full)
        plan = PlanFile(file)
        if html is not None:
            from recordmap.pages.rendering import render

            with in_place_of(html) as page:
                view = PlanView(plan, _PAGE_ROWS if limit is None else limit)
                page.writelines(render("plan", **view.values()))
        if as_json:
            _print_lines(file)
        else:
            _print(PlanView(plan, 5 if limit is None else limit))
            _print_end(kept, html)
        return _code(plan.summary, detailed=detailed_exitcode)


def _make(project: Path, file: IO[bytes], *, full: bool) -> None:
    from recordmap.cli.progress import progress

    with load_for_transfers(project).session() as session, progress("Planning") as bar:
        session.plan(file, full=full, progress=bar.transferred)


def _print_lines(file: IO[bytes]) -> None:
    file.seek(0)
    for line in file:
        click.echo(line, nl=False)


def _print(view: PlanView) -> None:
    from recordmap.cli.output import print_table, tell

    values = view.values()
    tell(f"What the next sync of {values['integration']} would do")
    click.echo(f"{values['told']}\n")
    if values["counts"]:
        print_table(
            ("outcome", "records", ""),
            [(row["title"], f"{row['count']:,}", row["meaning"]) for row in values["counts"]],
        )
    else:
        click.echo("Nothing has changed.")
    for section in values["sections"]:
        click.echo(f"\n{section['title']}: {section['count']:,}")
        for record in section["records"]:
            tell(f"  {record['id']}  {record['told']}")
            width = max((len(change["name"]) for change in record["changes"]), default=0)
            for change in record["changes"]:
                old = f"{change['old']} → " if change["old"] else ""
                tell(f"      {change['name']:<{width}}  {old}{change['new']}")
        if section["more"]:
            click.echo(f"  and {section['more']:,} more")
    for one in values["lists"]:
        click.echo(f"\n{one['title']}")
        print_table(("", ""), [(f"  {name}", f"{count:,}") for name, count in one["rows"]])
    click.echo()
    if view.retries:
        click.echo(view.retries)
    if view.trouble:
        click.echo(view.trouble, err=True)


def _print_end(kept: Path | None, html: Path | None) -> None:
    from recordmap.diagnostics.advised import command as advised

    if html is not None:
        click.echo(f"The page is in {html}")
    if kept is None:
        click.echo("--output FILE keeps this plan, and recordmap apply FILE does it")
    else:
        click.echo(f"{advised('apply', kept)} does this")


def _code(summary: PlanSummary, *, detailed: bool) -> int:
    if summary.status != "complete" or summary.counts.get("failed"):
        return 1
    return CHANGES if detailed and summary.changes else 0
