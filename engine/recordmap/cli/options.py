"""Options that several commands share."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from recordmap.engine import Engine

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"s": 1, "m": 60, "h": 3600}

RECORDS_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""A file of records, or - for standard input."""


class OutputFile(click.Path):
    """A file to be written, or - for standard output. The folder that it goes into has to be there."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, allow_dash=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        folder = path.parent
        if folder.exists() and not folder.is_dir():
            self.fail(f"Directory '{folder}' is a file.", param, ctx)
        if not folder.exists():
            self.fail(f"Directory '{folder}' is no folder.", param, ctx)
        return path


class Interval(click.ParamType[int]):
    """A length of time: `30s`, `5m`, `1h`. In seconds."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})([smh])", str(value))
        if match is None:
            self.fail(f"'{value}' is not a length of time such as 30s, 5m or 1h", param, ctx)
        return int(match[1]) * _UNITS[match[2]]


class Number(click.types.IntParamType):
    """The number of an entry, a run or a record. One that no store could have given out is wrong usage."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        number: int = super().convert(value, param, ctx)
        if abs(number) > sys.maxsize:
            self.fail(f"no number is as large as {number}", param, ctx)
        return number


class _Limit(click.IntRange):
    """At most so many. More than can be counted is as good as all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return how many."""
        return min(super().convert(value, param, ctx), sys.maxsize)


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
        from recordmap.cli.logs import FORMAT_KEY, set_up_logging

        ctx.meta[FORMAT_KEY] = value
        if value == "json":
            set_up_logging()  # what is wrong with the other options is said as JSON, too

    option = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="RECORDMAP_LOG_FORMAT",
        callback=remember,
        is_eager=True,
        expose_value=False,
        help="The log on standard error: lines for people, or one JSON object a line.",
    )
    return option(command)


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(command)


def records_argument(command: F) -> F:
    """Add `[RECORDS]`, for a command that is about records: a file of them, or - for standard input."""
    return click.argument("records", required=False, metavar="[RECORDS]", type=RECORDS_FILE)(command)


def limit_option(what: str, default: int, *, verb: str = "Show", least: int = 1) -> Callable[[F], F]:
    """Return the option `--limit N`: at most so many of `what`."""
    return click.option(
        "--limit",
        type=_Limit(least),
        metavar="N",
        default=default,
        show_default=True,
        help=f"{verb} at most so many {what}.",
    )


def days_option(default: int) -> Callable[[F], F]:
    """Return the option `--days N`: how far to look back."""
    return click.option(
        "--days",
        type=click.IntRange(1, 3660),
        metavar="N",
        default=default,
        show_default=True,
        help="How many days to look back.",
    )


def dry_run_option(done: str) -> Callable[[F], F]:
    """Return the option `--dry-run`: what would be `done`, such as "written", is shown, and nothing else happens."""
    return click.option("--dry-run", is_flag=True, help=f"Show what would be {done}, and write nothing.")


def full_option(command: F) -> F:
    """Add `--full`."""
    text = "Read everything, not only what changed since the last poll."
    return click.option("--full", is_flag=True, help=text)(command)


def max_lag_option(command: F) -> F:
    """Add `--max-lag INTERVAL`."""
    text = "How long ago the last complete poll may have begun, before the sync is behind: 30s, 5m, 1h."
    return click.option("--max-lag", type=Interval(), help=text)(command)


def profiles_option(least: int) -> Callable[[F], F]:
    """Return the option `--profiles N` of the sandbox: how many there are, `least` or more."""
    return click.option(
        "--profiles",
        type=click.IntRange(least),
        metavar="N",
        default=1000,
        show_default=True,
        help="How many profiles to generate.",
    )


def seed_option(default: int, does: str = "gives the same profiles") -> Callable[[F], F]:
    """Return the option `--seed N`, and what the same seed does."""
    return click.option(
        "--seed", type=int, metavar="N", default=default, show_default=True, help=f"The same seed {does}."
    )


def strict_option(command: F) -> F:
    """Add `--strict`."""
    return click.option("--strict", is_flag=True, help="Count warnings as errors.")(command)


def load_engine(project: Path) -> Engine:
    """Return the engine of a project, with the functions and connectors that installed packages offer."""
    from recordmap.engine import Engine

    return Engine.load(project)


def load_for_transfers(project: Path) -> Engine:
    """Return the engine of a project for a command that opens its connectors, which log."""
    from recordmap.cli.logs import set_up_logging

    set_up_logging()
    return load_engine(project)
