"""`recordmap schema`: the JSON Schemas of templates and records, and one made from sample records."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.options import color_option, records_argument
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion
from recordmap.resources import data_folder
from recordmap.schema.library import SUFFIX

INFER = "infer"


@click.command("schema")
@click.argument("name", required=False)
@records_argument
@color_option
def command(name: str | None, records: Path | None) -> None:
    """Print the JSON Schema NAME ("collection", "klaviyo/profile"); without one, list them all.

    `recordmap schema infer RECORDS` prints a record schema made from the sample records in that file (- for standard
    input). It claims that a field is always
    there, or never null, only after 100 samples of which that is true.
    """
    if name == INFER:
        if records is None:
            raise click.UsageError("name a file of records: recordmap schema infer records.ndjson")
        _infer(records)
        return
    if records is not None:
        raise click.UsageError("a file of records goes with 'infer': recordmap schema infer records.ndjson")
    folder = data_folder("schemas")
    names = sorted(p.relative_to(folder).as_posix().removesuffix(SUFFIX) for p in folder.rglob(f"*{SUFFIX}"))
    if name is None:
        click.echo("\n".join(names))
        return
    if name not in names:
        raise ConfigurationError(
            f"there is no schema '{name}'", suggestion(name, names) or "recordmap schema lists them"
        )
    click.echo((folder / f"{name}{SUFFIX}").read_text(encoding="utf-8"), nl=False)


def _infer(records: Path) -> None:
    from recordmap.cli.output import print_json
    from recordmap.cli.suggesting import sample_records
    from recordmap.inference.schema import schema_of
    from recordmap.inference.shape import Shape

    shape = Shape()
    for record in sample_records(records):
        shape.add(record)
    print_json(schema_of(shape, "records" if records == Path("-") else records.name.split(".")[0]))
