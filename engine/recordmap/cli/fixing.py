"""What `recordmap check --fix` and `--diff` write and say."""

from __future__ import annotations

from collections.abc import Sequence

import click

from recordmap.repair import Repair


def write(result: Repair) -> None:
    """Write the files that fixes changed.

    Raises:
        ConfigurationError: a file was changed meanwhile.
        OSError: a file can't be written.
    """
    for change in result.changes:
        change.write()


def show(result: Repair) -> None:
    """Print what fixes would change, and how many there are."""
    for change in result.changes:
        click.echo(change.diff(), nl=False)
    click.echo(summary(result, would=True), err=True)


def summary(result: Repair, *, would: bool = False) -> str:
    """Return how it went in one line: "3 fixed, 1 left"."""
    fixed = f"{len(result.fixed):,} {'would be fixed' if would else 'fixed'}"
    return f"{fixed}, {_number(result.left)} left"


def _number(findings: Sequence[object]) -> str:
    return f"{len(findings):,}" if findings else "none"
