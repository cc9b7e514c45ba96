"""What formulas go through: the budget of a record for functions and comparisons that are given much.

Python goes through most texts and lists so fast that a template at its limits is done in time. Counted is what takes
more than a millisecond for the largest values: functions that say so, and comparisons of lists and objects. What is
small costs nothing, so hardly a record costs anything, and only the careful tier has to count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.runtime import operators

MAX_WORK = 10_000
"""Units of one record: some seconds of the slowest functions."""
CHARACTERS = 1_000
"""Characters of a text that are a unit."""
ENTRIES = 100
"""Entries of lists and objects that are a unit."""


class Work:
    """The units that one record has left. Its methods call what is counted.

    Raises:
        Fault: (all of them) it would go through more than a record may.
    """

    __slots__ = ("_left",)

    def __init__(self, left: int = MAX_WORK) -> None:
        self._left = left

    def texts(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that goes through texts slowly."""
        for one in arguments:
            if type(one) is str and len(one) >= CHARACTERS:
                self._spend(len(one) // CHARACTERS)
        return function(*arguments)

    def lists(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that goes through lists and objects slowly."""
        for one in arguments:
            if type(one) in _CONTAINERS:
                self._spend(units(one))
        return function(*arguments)

    def last_two(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that compares its last two arguments."""
        self._compare(*arguments[-2:])
        return function(*arguments)

    def equal(self, left: Any, right: Any) -> bool:
        """Return whether two values are equal, as the operator does."""
        self._compare(left, right)
        return operators.equal(left, right)

    def not_equal(self, left: Any, right: Any) -> bool:
        """Return whether two values differ, as the operator does."""
        return not self.equal(left, right)

    def within(self, item: Any, container: Any) -> bool:
        """Return whether a value is in a container, as the operator does."""
        if type(container) is list:
            self._spend(units(container) if type(item) in _CONTAINERS else len(container) // ENTRIES)
        return operators.within(item, container)

    def _compare(self, left: Any, right: Any) -> None:
        if type(left) in _CONTAINERS and type(right) in _CONTAINERS and len(left) == len(right):
            self._spend(units(left))

    def _spend(self, count: int) -> None:
        left = self._left - count
        if left < 0:
            raise Fault(
                "value-too-large",
                f"functions and comparisons go through more than {MAX_WORK * CHARACTERS:,} characters of long texts, or"
                f" {MAX_WORK * ENTRIES:,} entries of large lists, for one record",
            )
        if count:
            self._left = left


LIGHT = Work(0)
"""Calls what costs nothing and refuses everything else: it never changes, so all records share it."""
_CONTAINERS = (list, dict)


def within_written(item: Any, written: list[Any]) -> bool:
    """Return whether a value is among scalars that a formula lists, as `LIGHT` would if that cost nothing.

    It may: however often a record is put through lists that long, its steps end before a third of its units is used.
    """
    return LIGHT.within(item, written) if type(item) in _CONTAINERS else operators.within(item, written)


def units(container: list[Any] | dict[str, Any]) -> int:
    """Return the units that a list or an object costs, with all that it holds: its entries, and its texts."""
    entries = characters = 0
    stack: list[Any] = [container]
    while stack and entries <= MAX_WORK * ENTRIES:
        part = stack.pop()
        entries += len(part)
        for one in part.values() if type(part) is dict else part:
            if type(one) is str:
                characters += len(one)
            elif type(one) in _CONTAINERS:
                stack.append(one)
    return entries // ENTRIES + characters // CHARACTERS
