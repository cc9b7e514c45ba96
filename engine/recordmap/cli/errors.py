"""`recordmap errors`: the error log of failed transfers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import color_option, json_option, load_for_transfers, project_option
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from recordmap.connectors.errorlog import ErrorEntry


class _ListsByDefault(click.Group):
    """A group that lists when nothing else is asked for: `errors --json` is `errors list --json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before options that are not the group's own."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("errors", cls=_ListsByDefault)
def command() -> None:
    """List, show, retry or dismiss failed transfers; without a word, and with the options of `list`, list them."""


@command.command("list")
@click.option("--all", "every", is_flag=True, help="Resolved and dismissed ones too.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@json_option
@project_option
@color_option
def list_entries(every: bool, limit: int, as_json: bool, project: Path) -> None:
    """List failed transfers, newest first."""
    from recordmap.cli.output import print_json, print_table
    from recordmap.cli.transfers import time_text
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
            entry.failure.message,
            entry.attempts,
            time_text(entry.last_at),
            time_text(entry.failure.next_retry) or "after a change",
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
@click.argument("number", type=int)
@click.option("--show-values", is_flag=True, help="Show the source record, which holds personal data.")
@json_option
@project_option
@color_option
def show_entry(number: int, show_values: bool, as_json: bool, project: Path) -> None:
    """Show one failed transfer."""
    from recordmap.cli.output import print_json, print_table

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
    print_table(
        ("", ""), [(key.replace("_", " "), value) for key, value in data.items() if value is not None]
    )
    if record is not None:
        click.echo("source record:")
        print_json(record)
    else:
        click.echo("The source record is kept; --show-values shows it.")


@command.command("retry")
@click.argument("number", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="All open ones.")
@json_option
@project_option
@color_option
def retry_entries(number: int | None, every: bool, as_json: bool, project: Path) -> int:
    """Try again: the record as it is now, through the templates as they are now."""
    from recordmap.cli.output import print_json
    from recordmap.cli.transfers import print_transfer, transfer_data

    if (number is None) == (not every):
        raise click.UsageError("name the number of one error, or --all")
    with load_for_transfers(project).session() as session:
        report = session.retry(number)
    if as_json:
        retried = [
            {"error": entry_data(one.entry), "transfer": transfer_data(one.transfer)}
            for one in report.retried
        ]
        print_json({"format_version": "1.0", "status": report.status.value, "retried": retried})
    else:
        for one in report.retried:
            click.echo(f"error {one.entry.id}, was: {one.entry.failure.message} [{one.entry.failure.code}]")
            print_transfer(one.transfer)
        if not report.retried:
            click.echo("nothing to retry")
        if report.message:
            click.echo(report.message, err=True)
    failed = any(one.transfer.result == "failed" for one in report.retried)
    return 1 if failed or report.status != "complete" else 0


@command.command("dismiss")
@click.argument("number", type=int)
@json_option
@project_option
@color_option
def dismiss_entry(number: int, as_json: bool, project: Path) -> None:
    """Close an error that nobody needs to look at any more. The next failure of the record opens a new one."""
    from recordmap.cli.output import print_json

    with load_for_transfers(project).session() as session:
        if not session.destination.dismiss(number):
            raise ConfigurationError(f"there is no open error number {number}", "recordmap errors lists them")
    if as_json:
        print_json({"format_version": "1.0", "dismissed": number})
    else:
        click.echo(f"error {number} dismissed")


def entry_data(entry: ErrorEntry) -> dict[str, Any]:
    """Return an error entry as data, without the record."""
    from recordmap.cli.transfers import time_text

    failure = entry.failure
    return {
        "number": entry.id,
        "status": entry.status.value,
        "source_id": failure.external_id,
        "code": failure.code,
        "message": failure.message,
        "collection": failure.collection,
        "field": failure.field,
        "attempts": entry.attempts,
        "first": time_text(entry.first_at),
        "last": time_text(entry.last_at),
        "next_retry": time_text(failure.next_retry),
        "template_version": failure.version,
    }
