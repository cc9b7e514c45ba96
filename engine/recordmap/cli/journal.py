"""`recordmap journal`: what syncs wrote, by which rule, and what was there before."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import (
    Number,
    color_option,
    json_option,
    limit_option,
    load_for_transfers,
    log_option,
    project_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordmap.connectors.journal import JournalEntry

FORMAT_VERSION = "1.0"


@click.command("journal")
@click.argument("number", type=Number(), required=False)
@click.option("--record-id", type=Number(), metavar="N", help="Only what was written into record N.")
@click.option("--id", "external_id", metavar="ID", help="Only what a source record wrote, by its ID.")
@click.option("--run", "run_id", type=Number(), metavar="N", help="Only what run N wrote.")
@limit_option("entries", 100)
@click.option("--show-values", is_flag=True, help="Show values before and after, which are personal data.")
@json_option
@project_option
@log_option
@color_option
def command(
    number: int | None,
    record_id: int | None,
    external_id: str | None,
    run_id: int | None,
    limit: int,
    show_values: bool,
    as_json: bool,
    project: Path,
) -> None:
    """List what syncs wrote, newest first, or show entry NUMBER.

    Each entry names the record, the source record, the match rule that decided, the run, the collection, and the fields
    and child records that were written. recordmap undo takes an entry back.
    """
    from recordmap.cli.output import print_json

    narrowed = any(one is not None for one in (record_id, external_id, run_id))
    if number is not None and narrowed:
        raise click.UsageError("a number names one entry; --record-id, --id and --run list several")
    with load_for_transfers(project).session() as session:
        several = islice(session.journal(record_id=record_id, external_id=external_id, run_id=run_id), limit)
        entries = list(several) if number is None else [session.journal_entry(number)]
    if as_json:
        data = [entry_data(one, values=show_values) for one in entries]
        print_json({"format_version": FORMAT_VERSION, "entries": data})
    elif number is not None:
        _print_entry(entries[0], values=show_values)
    elif entries:
        _print_list(entries)
    elif narrowed:
        click.echo("the journal holds nothing of this")
    else:
        click.echo("the journal is empty: nothing was written yet")


def entry_data(entry: JournalEntry, *, values: bool) -> dict[str, Any]:
    """Return an entry as JSON data, as `schemas/cli/journal-output.schema.json` has it."""
    from recordmap.cli.transfers import time_text

    changes = [
        {"field": field, **({"before": before, "after": after} if values else {})}
        for field, before, after in changes_of(entry)
    ]
    children = [
        {
            "field": child.into,
            "number": child.id,
            "action": _child_action(child.before, child.after),
            **({"before": child.before, "after": child.after} if values else {}),
        }
        for child in entry.children
    ]
    return {
        "number": entry.id,
        "at": time_text(entry.at),
        "run": entry.run_id,
        "action": entry.action.value,
        "source_id": entry.external_id,
        "record_id": entry.record_id,
        "rule": entry.rule,
        "collection": entry.collection,
        "linked": entry.makes_link,
        "linked_before": entry.link.record_id if entry.link else None,
        "undoes": entry.undoes,
        "undone_by": entry.undone_by,
        "changes": changes,
        "children": children,
    }


def changes_of(entry: JournalEntry) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields that an entry tells of, with their values before and after."""
    from recordmap.sync.results import CUSTOM_FIELDS

    for field in entry.after | entry.before:
        before, after = entry.before.get(field), entry.after.get(field)
        if field == CUSTOM_FIELDS:
            was, now = (one if isinstance(one, dict) else {} for one in (before, after))
            yield from ((f"{field}.{name}", was.get(name), now.get(name)) for name in now | was)
        else:
            yield field, before, after


def _child_action(before: Any, after: Any) -> str:
    if before is None:
        return "added"
    return "removed" if after is None else "replaced"


def _print_list(entries: list[JournalEntry]) -> None:
    from recordmap.cli.output import print_table
    from recordmap.cli.transfers import time_text

    columns = ("number", "at", "run", "action", "source ID", "record", "rule", "what")
    rows = [
        (
            *(one.id, time_text(one.at), one.run_id, _action(one)),
            *(one.external_id, one.record_id, one.rule, _what(one)),
        )
        for one in entries
    ]
    print_table(columns, rows)


def _print_entry(entry: JournalEntry, *, values: bool) -> None:
    from recordmap.cli.output import in_words, print_json, print_table

    data = entry_data(entry, values=values)
    changes, children = data.pop("changes"), data.pop("children")
    rows = [(in_words(key), value) for key, value in data.items() if value is not None]
    print_table(("", ""), rows)
    if values:
        print_json({"changes": changes, "children": children})
    else:
        # Of a record that was added there was nothing before, and no second copy is kept.
        more = "" if entry.action == "added" else "; --show-values shows what was there before"
        click.echo(f"written: {_what(entry) or 'the link alone'}{more}")


def _action(entry: JournalEntry) -> str:
    return f"{entry.action.value}, undone by {entry.undone_by}" if entry.undone_by else entry.action.value


def _what(entry: JournalEntry) -> str:
    names = [field for field, *_ in changes_of(entry)]
    if entry.action == "added":
        return "the whole record"
    return ", ".join([*names, *(f"{child.into} #{child.id}" for child in entry.children)])
