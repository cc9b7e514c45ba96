"""A destination to rehearse with: everything is decided as in a run, and nothing is kept.

All units of a rehearsal are one, which is never committed. So each page sees what the pages before it would have
written, over one state of the destination, and whoever writes meanwhile is neither kept waiting nor seen.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    from recordmap.connectors.destination import Destination, Unit


class RehearsedDestination:
    """What a poll needs of a destination. A context manager; the rehearsed unit begins when it is first needed."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._watermark = destination.watermark()
        self._resources = ExitStack()
        self._unit: Unit | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.__exit__(kind, error, trace)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """Begin a part of the rehearsal: later parts see its writes, unless an exception leaves it.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        if self._unit is None:
            self._unit = self._resources.enter_context(self._destination.rehearsal())
        with self._unit.attempt():
            yield self._unit

    def watermark(self) -> datetime | None:
        """Return how far the source had been read when the rehearsal began."""
        return self._watermark

    def drop_previous(self) -> None:
        """Delete nothing."""

    def start_run(self, kind: str) -> int:  # noqa: ARG002 - a rehearsal is not in the history
        """Note nothing."""
        return 0

    def finish_run(self, run_id: int, status: str, counts: Mapping[str, int], message: str | None) -> None:
        """Note nothing."""
