"""Work that is counted in calls of functions: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


class Calls:
    """Counts calls of functions while it is entered, and ends what takes more than it may."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __enter__(self) -> None:
        sys.setprofile(self._count)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, _frame: FrameType, event: str, _argument: Any) -> None:
        self._left -= event == "call"
        if self._left < 0:
            sys.setprofile(None)
            raise AssertionError("more calls of functions than the check may take")
