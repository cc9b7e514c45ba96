"""What can go wrong with a run or in its input, apart from records: the words for it, and nothing else."""

from __future__ import annotations

from recordmap.diagnostics import RecordmapError
from recordmap.frozen import Frozen


class WorkerLostError(RecordmapError):
    """A worker process ended before its work was done: it was killed, or there was no memory left."""


class Broken(Frozen):
    """Something in a stream that is no record and cannot be one, with a reason that shows nothing of it."""

    reason: str
