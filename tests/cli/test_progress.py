"""The bar of long commands: what it shows on a terminal, and that it shows nothing elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from recordmap.cli import progress as bars
from recordmap.cli.progress import Progress, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Read:
    position, records = 50, 1234


WAYS: list[tuple[Callable[[Progress], None], str]] = [
    (lambda bar: bar.read(Read()), "1,234 records, "),
    (lambda bar: bar.transferred({"added": 1000, "failed": 7}), "1,007 records, "),
    (lambda bar: bar.tried("Add [bold]\x1b]0;it\x07"), "Add [bold]␛]0;it␇"),
]


@pytest.mark.parametrize(("tell", "shown"), WAYS)
def test_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, tell: Callable[[Progress], None], shown: str
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(bars, "_BETWEEN_UPDATES", 0)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with progress("Trying", 100) as bar:
        tell(bar)
    assert "Trying" in terminal.getvalue()
    assert shown in terminal.getvalue()


@pytest.mark.parametrize(("stream", "shown"), [(io.StringIO(), True), (Terminal(), False)])
def test_no_bar_elsewhere(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, shown: bool) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(bars, "_BETWEEN_UPDATES", 0)
    with progress("Trying", shown=shown) as bar:
        for tell, _ in WAYS:
            tell(bar)
    assert stream.getvalue() == ""
