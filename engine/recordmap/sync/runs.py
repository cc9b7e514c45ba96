"""The history of runs: each one is noted when it begins and when it ends, however it ends.

In between, units of the run carry a sign of life now and then, so that one whose process was killed is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError
from recordmap.diagnostics.log import RUN, event, logger
from recordmap.sync.report import RunStatus

if TYPE_CHECKING:
    from recordmap.connectors.destination import Destination, Unit
    from recordmap.connectors.journal import UndoUnit

EVERY = 20.0
"""Seconds between two signs of life of a run: a small part of the silence after which nobody counts on it."""

log = logger("recordmap.sync")


@dataclass(slots=True)
class RunNote:
    """What will be noted of a run when it ends. A run that nobody ended any other way has failed."""

    run_id: int | None = None
    status: RunStatus = RunStatus.FAILED
    message: str | None = "The run was broken off"
    code: str | None = "internal-error"
    _seen: float = field(default_factory=monotonic)

    def see(self, unit: Unit | UndoUnit) -> None:
        """Note with a unit that the run goes on, unless that was done a moment ago."""
        if self.run_id is not None and monotonic() - self._seen >= EVERY:
            unit.see_run(self.run_id)
            self._seen = monotonic()

    def end(self, status: RunStatus, message: str | None = None) -> None:
        """Say how the run ended."""
        self.status, self.message, self.code = status, message, None

    def fail(self, error: ConnectorError) -> None:
        """Say that the run failed because another system did not do its part."""
        self.status, self.message, self.code = RunStatus.FAILED, error.reason, error.code


@contextmanager
def recorded(destination: Destination, kind: str, note: RunNote, counts: Mapping[str, int]) -> Iterator[None]:
    """Keep a run in the history: `counts` and `note` are written as they stand when the run ends.

    Raises:
        ConnectorError: the destination is out of reach at the start, or whatever leaves the block.
    """
    outer = RUN.set(None)
    try:
        note.run_id = destination.start_run(kind)
        RUN.set(note.run_id)
        log.info("run %d (%s) started", note.run_id, kind, extra=event("run-started", kind=kind))
        yield
    except ConnectorError as error:
        note.fail(error)
        raise
    finally:
        try:
            if note.run_id is not None:
                _finish(destination, note.run_id, note, counts)
        finally:
            RUN.reset(outer)


def _finish(destination: Destination, run_id: int, note: RunNote, counts: Mapping[str, int]) -> None:
    told = event("run-ended", status=note.status.value, code=note.code, counts=dict(counts))
    log.info("run %d %s: %s", run_id, note.status.value, dict(counts), extra=told)
    try:
        destination.finish_run(run_id, note.status.value, counts, note.message)
    except ConnectorError as error:
        # The run itself is over; that its end is missing in the history must not hide how it ended.
        told = event("run-end-not-noted", code=error.code)
        log.warning("the end of run %d was not noted: %s", run_id, error.code, extra=told)
