"""Who may write a destination's file: of several processes one at a time.

The system lets the lock go when its process ends, however it ends. So what a writer left behind is told from what one
still writes. Nothing is written here but an empty file for the lock.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_PAUSE = 0.05


@contextmanager
def sole_writer(lock: Path, wait: float = 0.0) -> Iterator[bool]:
    """Hold a lock, for which it waits so many seconds at most; says whether it is held.

    Raises:
        OSError: the file of the lock can't be made.
    """
    with lock.open("ab") as file:
        yield _locked(file, time.monotonic() + wait)


def _locked(file: IO[bytes], until: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)
        else:
            return True
