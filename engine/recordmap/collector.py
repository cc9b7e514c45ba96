"""Python's garbage collector, and when it is in the way."""

from __future__ import annotations

import gc
import sys
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


@contextmanager
def importing() -> Iterator[None]:
    """Let the collector rest while modules are imported, and count what is there then as old.

    Modules stay as long as the process: to walk over them once more because they are young takes a twentieth of a
    start. Where all were there already nothing ages, so a process that runs on gets rid of its garbage as ever.
    """
    known = len(sys.modules)
    with resting():
        yield
        # What a program froze stays frozen; Python 3.12 itself begins with something frozen, so nothing ages there.
        if len(sys.modules) > known and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
