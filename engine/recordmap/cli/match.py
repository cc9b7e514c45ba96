"""`recordmap match`: which record each source record belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import (
    color_option,
    full_option,
    json_option,
    limit_option,
    load_for_transfers,
    log_option,
    project_option,
    records_argument,
)

if TYPE_CHECKING:
    from recordmap.connectors.base import Page
    from recordmap.sync.preview import Matched

_SHOWN = 20
_PAGE = 200

_TITLES = {
    "conflicting": (
        "conflicting",
        "linked to one record, and another has the unique value: that one is updated",
    ),
    "ambiguous": ("ambiguous", "more than one record has the value: fails, until they differ"),
    "unmatched": ("not matched", "can't be read, or has no ID"),
    "found": ("by {rule}", "found by a match rule, and linked"),
    "new": ("new", "no match rule finds a record"),
    "linked": ("linked before", "the link of an earlier sync leads there"),
}
"""Kinds of match, those that a person should look at first; what they are called, and what they mean."""


@click.command("match")
@records_argument
@click.option(
    "--preview", is_flag=True, expose_value=False, help="The only way there is: match never writes anything."
)
@limit_option("records", _SHOWN, least=0)
@full_option
@json_option
@project_option
@log_option
@color_option
def command(
    records: Path | None,
    limit: int,
    full: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Show which record each source record would be matched to, by which rule, and write nothing.

    RECORDS is a file of source records (NDJSON or a JSON array; - for standard input). Without it, what the next sync
    would read is matched. The matches are the sync's own: what two records of one read have to
    do with each other is told too. Records to look at first are shown first: conflicts, then those that are ambiguous.

    A conflict is a record that is linked to one record while another has its unique value, such as the email address.
    Then the record with the email address is linked and updated, never a second one made.

    Ends with 1 when records are ambiguous or not matched, or the source could not be read to its end.
    """
    from recordmap.cli.output import print_json
    from recordmap.cli.progress import progress

    shown: dict[str, list[Matched]] = {kind: [] for kind in _TITLES}

    def told(matched: Matched) -> None:
        if len(shown[matched.kind]) < limit:
            shown[matched.kind].append(matched)

    engine = load_for_transfers(project)
    with _pages(records) as pages, engine.session() as session, progress("Matching") as bar:
        report, counts = session.preview_matches(told, pages, full=full, progress=bar.transferred)
    first = [matched for kept in shown.values() for matched in kept][:limit]
    if as_json:
        print_json(
            {
                "format_version": "1.0",
                "status": report.status.value,
                "message": report.message,
                "records": report.records,
                "counts": [
                    {"match": kind, "rule": rule, "records": count} for (kind, rule), count in counts.items()
                ],
                "rows": [_data(matched) for matched in first],
            }
        )
    else:
        _print(counts, first, report.records)
        if report.message:
            from recordmap.cli.output import tell

            tell(f"The source could not be read to its end: {report.message}", err=True)
    doubtful = any(count for (kind, _), count in counts.items() if kind in ("ambiguous", "unmatched"))
    return 1 if doubtful or report.message else 0


def _print(counts: Any, rows: Sequence[Matched], records: int) -> None:
    from recordmap.cli.output import print_table
    from recordmap.cli.planview import OUTCOMES, legible
    from recordmap.diagnostics.render import counted

    click.echo(f"How {counted(records, 'record')} would be matched. Nothing was written.\n")
    told = [
        (title.format(rule=rule), f"{count:,}", meaning)
        for kind, (title, meaning) in _TITLES.items()
        for (of, rule), count in counts.items()
        if of == kind
    ]
    if told:
        print_table(("match", "records", ""), told)
    if rows:
        click.echo()
        cells = [
            (
                legible(one.id),
                _TITLES[one.kind][0].format(rule=one.rule),
                _record(one),
                OUTCOMES[one.result][0],
                one.message or "",
            )
            for one in rows
        ]
        print_table(("source record", "match", "record", "then", ""), cells)
        if records > len(rows):
            click.echo(f"and {records - len(rows):,} more; --limit {records} shows all")


def _record(one: Matched) -> str:
    if one.added_by is not None:
        return f"that of {one.added_by}"
    if one.record_id is None:
        return ""
    return f"{one.record_id}, not {one.instead_of}" if one.instead_of is not None else str(one.record_id)


def _data(one: Matched) -> dict[str, Any]:
    return {
        "id": one.id,
        "match": one.kind.value,
        "rule": one.rule,
        "record_id": one.record_id,
        "added_by": one.added_by,
        "instead_of": one.instead_of,
        "result": one.result.value,
        "message": one.message,
    }


@contextmanager
def _pages(path: Path | None) -> Iterator[Iterator[Page] | None]:
    """Open a file of records; what of it can't be read is told as such."""
    if path is None:
        yield None
        return
    from recordmap.connectors.base import Malformed, Page
    from recordmap.streams.reading import Input
    from recordmap.streams.records import records

    def pages(stream: Input) -> Iterator[Page]:
        found = records(stream)
        while some := list(islice(found, _PAGE)):
            yield Page(
                tuple(one for one in some if not isinstance(one, Malformed)),
                tuple(one for one in some if isinstance(one, Malformed)),
            )

    with Input(path) as stream:
        yield pages(stream)
