"""`recordmap drift`: records that are otherwise than their schema says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import (
    color_option,
    days_option,
    limit_option,
    load_for_transfers,
    log_option,
    project_option,
    records_argument,
    strict_option,
)
from recordmap.cli.reporting import FORMATS, Reporting
from recordmap.cli.samples import readable
from recordmap.diagnostics import ConfigurationError, Diagnostic

if TYPE_CHECKING:
    from recordmap.engine import Engine

MOST_LIVE = 1_000
"""Records read from the source unless another number is asked for."""


@click.command("drift")
@records_argument
@days_option(7)
@limit_option("records from the source", MOST_LIVE, verb="Read")
@click.option("--output-format", type=click.Choice(FORMATS), default="full", help="How findings are printed.")
@strict_option
@project_option
@log_option
@color_option
def command(
    records: Path | None, days: int, limit: int, output_format: str, strict: bool, project: Path
) -> int:
    """Compare source records with their schema: fields that vanished, appeared, or come as another kind of value.

    RECORDS is a file of records (NDJSON or a JSON array, also compressed; - for standard input). Without it, what
    changed in the source during the last days (--days) is read. Only kinds of values are shown, no values.
    """
    from recordmap.diagnostics.render import counted
    from recordmap.usage.drift import Observed, drifts
    from recordmap.usage.findings import findings
    from recordmap.usage.uses import uses

    engine = load_for_transfers(project)
    integration = engine.integration
    if integration is None:
        raise ConfigurationError("there is no integration that says which records come in")
    observed = Observed()
    for record in readable(records) if records is not None else _live(engine, days, limit):
        observed.add(record)
    if not observed.records:
        hint = (
            "name a file, or more --days"
            if records is None
            else "each is a JSON object: one a line, or in a list"
        )
        raise ConfigurationError("there are no records to look at", hint)
    name = integration.source.schema.text
    schema = engine.schemas.load(name)
    used = uses(engine.workspace)
    place = Diagnostic(
        "source-field-vanished", "", file=integration.file, span=integration.source.schema.span
    )
    found = list(findings(drifts(observed, schema.type, used), used, name, place))
    report = Reporting(output_format, frozenset(), frozenset(), strict=strict, statistics=False)
    if found or output_format != "full":
        code = report.show(found, len({one.file for one in found}))
    else:
        click.echo("no problems")  # a count of files would be beside the point
        code = 0
    left_out = f"; not counted: {counted(observed.left_out, 'more path')}" if observed.left_out else ""
    click.echo(f"{counted(observed.records, 'record')} compared with {name}{left_out}", err=True)
    return code


def _live(engine: Engine, days: int, limit: int) -> Iterator[dict[str, Any]]:
    with engine.session() as session:
        yield from islice(session.recent(days), limit)
