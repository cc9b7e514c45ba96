"""Holding what a command prints for machines to its published schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from recordmap.resources import data_folder

OUTPUTS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("outputs.yaml").read_text("utf-8")
)


@cache
def validator(schema: str) -> Draft7Validator:
    """Return what holds a document to a schema of `schemas/cli`, times and dates included."""
    rules = json.loads((data_folder("schemas") / "cli" / f"{schema}.schema.json").read_bytes())
    return Draft7Validator(rules, format_checker=Draft7Validator.FORMAT_CHECKER)


def command_of(arguments: Sequence[str]) -> str | None:
    """Return the command of a command line as `OUTPUTS` names it; None for one that prints no JSON."""
    names = [one for one in arguments if not one.startswith("-")]
    return next((name for count in (2, 1) if (name := " ".join(names[:count])) in OUTPUTS), None)


def is_for_machines(arguments: Sequence[str]) -> bool:
    """Say whether a command line asks for JSON."""
    return "--json" in arguments or ("--output-format", "json") in pairwise(arguments)


def hold_to_schema(arguments: Sequence[str], out: str) -> None:
    """Require that what a command printed for machines is as its schema says. One that printed nothing failed."""
    if not is_for_machines(arguments) or not out:
        return
    command = command_of(arguments)
    assert command is not None, f"no schema is named for {' '.join(arguments)}"
    schemas = OUTPUTS[command]["schemas"]
    for document in _documents(out, lines=OUTPUTS[command].get("lines", False)):
        found = [[error.message for error in validator(one).iter_errors(document)] for one in schemas]
        assert not all(found), f"{command}: {found}"


def _documents(out: str, *, lines: bool) -> Iterator[Any]:
    # A single document may be laid out over several lines, also where there can be more than one.
    if lines and all(line.startswith("{") and line.endswith("}") for line in out.splitlines()):
        yield from map(json.loads, out.splitlines())
    else:
        yield json.loads(out)
