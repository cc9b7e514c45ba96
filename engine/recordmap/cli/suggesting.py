"""What `recordmap init --from` asks and writes: one suggestion at a time, and nothing unasked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.samples import readable
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from recordmap.inference.suggestions import Suggestion
    from recordmap.schema.record import RecordSchema

MOST_SAMPLES = 10_000
ALL = "all"


def make_draft(
    folder: Path,
    samples: Path,
    destination: str,
    name: str | None,
    existing: Path | None,
    accept: Sequence[str],
) -> list[Path]:
    """Suggest, ask, and write a first project; return the files made.

    Raises:
        ConfigurationError: there is a project already, or the samples or the schema can't be used.
    """
    from recordmap.inference.draft import Draft, checked_name
    from recordmap.inference.identity import Identity
    from recordmap.inference.schema import schema_of
    from recordmap.inference.suggestions import Samples, suggestions
    from recordmap.resources import data_folder
    from recordmap.schema.library import SchemaLibrary
    from recordmap.schema.record import SchemaError

    short = checked_name(name or samples.name.split(".")[0])
    try:
        schema = SchemaLibrary((folder / "schemas", data_folder("schemas"))).load(destination)
    except SchemaError as error:
        raise ConfigurationError(str(error), "recordmap schema lists those that come along") from None
    seen, identity = Samples(), Identity()
    for record in sample_records(samples):
        seen.add(record)
        identity.add(record)
    for record in sample_records(existing) if existing else ():
        seen.add_destination(record)
    source = schema_of(seen.shape, short)
    fields = [one for one in schema.fields if one != schema.custom_container]
    offered = dict(suggestions(seen, source, schema, fields))
    draft = Draft(
        short,
        os.path.relpath(samples, folder),
        source,
        schema,
        identity.best(),
        offered,
        _choose(offered, schema, accept),
    )
    return _write(folder, draft.files())


def sample_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the first records of a file.

    Raises:
        ConfigurationError: it can't be read, or holds no records.
    """
    found = False
    for record in readable(path, MOST_SAMPLES):
        found = True
        yield record
    if not found:
        raise ConfigurationError(
            f"'{path}' holds no records", "a record is a JSON object, one a line or in a list"
        )


def _choose(
    offered: Mapping[str, Sequence[Suggestion]], schema: RecordSchema, accept: Sequence[str]
) -> dict[str, Suggestion]:
    """Return what is accepted: by --accept, or by whoever sits at the terminal."""
    for name in accept:
        if name != ALL and not offered.get(name):
            raise ConfigurationError(
                f"there is no suggestion for '{name}'", "leave --accept out to see all of them"
            )
    if accept:
        wanted = set(offered) if ALL in accept else set(accept)
        return {field: several[0] for field, several in offered.items() if field in wanted and several}
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return {}
    return dict(_ask(offered, schema))


def _ask(
    offered: Mapping[str, Sequence[Suggestion]], schema: RecordSchema
) -> Iterator[tuple[str, Suggestion]]:
    from recordmap.cli.output import tell
    from recordmap.inference.draft import evidence

    for field, several in offered.items():
        known = schema.fields[field]
        required = " (required)" if known.required else ""
        for one in several:
            tell("", f"{field}{required}: {known.description or ''}".rstrip(": "))
            tell(f"  {evidence(one)}")
            answer = click.prompt("  take it?", type=click.Choice(["y", "n", "stop"]), default="n")
            if answer == "stop":
                return
            if answer == "y":
                yield field, one
                break


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    paths = {folder / name: data for name, data in files.items()}
    taken = [path for path in paths if path.exists()]
    if taken:
        names = ", ".join(path.relative_to(folder).as_posix() for path in taken)
        raise ConfigurationError(
            f"'{folder}' has these files already: {names}", "choose another folder or --name"
        )
    for path, data in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sorted(paths)
