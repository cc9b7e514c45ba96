"""Putting a file in the place of another whole: it is written under another name, brought to disk, and renamed.

Like `frozen`, this lies below all rooms and imports nothing of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO


@contextmanager
def in_place_of(path: Path, *, name: str | None = None, suffix: str = "") -> Iterator[IO[bytes]]:
    """Open a file, to be written and read, that takes the place of `path` at the end, and is gone on an exception.

    Only its owner may read it, unless its mode is changed meanwhile. `name` is what people know it by, where that isn't
    its path; `suffix` is how its other name ends.

    Raises:
        OSError: it can't be written; its `filename` is the name that people know.
    """
    try:
        made = NamedTemporaryFile(  # noqa: SIM115 - it is entered below
            "w+b", dir=path.parent, prefix=f".{path.name}.", suffix=suffix, delete=False
        )
    except OSError as error:  # nobody knows the file by its first name
        raise OSError(error.errno, error.strerror, name or str(path)) from None
    try:
        with made:
            yield made.file
            made.flush()
            os.fsync(made.fileno())
        Path(made.name).replace(path)
    except BaseException:
        Path(made.name).unlink(missing_ok=True)
        raise
