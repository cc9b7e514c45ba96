"""`recordmap errors`: the error log of failed transfers."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.entries import entry_data, next_try
from recordmap.cli.options import (
    Number,
    color_option,
    json_option,
    limit_option,
    load_for_transfers,
    log_option,
    project_option,
)
from recordmap.diagnostics import ConfigurationError


class _ListsByDefault(click.Group):
    """A group that lists when nothing else is asked for: `errors --json` is `errors list --json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before options that are not the group's own."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("errors", cls=_ListsByDefault)
def command() -> None:
    """List, show, retry, dismiss or prune failed transfers; without a word, and with options of `list`, list them."""


@command.command("list")
@click.option("--all", "every", is_flag=True, help="All errors, also resolved and dismissed ones.")
@limit_option("errors", 100)
@json_option
@project_option
@log_option
@color_option
def list_entries(every: bool, limit: int, as_json: bool, project: Path) -> None:
    """List failed transfers, newest first."""
    from recordmap.cli.output import print_json, print_table
    from recordmap.cli.transfers import reason_text, time_text
    from recordmap.connectors.errorlog import ErrorStatus

    with load_for_transfers(project).session() as session:
        entries = session.destination.errors(None if every else ErrorStatus.OPEN, limit)
    if as_json:
        print_json({"format_version": "1.0", "errors": [entry_data(entry) for entry in entries]})
        return
    if not entries:
        click.echo("no failed transfers")
        return
    rows = [
        (
            entry.id,
            entry.failure.external_id or entry.failure.subject,
            entry.failure.code,
            reason_text(entry.failure.field, entry.failure.message),
            entry.attempts,
            time_text(entry.last_at),
            next_try(entry),
            *((entry.status.value,) if every else ()),
        )
        for entry in entries
    ]
    columns = (
        "number",
        "source ID",
        "code",
        "reason",
        "tries",
        "last",
        "next try",
        *(("status",) if every else ()),
    )
    print_table(columns, rows)


@command.command("show")
@click.argument("number", type=Number())
@click.option("--show-values", is_flag=True, help="Show the source record, which holds personal data.")
@json_option
@project_option
@log_option
@color_option
def show_entry(number: int, show_values: bool, as_json: bool, project: Path) -> None:
    """Show one failed transfer."""
    from recordmap.cli.output import in_words, print_json, print_table

    with load_for_transfers(project).session() as session:
        entry = session.destination.error(number)
    if entry is None:
        raise ConfigurationError(f"there is no error number {number}", "recordmap errors lists them")
    data = entry_data(entry)
    if show_values:
        data["record"] = entry.failure.record
    if as_json:
        print_json({"format_version": "1.0", "error": data})
        return
    record = data.pop("record", None)
    print_table(("", ""), [(in_words(key), value) for key, value in data.items() if value is not None])
    if record is not None:
        click.echo("source record:")
        print_json(record)
    elif entry.failure.record is None:
        click.echo("There is no source record: it was never read, or it is forgotten.")
    else:
        click.echo("The source record is kept; --show-values shows it.")


@command.command("retry")
@click.argument("number", type=Number(), required=False)
@click.option("--all", "every", is_flag=True, help="All open errors.")
@json_option
@project_option
@log_option
@color_option
def retry_entries(number: int | None, every: bool, as_json: bool, project: Path) -> int:
    """Try again: the record as it is now, through the templates as they are now.

    Shows the old result and the new one, field by field, and so the values of the record. With --all and --json the
    first 1,000 are shown.
    """
    from recordmap.cli.output import print_json
    from recordmap.cli.retrying import print_retried, retried_data

    if (number is None) == (not every):
        raise click.UsageError("name the number of one error, or --all")
    with load_for_transfers(project).session() as session:
        report = session.retry(number, tell=None if as_json else print_retried)
    if as_json:
        retried = [retried_data(one) for one in report.retried]
        counts = dict(report.counts)
        status, message = report.status.value, report.message
        print_json(
            {
                "format_version": "1.0",
                "status": status,
                "message": message,
                "counts": counts,
                "retried": retried,
            }
        )
    else:
        if not report.retried:
            click.echo("nothing to retry")
        if report.message:
            click.echo(report.message, err=True)
    return 1 if report.counts.get("failed") or report.status != "complete" else 0


@command.command("dismiss")
@click.argument("number", type=Number())
@json_option
@project_option
@log_option
@color_option
def dismiss_entry(number: int, as_json: bool, project: Path) -> None:
    """Close an error that nobody needs to look at any more.

    The next failure of the record opens a new one. The source record of the closed one is kept for as long as the
    integration file says.
    """
    from recordmap.cli.output import print_json

    with load_for_transfers(project).session() as session:
        if not session.destination.dismiss(number):
            raise ConfigurationError(f"there is no open error number {number}", "recordmap errors lists them")
    if as_json:
        print_json({"format_version": "1.0", "dismissed": number})
    else:
        click.echo(f"error {number} dismissed")


@command.command("prune")
@json_option
@project_option
@log_option
@color_option
def prune_entries(as_json: bool, project: Path) -> None:
    """Forget the source records of errors that were resolved or dismissed long ago.

    How long they are kept stands in the integration file (keep_records_days); every sync forgets some, too. Open errors
    keep their records.
    """
    from recordmap.cli.output import print_json
    from recordmap.diagnostics.render import counted

    with load_for_transfers(project).session() as session:
        pruned, days = session.prune_errors(), session.pipeline.errors.kept.days
    if as_json:
        print_json({"format_version": "1.0", "pruned": pruned, "keep_records_days": days})
        return
    click.echo(
        f"{counted(pruned, 'source record')} forgotten, of errors settled more than {counted(days, 'day')} ago"
    )
