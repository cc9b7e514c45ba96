"""Every command that prints JSON has a published schema, and real output keeps to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import yaml

from cli.outputs import OUTPUTS, command_of, is_for_machines
from cli.syncing import Do, someone
from recordmap.cli.commands import cli
from recordmap.resources import data_folder
from recordmap.sandbox import Sandbox

CASES = yaml.safe_load(Path(__file__).with_name("commands.yaml").read_text(encoding="utf-8"))


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group with its name; a group that does something itself is one, too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")


def prints_json(command: click.Command) -> bool:
    return any(
        "--json" in option.opts
        or ("--output-format" in option.opts and "json" in getattr(option.type, "choices", ()))
        for option in command.params
    )


def test_every_command_that_prints_json_has_its_schema_and_every_schema_a_command() -> None:
    assert {name for name, command in commands(cli) if prints_json(command)} == set(OUTPUTS) - {"errors"}
    published = {path.name.split(".")[0] for path in (data_folder("schemas") / "cli").iterdir()}
    assert {schema for output in OUTPUTS.values() for schema in output["schemas"]} == published


def test_what_the_commands_around_a_sync_print_keeps_to_its_schema(
    do: Do, sandbox: Sandbox, failing: str, project: Path
) -> None:
    """`do` holds each output to its schema. Commands that are not here are held to it in commands.yaml."""
    person = someone(sandbox, failing)
    lines = [
        "plan --json",
        "plan --output next.plan",
        "apply next.plan --json",
        "sync --json",
        f"sync-one {person} --json",
        f"sync-one {person} --dry-run --debug --json",
        "match --json",
        "status --json",
        "errors --json",
        "errors list --json",
        "errors show 1 --json",
        "errors show 1 --json --show-values",
        "errors retry --all --json",
        "errors dismiss 1 --json",
        "errors prune --json",
        "journal --json",
        "journal --json --show-values --limit 1",
        f"undo --id {person} --json",
        f"forget {person} --dry-run --json",
        f"forget {person} --yes --keep-out --json",
        f"forget {person} --let-in --json",
    ]
    for line in lines:
        _, out, err = do(*line.split())
        assert out, f"{line}: {err}"
    asked = [line.split() for line in lines] + [case["run"] for case in CASES if "run" in case]
    assert {command_of(one) for one in asked if is_for_machines(one)} >= set(OUTPUTS)
