"""`recordmap forget`: delete what the store holds of one person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recordmap.cli.options import (
    color_option,
    dry_run_option,
    json_option,
    load_for_transfers,
    log_option,
    project_option,
)
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from recordmap.connectors.persons import Forgetting, Holdings

_MEANING = {
    "records": "customers, or what else the records are",
    "children": "child records, such as addresses",
    "record_keys": "keys by which records are found",
    "links": "links between source records and records",
    "previous_records": "source records as last synced",
    "journal": "entries of the journal, with values before and after",
    "partings": "source records that must not be linked to a record again",
    "errors": "entries of the error log, with the source records in them",
}
_ANEW = (
    "The source still has them: with their next change there, the next full sync, or a plan that was made before, they "
    "are added anew. Delete them in the source, or use --keep-out."
)


@click.command("forget")
@click.argument("who", metavar="ID|EMAIL")
@dry_run_option("deleted")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option(
    "--keep-out", is_flag=True, help="Skip their source records from now on; only a hash of each ID is kept."
)
@click.option("--let-in", is_flag=True, help="Delete nothing; take the source record of this ID in again.")
@json_option
@project_option
@log_option
@color_option
def command(
    who: str, dry_run: bool, yes: bool, keep_out: bool, let_in: bool, as_json: bool, project: Path
) -> int:
    """Delete all that the store holds of one person.

    The person is named by an ID in the source system, or by an email address. Their customer goes with addresses, keys
    and links, and so do their entries in the error log. It can't be undone. An SQLite file is written anew, so that
    nothing is left in it; this takes a while when it is large.
    """
    from recordmap.cli.output import print_json
    from recordmap.connectors.persons import Forgetting

    if let_in and (keep_out or dry_run):
        raise click.UsageError("--let-in deletes nothing and goes with no other option but --json")
    if as_json and not (yes or dry_run or let_in):
        raise click.UsageError("--json asks nothing: add --yes, or --dry-run")
    with load_for_transfers(project).session() as session:
        destination = session.destination
        if not isinstance(destination, Forgetting):
            raise ConfigurationError(
                "this destination can't forget a person", "the store can; ask its operator"
            )
        if let_in:
            return _let_in(destination, who, as_json=as_json)
        found = destination.holdings(who)
        if not as_json:
            _show(found, keep_out=keep_out)
        wanted = bool(found.counts) or keep_out
        if wanted and not dry_run and not yes and not click.confirm("Delete this for good?"):
            click.echo("nothing was deleted")
            return 0
        if not dry_run:
            found = destination.forget(who, keep_out=keep_out)
        scrubbed = not dry_run and _scrubbed(destination)
        if as_json:
            print_json(
                {
                    "format_version": "1.0",
                    "dry_run": dry_run,
                    "counts": dict(found.counts),
                    "kept_out": len(found.external_ids) if keep_out else 0,
                    "files_rewritten": scrubbed,
                }
            )
        elif not dry_run:
            _tell(found, keep_out=keep_out)
    return 0 if scrubbed or dry_run else 1


def _let_in(destination: Forgetting, who: str, *, as_json: bool) -> int:
    from recordmap.cli.output import print_json

    was_out = destination.let_in(who)
    if as_json:
        print_json({"format_version": "1.0", "let_in": was_out})
    elif was_out:
        click.echo(
            "No longer kept out: the source record comes with its next change, or with recordmap sync-one."
        )
    else:
        click.echo("This ID was not kept out. IDs are compared exactly; an email address is no ID.")
    return 0


def _show(found: Holdings, *, keep_out: bool) -> None:
    from recordmap.cli.output import print_table

    if not found.counts:
        click.echo("the store holds nothing of this person")
    else:
        rows = [
            (name.replace("_", " "), f"{count:,}", _MEANING.get(name)) for name, count in found.counts.items()
        ]
        print_table(("held", "rows", ""), rows)
    if keep_out:
        click.echo(f"{_source_records(found)} to be kept out")


def _scrubbed(destination: Forgetting) -> bool:
    """Write the store's files anew; say what to do when another process is in the way."""
    from recordmap.connectors.base import ConnectorError

    try:
        destination.scrub()
    except ConnectorError as error:
        click.echo(
            f"The rows are deleted, but the store's files could not be written anew ({error.message}).\n"
            "  Remains may be readable in them until this command is run again while no sync runs.",
            err=True,
        )
        return False
    return True


def _tell(forgotten: Holdings, *, keep_out: bool) -> None:
    from recordmap.diagnostics.render import counted

    total = sum(forgotten.counts.values())
    click.echo(f"{counted(total, 'row')} deleted")
    if keep_out:
        kept = _source_records(forgotten)
        click.echo(
            f"{kept} kept out from now on; under another ID, or another address, the person can come again."
        )
        if not forgotten.external_ids:
            click.echo("No ID of them is known here: name the ID in the source system to keep it out.")
    elif forgotten.external_ids:
        click.echo(_ANEW)


def _source_records(found: Holdings) -> str:
    from recordmap.diagnostics.render import counted

    return counted(len(found.external_ids), "source record")
