"""`recordmap explain`: why a field has its value, and the plan that makes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from recordmap.cli.options import color_option, json_option, load_engine, project_option
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion


@click.command("explain")
@click.argument("field", required=False)
@click.option("-c", "--collection", required=True, help="The collection's name.")
@click.option(
    "--record",
    "record_file",
    help="A JSON file, or FILE#N for record N of a list; - is standard input.",
)
@click.option("--existing", "existing_file", help="The destination record before the run, for an Update.")
@click.option("--parent", "parent_file", help="The parent's source record, for a child collection.")
@click.option("--why-not", is_flag=True, help="Only what was not written, skipped or rejected.")
@click.option(
    "--plan", is_flag=True, help="The Python that the collection is compiled to, instead of a record."
)
@json_option
@project_option
@color_option
def command(
    field: str | None,
    collection: str,
    record_file: str | None,
    existing_file: str | None,
    parent_file: str | None,
    why_not: bool,
    plan: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Explain how FIELD came about, step by step; without FIELD, explain the whole record.

    With --plan, print the collection as the Python functions that map its records: a fast one for records as they
    should be, and the careful one that it leaves all others to.
    """
    from recordmap.cli.output import print_json
    from recordmap.cli.tracing import field_lines, record_lines, trace_data
    from recordmap.trace.model import State

    engine = load_engine(project)
    if plan:
        click.echo(engine.plan(collection).code)
        return 0
    if record_file is None:
        raise click.UsageError(
            "'--record' names the record to explain; --plan explains the collection without one"
        )
    record = _record(record_file)
    traced = engine.trace(
        collection, record, _existing(existing_file), _record(parent_file) if parent_file else None
    )
    if field is not None:
        known = [rule.name.text for rule in engine.collections[collection].fields]
        if field not in known:
            raise ConfigurationError(f"'{collection}' has no rule for '{field}'", suggestion(field, known))
        traced.fields = [one for one in traced.fields if one.name == field]
        traced.children = []
    written = [one.name for one in traced.fields if one.state not in (State.UNSET, State.REJECTED)]
    if why_not:
        traced.fields = [one for one in traced.fields if one.name not in written]
    misfits = engine.misfits(collection, record)
    if as_json:
        print_json({"format_version": "1.0", "record": trace_data(traced), "misfits": misfits})
    elif field is not None and traced.fields:
        click.echo("\n".join(field_lines(traced.fields[0], traced.file)))
    elif field in written:
        click.echo(f"{field} is written; without --why-not its steps are shown")
    elif field is not None:
        outcome = traced.outcome
        reason = f": {outcome.reason.message} [{outcome.reason.code}]" if outcome and outcome.reason else ""
        click.echo(
            f"{field} was not reached. The record was {outcome.kind if outcome else 'not run'}{reason}"
        )
    else:
        click.echo("\n".join(record_lines(traced)))
    if misfits and not as_json:
        click.echo(f"The record is not what {engine.collections[collection].source.text} says:")
        for misfit in misfits:
            click.echo(f"  {misfit}")
        if isinstance(record, list):
            click.echo(f"It is a list of {len(record):,}: {record_file}#0 names the first record of it")
    return 0


def _record(name: str) -> Any:
    from recordmap.project import record_of

    file, _, index = name.partition("#")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return record_of(data, index)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"'{name}' can't be used: {reason}") from None


def _existing(name: str | None) -> Any:
    """Read an existing record: as it is, or inside a stored customer with `record` and `external_ids`."""
    if name is None:
        return None
    record = _record(name)
    inside = record.get("record") if isinstance(record, dict) else None
    return inside if isinstance(inside, dict) and "external_ids" in record else record
