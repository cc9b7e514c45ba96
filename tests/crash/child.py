"""Doing something in a process of its own, that may end at any point."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

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
        # By events, because rows that PostgreSQL takes as a stream pass no other place that all statements pass.
        for moment in ("before_cursor_execute", "after_cursor_execute"):
            event.listen(store._engine, moment, self._statement)
        dialect: Any = store._engine.dialect
        commit = dialect.do_commit

        def around(*given: Any) -> None:
            self._pass()
            commit(*given)
            self._pass()

        dialect.do_commit = around

    def _statement(
        self,
        _connection: object,
        _cursor: object,
        statement: str,
        _rows: object,
        _context: object,
        many: bool,
    ) -> None:
        if many or _writes(statement):
            self._pass()

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
