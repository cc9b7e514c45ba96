"""Staged writes that can be taken back.

What a unit of work wants to write stands in plain dictionaries until it ends. Every change to them that the
database doesn't know yet goes through `Staging`, so that an attempt that fails leaves them as they were.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Any = object()


class Staging:
    """Remembers what entries held before an attempt changed them."""

    def __init__(self, table: Callable[[], dict[Any, Any]] = dict) -> None:
        """Stage in tables that `table` makes."""
        self.table = table
        self._log: list[tuple[dict[Any, Any], Any, Any]] = []
        self._depth = 0

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Set an entry."""
        if self._depth:
            self._log.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        """Remove an entry that is there."""
        if self._depth:
            self._log.append((table, key, table[key]))
        del table[key]

    def attempt(self) -> AbstractContextManager[None]:
        """Keep every change made inside, or none when an exception leaves it. Attempts may be nested."""
        return _Attempt(self)

    def begin(self) -> int:
        """Begin an attempt; the mark returned goes to `end`."""
        self._depth += 1
        return len(self._log)

    def end(self, mark: int, *, keep: bool) -> None:
        """End the latest attempt."""
        if not keep:
            self._take_back(mark)
        self._depth -= 1
        if not self._depth:
            self._log.clear()

    def _take_back(self, mark: int) -> None:
        while len(self._log) > mark:
            table, key, before = self._log.pop()
            if before is _ABSENT:
                del table[key]
            else:
                table[key] = before


class _Attempt(AbstractContextManager[None]):
    """An attempt as a context, one for every record: written out, because a generator costs three times as much."""

    __slots__ = ("_mark", "_staging")

    def __init__(self, staging: Staging) -> None:
        self._staging = staging

    def __enter__(self) -> None:
        self._mark = self._staging.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._staging.end(self._mark, keep=kind is None)
