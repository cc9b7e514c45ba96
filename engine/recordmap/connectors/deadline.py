"""A deadline for work that waits for others, kept by one thread that sleeps through nearly all of it.

A timer for each request would be a thread for each: starting one takes longer than sending the request. Here the
thread looks only when the time of the oldest request that it knows of is up, and then whether another goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType


class Deadline:
    """Calls `cut` when what is done within it takes longer than `seconds`: one thing at a time.

    `cut` is called in a thread of its own, while the work goes on, and never after it.
    """

    def __init__(self, seconds: float, cut: Callable[[], None]) -> None:
        self._seconds = seconds
        self._cut = cut
        self._changed = threading.Condition()
        self._until: float | None = None
        self._watched = False
        self.expired = False
        """Whether the time of the last thing done was up before it was done."""

    def __enter__(self) -> None:
        with self._changed:
            self.expired = False
            self._until = monotonic() + self._seconds
            # A thread that is there wakes before this time is up, because it waits for an earlier one.
            if not self._watched:
                threading.Thread(target=self._watch, name="deadline", daemon=True).start()
                self._watched = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._until = None

    def close(self) -> None:
        """Let the thread end."""
        with self._changed:
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while self._until is not None:
                left = self._until - monotonic()
                if left > 0:
                    self._changed.wait(left)
                else:
                    self.expired = True
                    self._until = None
                    self._cut()
            self._watched = False
