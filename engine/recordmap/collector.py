"""Python's garbage collector, and when it is in the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Let the collector rest while many small objects are made that stay, or that go without its help.

    Reading and compiling templates make such objects. The collector would walk over all that are there again and
    again, and find nothing: half of the time of a hundred collections, and more of a thousand.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
