"""Which source records are not which records, because somebody undid a link.

Hardly any store has such, so a unit asks first whether there is anything at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from recordmap.connectors.journal import Parting
from recordmap.connectors.store.documents import storable
from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.tables import partings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordmap.connectors.store.scope import Scope

_AMONG = Lookup(
    lambda ids: select(partings.c.external_id, partings.c.record_id, partings.c.source_hash).where(
        partings.c.system == bindparam("system"),
        partings.c.schema == bindparam("schema"),
        partings.c.external_id.in_(ids),
    )
)


class PartingBook:
    """The partings of one system and schema."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._where = (partings.c.system == scope.system, partings.c.schema == scope.schema)
        self._any: bool | None = None

    def among(self, external_ids: Iterable[str]) -> dict[str, tuple[Parting, ...]]:
        """Return the partings of source records, by external ID; those without one are absent."""
        scope = self._scope
        if self._any is None:
            found = scope.connection.execute(select(partings.c.record_id).where(*self._where).limit(1))
            self._any = found.first() is not None
        if not self._any:
            return {}
        wanted = [external_id for external_id in dict.fromkeys(external_ids) if storable(external_id)]
        known: dict[str, tuple[Parting, ...]] = {}
        for external_id, record_id, source_hash in _AMONG.rows(
            scope.connection, wanted, system=scope.system, schema=scope.schema
        ):
            known[external_id] = (*known.get(external_id, ()), Parting(record_id, source_hash))
        return known

    def add(self, external_id: str, parting: Parting) -> None:
        """Keep a source record from being linked to a record again."""
        scope, record_id = self._scope, parting.record_id
        its = (partings.c.external_id == external_id, partings.c.record_id == record_id)
        scope.connection.execute(delete(partings).where(*self._where, *its))
        row = {"external_id": external_id, "record_id": record_id, "source_hash": parting.source_hash}
        row |= {"system": scope.system, "schema": scope.schema, "parted_at": scope.now}
        scope.connection.execute(insert(partings), row)
