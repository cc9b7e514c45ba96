"""Ending a run between two pages when a signal asks for it."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from recordmap.cli.logs import say


class Stopping:
    """From now on SIGINT and SIGTERM ask for an end after the page in hand, and a second one ends at once."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.code = 0
        """The exit code of a run that was asked to end; 0 until then."""
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self.event.is_set():
            raise SystemExit(128 + number)
        self.code = 128 + number
        self.event.set()
        say("stopping", "stopping after the page in hand; once more to stop at once", level="info")
