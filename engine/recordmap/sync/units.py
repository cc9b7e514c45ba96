"""Units of one run: begun, committed, done again when another writer got in between.

The destination's write lock keeps writers apart, and its unique keys stand behind the lock. A unit that meets one of
them read what is not true any more, so it is done again from its reads on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from recordmap.connectors.destination import Destination, OvertakenError, Unit
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
