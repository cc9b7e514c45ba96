"""How far a command has come: one bar on a terminal, and nothing elsewhere.

It doesn't know what a command does; it is told, and drawn now and then.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

_BETWEEN_UPDATES = 0.1  # seconds; a bar that is drawn after every step would slow a run down


class ReadSoFar(Protocol):
    """How far a run over a stream of records has come."""

    @property
    def position(self) -> int:
        """Bytes read of the input."""
        ...

    @property
    def records(self) -> int:
        """Records read."""
        ...


class Progress:
    """What a command tells of its progress, in one of three ways. Each call is cheap, whether there is a bar or not."""

    def __init__(self, draw: Callable[[int, int, str], None]) -> None:
        """Begin. `draw` gets how many are done, how far that is of the total, and what goes on."""
        self._draw = draw
        self._tried = 0
        self._drawn = time.monotonic()

    def read(self, now: ReadSoFar) -> None:
        """Tell how far a stream of records is read."""
        self._tell(now.records, now.position)

    def transferred(self, counts: Mapping[str, int]) -> None:
        """Tell how many records there are of each outcome."""
        done = sum(counts.values())
        self._tell(done, done)

    def tried(self, what: str) -> None:
        """Tell that one more was tried, and what it belongs to."""
        self._tried += 1
        self._tell(self._tried, self._tried, what)

    def _tell(self, done: int, position: int, what: str = "") -> None:
        now = time.monotonic()
        if now - self._drawn >= _BETWEEN_UPDATES:
            self._drawn = now
            self._draw(done, position, what)


@contextmanager
def progress(
    title: str, total: int | None = None, *, unit: str = "records", shown: bool = True
) -> Iterator[Progress]:
    """Show a bar on a terminal: how many, their rate and, where there is a `total` (bytes or steps), the time left."""
    if not (shown and sys.stderr.isatty()):
        yield Progress(lambda _done, _position, _what: None)
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from recordmap.cli.output import console
    from recordmap.diagnostics.render import visible

    begin = time.monotonic()
    done = TextColumn("{task.fields[done]:,} " + unit + ", {task.fields[rate]:,.0f}/s")
    times = (TextColumn("left"), TimeRemainingColumn()) if total else (TimeElapsedColumn(),)
    columns = (TextColumn(title), BarColumn(), done, *times, TextColumn("{task.description}", markup=False))
    # Without a thread that draws: a process with threads is not forked.
    with Bar(*columns, console=console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("", total=total, done=0, rate=0.0)

        def draw(done: int, position: int, what: str) -> None:
            rate = done / (time.monotonic() - begin)
            bar.update(
                task, completed=position, done=done, rate=rate, description=visible(what), refresh=True
            )

        yield Progress(draw)
