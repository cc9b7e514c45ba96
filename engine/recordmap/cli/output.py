"""What commands print: findings, lines, tables, JSON. Data goes to stdout, everything else to stderr.

Records and templates may hold what a terminal obeys, or an eye is misled by. Whatever is printed for people through
here shows such characters, and stays on its line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.diagnostics import Diagnostic
from recordmap.diagnostics.render import full, visible
from recordmap.template.characters import MAX_BYTES, split_lines
from recordmap.unseen import escaped

if TYPE_CHECKING:
    from rich.console import Console


def wants_color(stream: Any) -> bool:
    """Whether to colour what goes to `stream`: --color first, then NO_COLOR, then whether it is a terminal."""
    context = click.get_current_context(silent=True)
    if context is not None and context.color is not None:
        return context.color
    return not os.environ.get("NO_COLOR") and stream.isatty()


@cache
def read_lines(file: str) -> Sequence[str]:
    """Return the lines of a file that a finding is in, as far as it was read; none when it can't or may not be."""
    from recordmap.project import leads_out

    path = Path(file)
    try:
        if leads_out(path):
            return ()
        with path.open("rb") as opened:
            return split_lines(opened.read(MAX_BYTES).decode("utf-8", errors="replace"))
    except OSError:
        return ()


def print_findings(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings in full to stderr."""
    click.echo(full(list(diagnostics), read_lines, color=wants_color(sys.stderr)), err=True)


def tell(*lines: str, err: bool = False) -> None:
    """Print lines for people. A line break within a line is shown, as everything else that can't be seen."""
    click.echo("\n".join(map(visible, lines)), err=err)


def console(*, stderr: bool = False) -> Console:
    """Return a rich console for tables and bars."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    color = wants_color(stream)
    # Where nobody looks on (a file, a pipe) nothing is folded.
    width = None if stream.isatty() else 240
    return Console(
        file=stream, no_color=not color, force_terminal=color or None, highlight=False, width=width
    )


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table to stdout, without a heading where no column has one. A cell is one line, or folded."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=title,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
        show_header=any(columns),
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    console().print(table)


def in_words(key: str) -> str:
    """Return a key of JSON data as a table has it: `source_id` is "source ID"."""
    return key.replace("_", " ").replace(" id", " ID")


def print_json(data: object, *, one_line: bool = False) -> None:
    """Print JSON to stdout: as UTF-8, whatever the terminal's encoding is. What can't be seen is escaped."""
    import orjson

    try:
        written = orjson.dumps(data, option=0 if one_line else orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:
        # Halves of characters, as in the name of a file that is no UTF-8: they are escaped, as everything else then is.
        layout: dict[str, Any] = {"separators": (",", ":")} if one_line else {"indent": 2}
        written = json.dumps(data, **layout).encode()
    click.echo(escaped(written))
