"""Python's garbage collector, and when it is in the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Let the collector rest while many small objects are made that stay, or that go without its help.

    Reading and compiling templates make such objects. The collector would walk over all that are there again and
    again, and find nothing: half of the time of a hundred collections, and more of a thousand. Afterwards they count as
    old, as if it had looked at them already: the next look at young objects leaves them out.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            _grow_old()
            gc.enable()


def _grow_old() -> None:
    """Move all objects to the oldest generation. What an embedding program froze stays frozen."""
    if hasattr(gc, "freeze") and not gc.get_freeze_count():  # other Pythons than CPython have no generations
        gc.freeze()
        gc.unfreeze()
