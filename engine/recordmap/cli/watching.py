"""`recordmap check --watch`: checks again whenever a file of the project changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from recordmap.checking import check_files
from recordmap.cli.output import read_lines, tell
from recordmap.cli.reporting import Reporting
from recordmap.diagnostics import ConfigurationError


def watch_files(files: Callable[[], list[Path]], report: Reporting) -> None:
    """Check, wait for a change and check again, until Ctrl-C. `files` tells which there are by then.

    Raises:
        ConfigurationError: there is nothing to check at the beginning.
    """
    from watchfiles import watch

    folders = {file.resolve().parent for file in files()}
    _check(files, report)
    # Schemas and tables lie below the templates: a change to any file may matter.
    for _ in watch(*folders, watch_filter=_matters, raise_interrupt=True):
        read_lines.cache_clear()
        click.echo(f"\n--- {datetime.now().astimezone():%H:%M:%S}\n")
        _check(files, report)


def _check(files: Callable[[], list[Path]], report: Reporting) -> None:
    try:
        found = files()
    except ConfigurationError as error:  # a file is away for a moment, while an editor saves it
        tell(f"recordmap: {error}", err=True)
        return
    report.show(check_files(found), len(found))


def _matters(_change: object, path: str) -> bool:
    """Whether a file may be part of a project: not what editors, git and our own store write all the time."""
    return Path(path).suffix in {".yaml", ".yml", ".json", ".csv"} and not Path(path).name.startswith(".")
