"""`recordmap explain`: why a field has its value, and the plan that makes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import (
    Number,
    color_option,
    json_option,
    load_engine,
    load_for_transfers,
    log_option,
    project_option,
)
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from recordmap.engine import Engine
    from recordmap.explain.material import Material
    from recordmap.trace.model import RecordTrace


@click.command("explain")
@click.argument("field", required=False)
@click.option(
    "-c",
    "--collection",
    metavar="NAME",
    help="The collection for the record; without it, the one that a sync would choose.",
)
@click.option(
    "--record",
    "record_file",
    metavar="FILE[#N]",
    help="The source record: a JSON file, or FILE#N for record N of a list; - is standard input.",
)
@click.option("--id", "external_id", metavar="ID", help="The record as the source has it now, by its ID.")
@click.option(
    "--error", "error", type=Number(), metavar="N", help="The record of error N, as it was when it failed."
)
@click.option("--synced", metavar="ID", help="The record as it was last synced, where the store keeps it.")
@click.option(
    "--existing",
    "existing_file",
    metavar="FILE[#N]",
    help="Existing destination record, for an Update.",
)
@click.option(
    "--previous",
    "previous_file",
    metavar="FILE[#N]",
    help="Source record as it was last synced, for an Update.",
)
@click.option(
    "--parent", "parent_file", metavar="FILE[#N]", help="The parent's source record, for a child collection."
)
@click.option("--why-not", is_flag=True, help="Only what was not written, skipped or rejected.")
@click.option(
    "--plan", is_flag=True, help="The Python that the collection is compiled to, instead of a record."
)
@json_option
@project_option
@log_option
@color_option
def command(
    field: str | None,
    collection: str | None,
    record_file: str | None,
    external_id: str | None,
    error: int | None,
    synced: str | None,
    existing_file: str | None,
    previous_file: str | None,
    parent_file: str | None,
    why_not: bool,
    plan: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Explain how FIELD came about, step by step; without FIELD, explain the whole record.

    FIELD is a field of the destination (FirstName), a custom field (CustomFields.Consent), a list of child records
    (Addresses) or a field of theirs (Addresses[0].City). The record comes from a file, from the error log or the last
    sync, or from the source. Without --collection the sync is asked which collection would map it, and why; nothing is
    written.

    With --plan, print the collection as the Python functions that map its records: a fast one for records as they
    should be, and the careful one that it leaves all others to.
    """
    if plan:
        if collection is None:
            raise click.UsageError("--plan needs the name of a collection: --collection")
        click.echo(load_engine(project).plan(collection).code)
        return 0
    ways = {"--record": record_file, "--id": external_id, "--error": error, "--synced": synced}
    if sum(value is not None for value in ways.values()) != 1:
        raise click.UsageError(
            f"name one record to explain: {', '.join(ways)}; --plan explains the collection without one"
        )
    engine = load_for_transfers(project)
    if record_file is not None:
        material = _from_file(
            engine, record_file, existing_file, parent_file, previous_file, asks=collection is None
        )
    else:
        material = _from_store(engine, external_id, error, synced)
    name = material.collection(engine, collection)
    traced = None if name is None else material.trace(engine, name)
    if traced is not None and field is not None:
        from recordmap.explain.narrow import narrowed

        traced = narrowed(traced, field, engine.collections, engine.custom_container(traced.collection))
    misfits = [] if name is None else engine.misfits(name, material.record)
    if as_json:
        from recordmap.cli.output import print_json
        from recordmap.explain.data import explanation

        print_json(explanation(material, traced, misfits, engine.collections, why_not=why_not))
    else:
        _print(engine, material, traced, field, why_not=why_not)
        _print_misfits(engine, name, material.record, record_file, misfits)
    return 0 if traced is not None else 1


def _from_file(
    engine: Engine,
    file: str,
    existing_file: str | None,
    parent_file: str | None,
    previous_file: str | None,
    *,
    asks: bool,
) -> Material:
    from recordmap.explain.material import Material, from_record

    record = _record(file)
    if not asks or existing_file is not None or parent_file is not None:
        parent = _record(parent_file) if parent_file else None
        previous = _record(previous_file) if previous_file else None
        return Material(record, _existing(existing_file), parent, previous=previous)
    if isinstance(record, list):
        raise ConfigurationError(
            f"'{file}' is a list of {len(record):,}", f"{file}#0 names the first record of it"
        )
    with engine.session() as session:
        return from_record(session, record)


def _from_store(engine: Engine, external_id: str | None, error: int | None, synced: str | None) -> Material:
    from recordmap.explain.material import from_error, from_last_sync, from_source

    with engine.session() as session:
        if error is not None:
            return from_error(session, error)
        return (
            from_last_sync(session, synced) if synced is not None else from_source(session, external_id or "")
        )


def _print(
    engine: Engine, material: Material, traced: RecordTrace | None, field: str | None, *, why_not: bool
) -> None:
    from recordmap.cli.output import tell
    from recordmap.cli.tracing import print_tree
    from recordmap.explain.choice import choice_node
    from recordmap.explain.view import views

    for note in material.notes:
        tell(note)
    choice = choice_node(material.rehearsal) if material.rehearsal is not None else None
    if traced is None:
        if choice is not None:
            print_tree(choice)
        tell(f"The record comes to no collection: {material.problem}")
        return
    for node in views(traced, field, material, engine.collections, why_not=why_not):
        print_tree(node)


def _print_misfits(
    engine: Engine, name: str | None, record: Any, file: str | None, misfits: list[str]
) -> None:
    if name is None or not misfits:
        return
    from recordmap.cli.output import tell

    tell(f"The record is not what {engine.collections[name].source.text} says:")
    for misfit in misfits:
        tell(f"  {misfit}")
    if isinstance(record, list):
        tell(f"It is a list of {len(record):,}: {file}#0 names the first record of it")


def _record(name: str) -> Any:
    from recordmap.project import record_of

    file, _, index = name.partition("#")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return record_of(data, index)
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no file '{file}'", "paths count from the folder that you are in"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "name a file with one JSON record, or FILE#NUMBER for one of a list, from 0"
        raise ConfigurationError(f"'{name}' can't be used: {reason}", hint) from None


def _existing(name: str | None) -> Any:
    """Read an existing record: as it is, or inside a stored customer with `record` and `external_ids`."""
    if name is None:
        return None
    record = _record(name)
    inside = record.get("record") if isinstance(record, dict) else None
    return inside if isinstance(inside, dict) and "external_ids" in record else record
