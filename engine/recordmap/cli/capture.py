"""`recordmap capture`: real transfers as cases, without the people in them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recordmap.cli.options import (
    RECORDS_FILE,
    Number,
    color_option,
    dry_run_option,
    limit_option,
    load_for_transfers,
    log_option,
    project_option,
    records_argument,
)

if TYPE_CHECKING:
    from recordmap.engine import Engine
    from recordmap.masking.cases import Capture, Captured, Real

_LOOKED_AT = 200
"""Transfers whose masked paths are asked about; those of one schema hardly differ."""


@click.command("capture")
@records_argument
@click.option(
    "--id",
    "ids",
    multiple=True,
    metavar="ID",
    help="The record as the source has it now, by its ID. Repeatable.",
)
@click.option(
    "--error",
    "errors",
    multiple=True,
    type=Number(),
    metavar="N",
    help="The record of error N, as it was when it failed. Repeatable.",
)
@click.option("-c", "--collection", metavar="NAME", help="The collection for all records of the file.")
@click.option("--existing", type=RECORDS_FILE, help="Existing destination records, for Updates.")
@limit_option("cases", 20, verb="Make")
@click.option(
    "--keep", multiple=True, metavar="PATH", help="Don't mask this, or anything below it. Repeatable."
)
@click.option(
    "--mask", multiple=True, metavar="PATH", help="Mask this although it seems harmless. Repeatable."
)
@click.option("--ask", is_flag=True, help="Ask field by field what is masked.")
@dry_run_option("captured")
@project_option
@log_option
@color_option
def command(
    records: Path | None,
    ids: tuple[str, ...],
    errors: tuple[int, ...],
    collection: str | None,
    existing: Path | None,
    limit: int,
    keep: tuple[str, ...],
    mask: tuple[str, ...],
    ask: bool,
    dry_run: bool,
    project: Path,
) -> int:
    """Turn real transfers into cases that hold nobody's data.

    RECORDS is a file (NDJSON or a JSON array of source records; - for standard input). Transfers come from there, from
    the source (--id) or from the error log (--error). Of each kind of transfer, those that end alike and
    fill the same fields, the first becomes a case; where there are more kinds than --limit, every way to end has its
    turn first.

    Everything is masked that isn't proven harmless: texts, numbers, and keys that no schema knows. What stays is null,
    true and false, 0, blank texts, values that the schema lists, and texts and keys that the templates name. A fake has
    the length, the case and the form of what it stands for; the same email address has the same fake everywhere, a
    phone number stays one of its country, dates move together. Fakes depend on a secret key, in .recordmap/mask.key or
    RECORDMAP_MASK_KEY: without it nobody can try out whose name it was.

    What a case expects is what the masked record becomes today, so `recordmap test` passes. Where the real record ends
    otherwise, because the template looks at a value that was masked, that is said: --keep PATH keeps it.
    """
    from recordmap.engine import utc_now
    from recordmap.masking.cases import Capture
    from recordmap.masking.masker import Masker
    from recordmap.masking.secret import mask_key
    from recordmap.masking.vocabulary import public_words

    if records is None and not ids and not errors:
        raise click.UsageError("name what to capture: a file of RECORDS, --id or --error")
    if records is not None and records == existing == Path("-"):
        raise click.UsageError("records and existing records can't both come from standard input")
    engine = load_for_transfers(project)
    key, words = mask_key(engine.folder or project, os.environ), public_words(engine)
    real = _transfers(engine, records, ids, errors, collection, existing)
    if ask:
        looked_at = list(itertools.islice(real, _LOOKED_AT))
        keep = (*keep, *_asked(Capture(engine, Masker(key, words, keep, mask), utc_now()), looked_at))
        real = itertools.chain(looked_at, real)
    masker = Masker(key, words, keep, mask)
    made = Capture(engine, masker, utc_now()).cases(real, limit)
    if not made:
        click.echo("nothing to capture: no record could be read, or no collection takes any")
        return 1
    wrote_all = _write(engine, made, dry_run=dry_run)
    _tell_otherwise(made)
    return 0 if wrote_all else 1


def _transfers(
    engine: Engine,
    records: Path | None,
    ids: tuple[str, ...],
    errors: tuple[int, ...],
    collection: str | None,
    existing: Path | None,
) -> Iterator[Real]:
    if records is not None:
        from recordmap.masking.sources import transfers

        yield from transfers(engine, records, collection, existing)
    if not ids and not errors:
        return
    from recordmap.explain.material import from_error, from_source
    from recordmap.masking.cases import Real

    with engine.session() as session:
        found = itertools.chain(
            ((f"profile {one}", from_source(session, one)) for one in ids),
            ((f"error {one}", from_error(session, one)) for one in errors),
        )
        for about, material in found:
            name = material.collection(engine, None)
            if name is None:
                click.echo(f"{about} comes to no collection: {material.problem}", err=True)
            else:
                yield Real(material.record, name, material.existing, material.previous)


def _asked(capture: Capture, transfers: Iterable[Real]) -> list[str]:
    """Ask for each path that would be masked; return those that are to stay."""
    paths = dict.fromkeys(path for real in transfers for path in capture.paths(real))
    return [path for path in paths if not click.confirm(f"mask {path}?", default=True, err=True)]


def _write(engine: Engine, made: list[Captured], *, dry_run: bool) -> bool:
    """Write cases, or print them; say whether all could be written."""
    from recordmap.casefiles import UnwritableCaseError, add_case, check_writable
    from recordmap.diagnostics.render import counted
    from recordmap.project import shown
    from recordmap.template.writer import block

    files: dict[str, int] = {}
    left_out = 0
    for one in made:
        try:
            if dry_run:
                check_writable(one.case)
                first, *rest = block({"name": one.case["name"], "collection": one.collection, **one.case})
                click.echo("\n".join((f"- {first}", *(f"  {line}" for line in rest), "")))
            else:
                file = shown(add_case(engine, one.collection, one.case))
                files[file] = files.get(file, 0) + 1
        except UnwritableCaseError as error:
            click.echo(f"{one.case['name']}: {error}\n  {error.hint}", err=True)
            left_out += 1
    for file, count in files.items():
        click.echo(f"{counted(count, 'case')} in {file}")
    return not left_out


def _tell_otherwise(made: list[Captured]) -> None:
    for one in made:
        if one.ends_otherwise is not None:
            click.echo(
                f"{one.case['name']}; the real record ends otherwise: {one.ends_otherwise}\n"
                "  A value that was masked decides that; --keep PATH keeps it, if it is about nobody.",
                err=True,
            )
