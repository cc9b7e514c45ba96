"""Links within a unit of work: which source record is which destination record."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, insert, select, update

from recordmap.connectors.destination import Link
from recordmap.connectors.store.bulk import Bulk
from recordmap.connectors.store.documents import storable
from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.staged import StagedRows
from recordmap.connectors.store.tables import Instant, links
from recordmap.diagnostics import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordmap.connectors.store.scope import Scope

MAX_EXTERNAL_ID = 400
"""Characters of an external ID: an index entry of PostgreSQL takes no more than 2,704 bytes."""

_LINKS = Lookup(
    lambda ids: select(
        links.c.external_id,
        links.c.record_id,
        links.c.rule,
        links.c.source_updated,
        links.c.source_hash,
        links.c.version,
    ).where(
        links.c.system == bindparam("system"),
        links.c.schema == bindparam("schema"),
        links.c.external_id.in_(ids),
    )
)
# Both take the parts of a link in its own order, then what it stands beside.
_INSERT = Bulk(
    insert(links),
    "external_id",
    "record_id",
    "rule",
    "source_updated",
    "source_hash",
    "version",
    "system",
    "schema",
    "linked_at",
)
_UPDATE = Bulk(
    update(links)
    .where(
        links.c.system == bindparam("of_system"),
        links.c.schema == bindparam("of_schema"),
        links.c.external_id == bindparam("of_external_id"),
    )
    .values(
        record_id=bindparam("to_record"),
        # A link is as old as the decision that made it, not as the last transfer over it.
        linked_at=case(
            (links.c.record_id == bindparam("to_record"), links.c.linked_at),
            else_=bindparam("now", type_=Instant),
        ),
        rule=bindparam("by_rule"),
        source_updated=bindparam("new_updated"),
        source_hash=bindparam("new_hash"),
        version=bindparam("new_version"),
    ),
    "of_external_id",
    "to_record",
    "by_rule",
    "new_updated",
    "new_hash",
    "new_version",
    "of_system",
    "of_schema",
    "now",
)

_BY_ID = itemgetter(0)


class LinkBook:
    """Reads and stages the links from one system to one schema."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._rows = StagedRows(scope, _LINKS, Link._make)

    def get(self, external_ids: Iterable[str]) -> dict[str, Link]:
        """Return the links of these source records; unlinked ones are absent."""
        return self._rows.get(external_ids)

    def stage(self, link: Link) -> None:
        """Stage a link.

        Raises:
            Fault: the external ID can't be stored.
        """
        if len(link.external_id) > MAX_EXTERNAL_ID or not storable(link.external_id):
            raise Fault("source-bad-id", "the source record's ID is too long or holds forbidden characters")
        self._rows.stage(link.external_id, link)

    def flush(self) -> None:
        """Write what is staged and differs from what is there."""
        here = (self._scope.system, self._scope.schema, self._scope.now)
        new, changed = self._rows.changes()
        # In the order of the index: neighbours are written one after the other.
        _INSERT.execute(self._scope.connection, [(*link, *here) for _, link in sorted(new, key=_BY_ID)])
        _UPDATE.execute(self._scope.connection, [(*link, *here) for _, link in changed])
