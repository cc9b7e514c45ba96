"""Source records that are kept out, because the person asked to be forgotten: only a hash of each ID is there.

The hash can be made by whoever knows the ID, and tells nothing to whoever doesn't. Hardly any store keeps anybody out,
so a unit asks first whether there is anyone at all.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, insert, select

from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.tables import kept_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


_AMONG = Lookup(
    lambda digests: select(kept_out.c.digest).where(
        kept_out.c.system == bindparam("system"),
        kept_out.c.schema == bindparam("schema"),
        kept_out.c.digest.in_(digests),
    )
)


class KeptOut:
    """Who is kept out of one schema, of those that one system sends."""

    def __init__(self, connection: Connection, system: str, schema: str) -> None:
        self._connection = connection
        self._here = {"system": system, "schema": schema}
        self._where = (kept_out.c.system == system, kept_out.c.schema == schema)
        self._any: bool | None = None

    def among(self, external_ids: Iterable[str]) -> set[str]:
        """Return which of these source records are kept out."""
        if self._any is None:
            found = self._connection.execute(select(kept_out.c.digest).where(*self._where).limit(1))
            self._any = found.first() is not None
        if not self._any:
            return set()
        digests = {self._digest(external_id): external_id for external_id in external_ids}
        return {digests[digest] for (digest,) in _AMONG.rows(self._connection, digests, **self._here)}

    def add(self, external_ids: Iterable[str], now: datetime) -> None:
        """Keep source records out from now on."""
        wanted = set(external_ids)
        rows = [
            {**self._here, "digest": self._digest(external_id), "kept_at": now}
            for external_id in sorted(wanted - self.among(wanted))
        ]
        if rows:
            self._connection.execute(insert(kept_out), rows)

    def remove(self, external_id: str) -> bool:
        """Let a source record in again; False when it was not kept out."""
        its = delete(kept_out).where(*self._where, kept_out.c.digest == self._digest(external_id))
        return self._connection.execute(its).rowcount > 0

    def _digest(self, external_id: str) -> str:
        named = "\0".join((*self._here.values(), external_id))
        return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
