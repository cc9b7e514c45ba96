"""The lease of scheduled polling: of several processes that poll one integration every so often, one does.

It saves work and keeps the log readable; that nothing is transferred twice doesn't depend on it. A process that dies
leaves a lease that runs out, and the next one takes over. One that was held up for so long that another took over
commits nothing more: its lease is looked at in every unit.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from recordmap.connectors.destination import SILENCE
from recordmap.sync.timestamps import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recordmap.connectors.destination import Destination, Lease, Unit

LASTS = SILENCE
"""How long a lease lasts after the last sign of life of a poll."""


def this_process() -> str:
    """Return a name for this process that no other has: machine, number, and a few digits by chance."""
    return f"{socket.gethostname()}, process {os.getpid()} ({secrets.token_hex(2)})"


class PollLease:
    """The lease of one process, by the name of `holder`. `clock` gives aware UTC."""

    def __init__(
        self, destination: Destination, holder: str, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._destination = destination
        self._holder = holder
        self._clock = clock
        self._lease: Lease | None = None

    def take(self, pause: timedelta = timedelta()) -> Lease | None:
        """Take or prolong the lease, for a poll and a pause before it; return None, or the lease of who has it.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        lease = self._destination.take_lease(self._holder, self._clock() + pause + LASTS)
        mine = lease.holder == self._holder
        self._lease = lease if mine else None
        return None if mine else lease

    def remaining(self, other: Lease) -> timedelta:
        """Return how long another process's lease still lasts, unless it is prolonged."""
        return max(other.expires_at - self._clock(), timedelta())

    def keep(self, unit: Unit) -> None:
        """Prolong the lease with a unit, so that the unit commits only under it.

        Raises:
            ConnectorError: another process has taken it over (`lease-lost`).
            ValueError: it was not taken.
        """
        if self._lease is None:
            raise ValueError("a lease has to be taken before it is kept")
        unit.keep_lease(self._lease, self._clock() + LASTS)

    def give_up(self) -> None:
        """Let another process take over at once.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        if self._lease is not None:
            self._destination.drop_lease(self._lease)
            self._lease = None
