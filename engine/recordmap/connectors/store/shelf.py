"""Records and their children within a unit of work: what was read, and what is to be written.

Documents are held as JSON text, so nobody can change what is staged by changing the object they got or gave. A record
is decoded anew each time; a child once, as long as it stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from recordmap.connectors.destination import Record, Stored, StoredChild
from recordmap.connectors.store.bulk import Bulk
from recordmap.connectors.store.documents import decode
from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.tables import children, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordmap.connectors.store.scope import Scope

_RECORDS = Lookup(
    lambda ids: select(records.c.id, records.c.document).where(
        records.c.schema == bindparam("schema"), records.c.id.in_(ids)
    )
)
_CHILDREN = Lookup(
    lambda ids: (
        select(
            children.c.id,
            children.c.record_id,
            children.c.into_field,
            children.c.document,
            children.c.origin,
            children.c.written,
        )
        .where(children.c.record_id.in_(ids))
        .order_by(children.c.record_id, children.c.id)
    )
)
_ADD_RECORDS = Bulk(insert(records), "id", "schema", "document", "created_at", "updated_at")
_CHANGE_RECORDS = Bulk(
    update(records).where(records.c.id == bindparam("of_id")), "of_id", "document", "updated_at"
)
_ADD_CHILDREN = Bulk(
    insert(children),
    "id",
    "record_id",
    "into_field",
    "document",
    "origin",
    "written",
    "created_at",
    "updated_at",
)
_CHANGE_CHILDREN = Bulk(
    update(children).where(children.c.id == bindparam("of_id")), "of_id", "document", "written", "updated_at"
)


class RecordState(NamedTuple):
    """A record in this unit: `new` is not in the database yet, `changed` differs from what is there."""

    document: str
    new: bool = False
    changed: bool = False


class ChildState(NamedTuple):
    """A child in this unit, as `RecordState`."""

    id: int
    into: str
    document: str
    origin: str | None
    written: str | None = None
    new: bool = False
    changed: bool = False


class Shelf:
    """The records of a unit that were read or written."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._put = scope.staging.put
        self._records: dict[int, RecordState] = scope.staging.table()
        self._children: dict[int, tuple[ChildState, ...]] = scope.staging.table()
        self._decoded: dict[int, tuple[ChildState, StoredChild]] = {}

    def fetch(self, record_ids: Iterable[int]) -> None:
        """Read the records that are not here yet, with their children."""
        missing = [record_id for record_id in dict.fromkeys(record_ids) if record_id not in self._records]
        connection = self._scope.connection
        found = list(_RECORDS.rows(connection, missing, schema=self._scope.schema))
        kin: dict[int, list[ChildState]] = {record_id: [] for record_id, _ in found}
        for child_id, record_id, *rest in _CHILDREN.rows(connection, kin):
            kin[record_id].append(ChildState(child_id, *rest))
        for record_id, document in found:
            self._records[record_id] = RecordState(document)
            self._children[record_id] = tuple(kin[record_id])

    def get(self, record_id: int) -> RecordState | None:
        """Return a record, read when it is not here yet; None when there is none."""
        if record_id not in self._records:
            self.fetch([record_id])
        return self._records.get(record_id)

    def children_of(self, record_id: int) -> tuple[ChildState, ...]:
        """Return the children of a record that is here."""
        return self._children[record_id]

    def stored(self, record_id: int) -> Stored:
        """Return a record that is here, with its children."""
        lists: dict[str, list[StoredChild]] = {}
        for child in self._children[record_id]:
            lists.setdefault(child.into, []).append(self._decoded_child(child))
        document: Record = decode(self._records[record_id].document)
        return Stored(record_id, document, {into: tuple(kept) for into, kept in lists.items()})

    def _decoded_child(self, state: ChildState) -> StoredChild:
        """Return a child as an object, the same one each time: a record with thousands is asked for again and again."""
        held = self._decoded.get(state.id)
        if held is None or held[0] is not state:
            made = StoredChild(state.id, decode(state.document), state.origin, state.written)
            held = self._decoded[state.id] = (state, made)
        return held[1]

    def stage_new(self, record_id: int, document: str) -> None:
        """Stage a new record without children."""
        self._put(self._records, record_id, RecordState(document, new=True))
        self._put(self._children, record_id, ())

    def stage_changed(self, record_id: int, document: str) -> None:
        """Stage another document for a record that is here."""
        state = self._records[record_id]
        self._put(self._records, record_id, state._replace(document=document, changed=True))

    def stage_children(self, record_id: int, states: tuple[ChildState, ...]) -> None:
        """Stage the whole list of children of a record that is here: some added or replaced, none dropped."""
        self._put(self._children, record_id, states)

    def flush(self) -> None:
        """Write what is staged."""
        self._flush_records()
        self._flush_children()

    def _flush_records(self) -> None:
        scope = self._scope
        now = scope.now
        new = [
            (record_id, scope.schema, state.document, now, now)
            for record_id, state in self._records.items()
            if state.new
        ]
        changed = [
            (record_id, state.document, now)
            for record_id, state in self._records.items()
            if state.changed and not state.new
        ]
        _ADD_RECORDS.execute(scope.connection, new)
        _CHANGE_RECORDS.execute(scope.connection, changed)

    def _flush_children(self) -> None:
        scope = self._scope
        now = scope.now
        everyone = [(record_id, child) for record_id, kin in self._children.items() for child in kin]
        new = [
            (child.id, record_id, child.into, child.document, child.origin, child.written, now, now)
            for record_id, child in everyone
            if child.new
        ]
        changed = [
            (child.id, child.document, child.written, now)
            for _, child in everyone
            if child.changed and not child.new
        ]
        _ADD_CHILDREN.execute(scope.connection, new)
        _CHANGE_CHILDREN.execute(scope.connection, changed)
