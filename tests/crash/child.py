"""Doing something in a process of its own, that may end at any point."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any

from recordmap.connectors.store import Store

CRASHED = 99
_FAILED = 98


class Points:
    """The points of a store's work at which a process could end: around each statement that writes, and each commit.

    At the point `at` the process ends at once, as if the power went: nothing is rolled back, closed or flushed.
    """

    def __init__(self, store: Store, at: int = 0) -> None:
        self.count = 0
        self._at = at
        dialect: Any = store._engine.dialect
        dialect.do_execute = self._around(dialect.do_execute, lambda given: _writes(given[1]))
        dialect.do_executemany = self._around(dialect.do_executemany, lambda given: True)
        dialect.do_commit = self._around(dialect.do_commit, lambda given: True)

    def _around(self, call: Callable[..., Any], counts: Callable[[Any], bool]) -> Callable[..., Any]:
        def around(*given: Any, **named: Any) -> Any:
            watched = counts(given)
            if watched:
                self._pass()
            result = call(*given, **named)
            if watched:
                self._pass()
            return result

        return around

    def _pass(self) -> None:
        self.count += 1
        if self.count == self._at:
            os._exit(CRASHED)


def forked(work: Callable[[], None]) -> int:
    """Begin some work in a new process; return its number. It ends with 0 when the work is done."""
    number = os.fork()
    if number:
        return number
    code = _FAILED
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as if it were the parent
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(number: int) -> int:
    """Wait for a process and return its exit code; minus a signal's number when one ended it."""
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status)


def _writes(statement: str) -> bool:
    return not statement.lstrip().startswith(("SELECT", "PRAGMA", "BEGIN"))
