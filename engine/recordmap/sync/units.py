"""Units of one run: begun, committed, done again when another writer got in between.

The destination's write lock keeps writers apart, and its unique keys stand behind the lock. A unit that meets one of
them read what is not true any more, so it is done again from its reads on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import LEASE_LOST, Destination, OvertakenError, Unit
from recordmap.diagnostics.log import event, logger

if TYPE_CHECKING:
    from recordmap.sync.lease import PollLease
    from recordmap.sync.runs import RunNote

log = logger("recordmap.sync")

T = TypeVar("T")

TRIES = 3


class Units:
    """The units of a `run`, which shows by them that it goes on.

    With a lease, nothing is committed that is not covered by it.
    """

    def __init__(
        self, destination: Destination, run: RunNote | None = None, lease: PollLease | None = None
    ) -> None:
        self._destination = destination
        self._run = run
        self._lease = lease

    def do(self, work: Callable[[Unit], T]) -> T:
        """Do some work in a unit of its own and return its result, committed.

        `work` may be called more than once, each time with a new unit, and must begin anew each time.

        Raises:
            ConnectorError: the destination is out of reach, another process took the lease over, or other writers
                got in between every time.
        """
        for left in reversed(range(TRIES)):
            try:
                with self._destination.unit() as unit:
                    if self._lease:
                        self._lease.keep(unit)
                    if self._run:
                        self._run.see(unit)
                    result = work(unit)
            except OvertakenError as error:
                if not left:
                    raise
                log.info(
                    "%s; the unit is done again", error.code, extra=event("unit-repeated", code=error.code)
                )
            else:
                return result
        raise AssertionError  # the last try returns or raises

    def show_life(self) -> None:
        """Show that the run goes on, and keep the lease, while there is nothing to write.

        A destination that can't be reached for a moment is left to the next unit, which needs it.

        Raises:
            ConnectorError: another process took the lease over, or the destination refuses.
        """
        try:
            self.do(lambda _unit: None)
        except ConnectorError as error:
            if error.code == LEASE_LOST or not error.transient:
                raise
            told = event("life-not-shown", code=error.code)
            log.info("%s; the run goes on, and shows it later", error.code, extra=told)


@runtime_checkable
class Attended(Protocol):
    """A source that calls `meanwhile` now and then while its user waits for it, in the user's thread."""

    meanwhile: Callable[[], None]


@contextmanager
def attending(source: object, units: Units) -> Iterator[None]:
    """Show life by `units` while a source is waited for, where it is one that can tell."""
    if not isinstance(source, Attended):
        yield
        return
    before, source.meanwhile = source.meanwhile, units.show_life
    try:
        yield
    finally:
        source.meanwhile = before
