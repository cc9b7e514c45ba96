"""Who polls: one row for each system and schema, taken, kept and given up by comparing what it holds.

Every statement runs in a transaction that holds the write lock, so of two that want the lease one gets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import LEASE_LOST, Lease, Rules
from recordmap.connectors.store.tables import leases

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement


class LeaseBook:
    """The lease of one system and schema, seen from one transaction."""

    def __init__(self, connection: Connection, rules: Rules, now: datetime) -> None:
        self._connection = connection
        self._here = {"system": rules.system, "schema": rules.schema}
        self._now = now

    def current(self) -> Lease | None:
        """Return the lease as it stands, run out or not; None when nobody ever had it."""
        wanted = select(leases.c.holder, leases.c.number, leases.c.expires_at).where(*self._place())
        row = self._connection.execute(wanted).first()
        return None if row is None else Lease(*row)

    def take(self, holder: str, until: datetime) -> Lease:
        """Return the holder's lease, taken or prolonged, or that of another who has it now."""
        held = self.current()
        if held is not None and held.holder != holder and held.expires_at > self._now:
            return held
        if held is None:
            lease = Lease(holder, 1, until)
            self._connection.execute(insert(leases), {**self._here, **_row(lease)})
            return lease
        lease = Lease(holder, held.number + (held.holder != holder), until)
        self._connection.execute(update(leases).where(*self._place()).values(_row(lease)))
        return lease

    def keep(self, lease: Lease, until: datetime) -> None:
        """Prolong a lease.

        Raises:
            ConnectorError: another has taken it over (`lease-lost`).
        """
        if not self._change(lease, until):
            held = self.current()
            raise ConnectorError(
                LEASE_LOST,
                f"{held.holder if held else 'another process'} has taken over polling",
                transient=True,
                hint="this process was held up for too long; nothing of the page in hand was written",
            )

    def drop(self, lease: Lease) -> None:
        """Let a lease run out now, if it still is who thinks so."""
        self._change(lease, self._now)

    def _change(self, lease: Lease, until: datetime) -> bool:
        its = (*self._place(), leases.c.holder == lease.holder, leases.c.number == lease.number)
        changed = update(leases).where(*its).values(expires_at=until)
        return self._connection.execute(changed).rowcount > 0

    def _place(self) -> tuple[ColumnElement[bool], ...]:
        return (leases.c.system == self._here["system"], leases.c.schema == self._here["schema"])


def _row(lease: Lease) -> dict[str, object]:
    return {"holder": lease.holder, "number": lease.number, "expires_at": lease.expires_at}
