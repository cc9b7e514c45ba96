"""`recordmap diff`: what an edit of templates does to real records."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import (
    RECORDS_FILE,
    color_option,
    json_option,
    load_for_transfers,
    log_option,
    project_option,
)

if TYPE_CHECKING:
    from recordmap.comparison.counting import Result, Row
    from recordmap.comparison.difference import Difference
    from recordmap.comparison.sides import Side

_LONGEST = 60
"""Characters of a value in an example; --json has all of them."""


@click.command("diff")
@click.argument("old", default="HEAD")
@click.argument("new", required=False)
@click.option(
    "--records", type=RECORDS_FILE, help="Source records: NDJSON or a JSON array; - is standard input."
)
@click.option("--existing", type=RECORDS_FILE, help="Existing destination records, for Updates.")
@click.option("--store", is_flag=True, help="Match the customers in the project's store, for Updates.")
@click.option("-c", "--collection", metavar="NAME", help="Only this collection, for every record.")
@click.option("--show-values", is_flag=True, help="Show examples with values, which are personal data.")
@click.option("--exit-code", is_flag=True, help="End with 1 when a record comes out differently.")
@json_option
@project_option
@log_option
@color_option
def command(
    old: str,
    new: str | None,
    records: Path | None,
    existing: Path | None,
    store: bool,
    collection: str | None,
    show_values: bool,
    exit_code: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Show what an edit does to real records.

    OLD and NEW are project folders, template files, or git revisions of the project. Without NEW the project as it
    stands here; without OLD the last commit. A template file stands for the project around it with this template in
    place of the one of the same name.

    \b
    recordmap diff --records records.ndjson                  the last commit and the files as they are
    recordmap diff HEAD~3 HEAD --records records.ndjson      two revisions
    recordmap diff old.yaml new.yaml --records records.ndjson

    Every record is mapped by both sides, and what comes out differently is counted by field and kind, with the edited
    line behind it. Comments, order and quotes are no edits. Without --records the edits alone are listed.

    A record takes the collection that a sync would choose: with --existing or --store, records that match a customer
    take the Update; without, all are new. With --collection all of them take that one. The store is only read.

    Examples are numbers of lines; --show-values adds values. Ends with 0; with --exit-code, with 1 when a record comes
    out differently or, without --records, when something was edited.
    """  # noqa: D301 - the backspace is click's sign that lines stay as they are
    from recordmap.cli.output import print_json
    from recordmap.cli.progress import progress
    from recordmap.comparison.difference import Wishes, compare
    from recordmap.comparison.report import data
    from recordmap.comparison.sides import open_side

    if records is not None and records == existing == Path("-"):
        raise click.UsageError("records and existing records can't both come from standard input")
    if (existing is not None or store) and records is None:
        raise click.UsageError("--existing and --store need --records: they are what is matched")
    if existing is not None and store:
        raise click.UsageError("customers come from --existing or from --store, not from both")
    with TemporaryDirectory(prefix="recordmap-diff-") as scratch:
        folders = [Path(scratch, side) for side in ("old", "new")]
        for folder in folders:
            folder.mkdir()
        sides = [
            open_side(name, project, folder)
            for name, folder in zip((old, str(project) if new is None else new), folders, strict=True)
        ]
        wishes = Wishes(collection, records, existing, load_for_transfers(project) if store else None)
        gc.freeze()
        size = records.stat().st_size if records is not None and records.is_file() else None
        with progress("Comparing", size, shown=records is not None) as bar:
            found = compare(sides[0], sides[1], wishes, bar.read)
    if as_json:
        print_json(data(found, show_values=show_values))
    else:
        _print(found, show_values=show_values)
    differs = bool(found.edits) if found.result is None else bool(found.result.changed)
    return 1 if exit_code and differs else 0


def _print(found: Difference, *, show_values: bool) -> None:
    from recordmap.cli.output import tell
    from recordmap.comparison.report import differing, key_warnings

    result = found.result
    tell(f"old: {_named(found.old)}", f"new: {_named(found.new)}", "")
    if not found.edits:
        click.echo("nothing was edited that means anything, so every record comes out as before")
        return
    _print_edits(found)
    if result is None:
        click.echo("\n--records FILE shows what that does to records")
        return
    for name in result.collections:
        _print_collection(found, result, name, show_values=show_values)
    click.echo()
    for warning in key_warnings(found):
        tell(f"warning: {warning}")
    click.echo(differing(result.changed, result.records))
    if result.unreadable:
        click.echo(f"left aside, because unreadable: {result.unreadable:,}", err=True)
    for note in found.notes:
        tell(note, err=True)
    if result.changed and not show_values:
        click.echo("--show-values adds examples with their values, which are personal data", err=True)


def _named(side: Side) -> str:
    return f"{side.name} (commit {side.commit})" if side.commit else side.name


def _print_edits(found: Difference) -> None:
    from recordmap.cli.output import print_table

    rows = [
        (
            edit.place,
            edit.collection or ("record schemas" if edit.part == "schema" else "the integration"),
            f"{edit.part} {edit.name}" if edit.name else edit.part,
            edit.happened.value,
        )
        for edit in found.edits
    ]
    print_table(("edited", "in", "what", ""), rows)


def _print_collection(found: Difference, result: Result, name: str, *, show_values: bool) -> None:
    from recordmap.cli.output import print_table, tell
    from recordmap.comparison.report import WHOLE, differing, rows, what_happens

    count = result.collections[name]
    title = name or "Records that no collection takes"
    tell("", f"{title}: {differing(count.changed, count.records)}")
    table = rows(found, name)
    if not table:
        return
    lines = []
    before: str | None = ""
    for row in table:
        field = row.field or WHOLE
        places = ", ".join(edit.place for edit in found.causes(name, row.field)[:2])
        numbers = ", ".join(f"{one.number:,}" for one in row.examples)
        lines.append(("" if field == before else field, f"{row.count:,}", what_happens(row), places, numbers))
        before = field
    print_table(("field", "records", "what happens", "edited at", f"such as {result.unit}"), lines)
    if show_values:
        for line in _examples(table, result.unit):
            tell(line)


def _examples(table: list[Row], unit: str) -> Iterator[str]:
    from recordmap.comparison.changes import ABSENT

    for row in table:
        for one in row.examples:
            if one.change.old is not ABSENT or one.change.new is not ABSENT:
                values = f"{_value(one.change.old)} → {_value(one.change.new)}"
                yield f"  {row.field}, {unit} {one.number:,}: {values}"


def _value(value: Any) -> str:
    from recordmap.comparison.changes import ABSENT

    if value is ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
