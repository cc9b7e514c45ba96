"""Where somebody may look on while a poll goes on: its parts, with numbers and codes, never a value of a record.

The parts are `poll`, and within it `page` (waiting for one) and `transfer` (mapping and writing one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Note = Callable[[str, str | int], None]
"""Takes a fact about the part that goes on: its name, and a number or a code."""

Observe = Callable[[str], AbstractContextManager[Note]]
"""Is entered when a part begins, and left when it ends."""


@contextmanager
def unobserved(part: str) -> Iterator[Note]:  # noqa: ARG001 - nobody looks
    """Look at nothing."""
    yield _ignore


def _ignore(name: str, value: str | int) -> None:
    """Take a fact that nobody wants."""
