"""`recordmap undo`: take back what a sync wrote, and nothing that people did since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import (
    Number,
    color_option,
    dry_run_option,
    json_option,
    load_for_transfers,
    log_option,
    project_option,
)

if TYPE_CHECKING:
    from recordmap.sync.undo import Undone

FORMAT_VERSION = "1.0"


@click.command("undo")
@click.argument("number", type=Number(), required=False)
@click.option("--id", "external_id", metavar="ID", help="All that a source record wrote, by its ID.")
@click.option("--run", "run_id", type=Number(), metavar="N", help="All that run N wrote.")
@dry_run_option("taken back")
@json_option
@project_option
@log_option
@color_option
def command(
    number: int | None,
    external_id: str | None,
    run_id: int | None,
    dry_run: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Take back entry NUMBER of the journal, or all that a source record or a run wrote, the latest first.

    A field that still has the value that was written goes back to the value before; one that was changed since is left
    and told. A record that was added is removed if nothing happened to it since. A source record whose link is undone
    is not matched with that record again; one whose record was removed comes again when it changes, or by its ID.

    Ends with 1 when something was left.
    """
    from recordmap.cli.output import print_json

    if sum(one is not None for one in (number, external_id, run_id)) != 1:
        raise click.UsageError("name one of these: the number of an entry, --id ID, or --run N")
    done: list[dict[str, Any]] = []
    counts = {"undone": 0, "partly": 0, "left": 0}

    def tell(undone: Undone) -> None:
        counts[undone.ending.value] += 1
        if as_json:
            done.append(_data(undone))
        else:
            click.echo(_sentence(undone, dry_run=dry_run))

    with load_for_transfers(project).session() as session:
        if number is not None:
            entries = iter([session.journal_entry(number)])
        else:
            wanted = session.journal(external_id=external_id, run_id=run_id)
            # What is undone already, and undos themselves, are of no interest among many.
            entries = (one for one in wanted if one.undone_by is None and one.action != "undone")
        session.undo(list(entries), dry_run=dry_run, tell=tell)
    if as_json:
        print_json({"format_version": FORMAT_VERSION, "dry_run": dry_run, "counts": counts, "undone": done})
    elif not any(counts.values()):
        click.echo("the journal holds nothing of this that could be undone")
    return 1 if counts["partly"] or counts["left"] else 0


def _data(undone: Undone) -> dict[str, Any]:
    """Return what became of an entry, as `schemas/cli/undo-output.schema.json` has it."""
    return {
        "number": undone.entry.id,
        "source_id": undone.entry.external_id,
        "record_id": undone.entry.record_id,
        "ending": undone.ending.value,
        "removed": undone.removes,
        "unlinked": undone.unlinks,
        "restored": list(undone.restored),
        "left": list(undone.left),
        "reason": undone.reason,
    }


def _sentence(undone: Undone, *, dry_run: bool) -> str:
    entry = undone.entry
    would = "would be " if dry_run else ""
    parts = []
    if undone.removes:
        parts.append(f"record {entry.record_id} {would}removed")
    if undone.restored:
        parts.append(f"{would}put back: {', '.join(undone.restored)}")
    if undone.unlinks and not undone.removes:
        parts.append(f"source record {entry.external_id} {would}unlinked from record {entry.record_id}")
    if undone.left:
        parts.append(f"left, because changed since: {', '.join(undone.left)}")
    elif undone.reason:
        parts.append(f"left: {undone.reason}")
    return f"entry {entry.id}: {'; '.join(parts)}"
