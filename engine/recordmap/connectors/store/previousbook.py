"""Previous source records within a unit of work: each as it was when its link was last synced.

They stand apart from the links, because a poll reads every link and hardly ever a previous record. A row is as old as
its link or older: whoever reads one asks the link whether it is of the last sync.
"""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import bindparam, insert, select, update

from recordmap.connectors.store.bulk import Bulk
from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.staged import StagedRows
from recordmap.connectors.store.tables import previous_records as rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordmap.connectors.destination import Record
    from recordmap.connectors.store.scope import Scope

_RECORDS = Lookup(
    lambda ids: select(rows.c.external_id, rows.c.document).where(
        rows.c.system == bindparam("system"),
        rows.c.schema == bindparam("schema"),
        rows.c.external_id.in_(ids),
    )
)
_INSERT = Bulk(insert(rows), "external_id", "document", "system", "schema")
_UPDATE = Bulk(
    update(rows)
    .where(
        rows.c.system == bindparam("of_system"),
        rows.c.schema == bindparam("of_schema"),
        rows.c.external_id == bindparam("of_external_id"),
    )
    .values(document=bindparam("new_document")),
    "of_external_id",
    "new_document",
    "of_system",
    "of_schema",
)


class PreviousBook:
    """Reads and stages the previous source records of the links from one system to one schema."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._rows: StagedRows[str] = StagedRows(scope, _RECORDS, itemgetter(1))

    def get(self, external_ids: Iterable[str]) -> dict[str, Record]:
        """Return the previous records of these source records, by external ID; those that have none are absent."""
        # Not by orjson: it reads integers of more than 64 bits as something else.
        return {one: json.loads(text) for one, text in self._rows.get(external_ids).items()}

    def stage(self, external_id: str, record: Record) -> None:
        """Stage a record as the previous one for the next time."""
        self._rows.stage(external_id, _text(record))

    def flush(self) -> None:
        """Write what is staged and differs from what is there. The links must have been written."""
        here = (self._scope.system, self._scope.schema)
        new, changed = self._rows.changes()
        _INSERT.execute(self._scope.connection, [(*row, *here) for row in new])
        _UPDATE.execute(self._scope.connection, [(*row, *here) for row in changed])


def _text(record: Record) -> str:
    try:
        return orjson.dumps(record).decode()
    except TypeError:  # huge integers and halves of characters are legal in a source record
        return json.dumps(record)
