"""What stands in one row for each source record, within a unit of work: read once, staged, written where it differs.

Who uses it says how a row is read, and writes what is new or changed; links and previous records do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from recordmap.connectors.store.documents import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recordmap.connectors.store.lookups import Lookup
    from recordmap.connectors.store.scope import Scope

V = TypeVar("V")

Changes = list[tuple[str, V]]


class StagedRows(Generic[V]):
    """Values by the external ID of their source record, for one system and schema.

    `lookup` finds the rows of IDs, of which the first column is the ID; `value` makes the value of a row.
    """

    def __init__(self, scope: Scope, lookup: Lookup, value: Callable[[Sequence[Any]], V]) -> None:
        self._scope = scope
        self._lookup = lookup
        self._value = value
        self._stored: dict[str, V | None] = scope.staging.table()
        self._staged: dict[str, V] = scope.staging.table()

    def get(self, external_ids: Iterable[str]) -> dict[str, V]:
        """Return the values of these source records; those that have none are absent."""
        wanted = [external_id for external_id in dict.fromkeys(external_ids) if storable(external_id)]
        staged = self._staged
        self._fetch(external_id for external_id in wanted if external_id not in staged)
        found = (
            (external_id, staged[external_id] if external_id in staged else self._stored[external_id])
            for external_id in wanted
        )
        return {external_id: value for external_id, value in found if value is not None}

    def stage(self, external_id: str, value: V) -> None:
        """Stage the value of a source record."""
        self._scope.staging.put(self._staged, external_id, value)

    def changes(self) -> tuple[Changes[V], Changes[V]]:
        """Return what is staged and not there yet, and what is there otherwise."""
        self._fetch(self._staged)
        new: Changes[V] = []
        changed: Changes[V] = []
        for external_id, value in self._staged.items():
            before = self._stored[external_id]
            if before is None:
                new.append((external_id, value))
            elif before != value:
                changed.append((external_id, value))
        return new, changed

    def _fetch(self, external_ids: Iterable[str]) -> None:
        unknown = [external_id for external_id in external_ids if external_id not in self._stored]
        self._stored.update(dict.fromkeys(unknown))
        scope = self._scope
        for row in self._lookup.rows(scope.connection, unknown, system=scope.system, schema=scope.schema):
            self._stored[row[0]] = self._value(row)
