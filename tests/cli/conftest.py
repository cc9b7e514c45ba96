"""The command line within a test: its own environment, and nothing of it left behind."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator

import pytest

from recordmap.cli.output import read_lines


@pytest.fixture
def commandline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take what would reach commands from outside away, and put back what they change in this process."""
    for name in os.environ:
        if name.startswith(("RECORDMAP_", "KLAVIYO_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    read_lines.cache_clear()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    log, sync = logging.getLogger("recordmap"), logging.getLogger("recordmap.sync")
    before = log.handlers, log.level, log.propagate, sync.level
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    log.handlers, log.level, log.propagate, sync.level = before
