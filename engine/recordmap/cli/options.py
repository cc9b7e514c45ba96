"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from recordmap.engine import Engine

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"s": 1, "m": 60, "h": 3600}


class Interval(click.ParamType[int]):
    """A length of time: `30s`, `5m`, `1h`. In seconds."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})([smh])", str(value))
        if match is None:
            self.fail(f"'{value}' is not a length of time such as 30s, 5m or 1h", param, ctx)
        return int(match[1]) * _UNITS[match[2]]


def project_option(command: F) -> F:
    """Add `--project DIR`."""
    option = click.option(
        "--project",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        envvar="RECORDMAP_PROJECT",
        help="The project folder, or a folder in it. Default: the current one.",
    )
    return option(command)


def color_option(command: F) -> F:
    """Add `--color auto|always|never`; kept where `output` finds it."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: str) -> None:
        ctx.color = None if value == "auto" else value == "always"

    option = click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        envvar="RECORDMAP_COLOR",
        callback=remember,
        expose_value=False,
        help="Colours in the output. NO_COLOR is honoured.",
    )
    return option(command)


def log_option(command: F) -> F:
    """Add `--log-format text|json`; kept where `logs` finds it."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: str) -> None:
        from recordmap.cli.logs import FORMAT_KEY

        ctx.meta[FORMAT_KEY] = value

    option = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="RECORDMAP_LOG_FORMAT",
        callback=remember,
        expose_value=False,
        help="The log on standard error: lines for people, or one JSON object a line.",
    )
    return option(command)


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(command)


def load_engine(project: Path) -> Engine:
    """Return the engine of a project, with the functions and connectors that installed packages offer."""
    from recordmap.engine import Engine

    return Engine.load(project)


def load_for_transfers(project: Path) -> Engine:
    """Return the engine of a project for a command that opens its connectors, which log."""
    from recordmap.cli.logs import set_up_logging

    set_up_logging()
    return load_engine(project)
