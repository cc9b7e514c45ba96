"""What can go wrong with a run, apart from records."""

from __future__ import annotations

from recordmap.diagnostics import RecordmapError


class WorkerLostError(RecordmapError):
    """A worker process ended before its work was done: it was killed, or there was no memory left."""
