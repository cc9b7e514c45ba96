"""Who may write a destination's file: of several processes one at a time.

The system lets the lock go when its process ends, however it ends. So what a writer left behind is told from what one
still writes. Nothing is written here but an empty file for the lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sole_writer(lock: Path, wait: float = 0.0) -> Iterator[bool]:
    """Hold a lock, for which it waits so many seconds at most; says whether it is held.

    Raises:
        OSError: the file of the lock can't be made.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - most syncs write no file

    held = FileLock(lock)
    try:
        held.acquire(timeout=wait)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        held.release()
