"""The budgets that keep a record's mapping finite: steps over lists, and the size of what a source makes.

Both count what the template and the record say, never time, so the same record always passes or always fails.
"""

from __future__ import annotations

from typing import Any

from recordmap.diagnostics import Fault
from recordmap.runtime.operators import MAX_TEXT

MAX_STEPS = 10_000
"""Steps of one record: elements of lists that are walked, and what functions go through."""
MAX_ENTRIES = 10_000
"""Entries of one value: elements of lists and values of objects, nested ones included."""
MAX_DEPTH = 64
"""Levels of lists and objects inside each other."""


class Budget:
    """The steps that one record has taken so far, for whoever evaluates without generated code."""

    def __init__(self) -> None:
        self.steps = 0

    def spend(self, count: int) -> None:
        """Take steps.

        Raises:
            Fault: that is more than a record may take.
        """
        self.steps = spend(self.steps, count)


def spend(steps: int, count: int) -> int:
    """Return `steps` with `count` more.

    Raises:
        Fault: that is more than a record may take.
    """
    steps += count
    if steps > MAX_STEPS:
        raise too_many_steps()
    return steps


def too_many_steps() -> Fault:
    """Return the fault of a record that takes too many steps."""
    return Fault("value-too-large", f"more than {MAX_STEPS:,} steps through the lists of one record")


def bounded(value: Any) -> Any:
    """Return a value as it is when it is small enough, shared parts counted as often as they would be written out.

    Raises:
        Fault: more than 10,000 entries, 100,000 characters or 64 levels.
    """
    measure(value)
    return value


def measure(value: Any) -> tuple[int, int]:
    """Return how many entries and how many characters of text a value has, written out.

    The walk needs no recursion, and ends as soon as a limit is passed.

    Raises:
        Fault: more than 10,000 entries, 100,000 characters or 64 levels.
    """
    entries = characters = 0
    stack: list[tuple[Any, int]] = [(value, 1)]
    while stack:
        part, depth = stack.pop()
        entries += 1
        if isinstance(part, str):
            characters += len(part)
        elif isinstance(part, list | dict):
            _check(entries + len(stack) + len(part), characters, depth)
            if isinstance(part, dict):
                characters += sum(map(len, part))
                part = part.values()
            stack.extend((inner, depth + 1) for inner in part)
    _check(entries, characters, 0)
    return entries, characters


def _check(entries: int, characters: int, depth: int) -> None:
    if entries > MAX_ENTRIES:
        raise Fault("value-too-large", f"a value of more than {MAX_ENTRIES:,} entries")
    if characters > MAX_TEXT:
        raise Fault("value-too-large", f"a value of more than {MAX_TEXT:,} characters")
    if depth > MAX_DEPTH:
        raise Fault("value-too-large", f"a value of more than {MAX_DEPTH} levels")
