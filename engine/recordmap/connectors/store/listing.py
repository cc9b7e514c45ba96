"""Everything that a store holds, record by record, in bounded memory: for whoever reads a store as a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select

from recordmap.connectors.base import Record
from recordmap.connectors.store.documents import decode
from recordmap.connectors.store.tables import children, links, records

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

STEP = 500
"""Records read at a time."""


class Kept(NamedTuple):
    """A record as a store holds it, children in their fields. `updated` counts changes of its children, too.

    `links` are the external IDs that belong to it, as system and ID.
    """

    id: int
    record: Record
    created: datetime
    updated: datetime
    links: tuple[tuple[str, str], ...]


def kept(connection: Connection, schema: str, since: datetime | None = None) -> Iterator[Kept]:
    """Yield the records of a schema, or those changed after `since`: the longest unchanged first."""
    changed = _changed()
    last: tuple[datetime, int] | None = None
    while True:
        wanted = [records.c.schema == schema]
        if since is not None:
            wanted.append(changed > since)
        if last is not None:
            wanted.append(or_(changed > last[0], and_(changed == last[0], records.c.id > last[1])))
        statement = (
            select(records.c.id, records.c.document, records.c.created_at, changed.label("changed"))
            .where(*wanted)
            .order_by(changed, records.c.id)
            .limit(STEP)
        )
        rows = connection.execute(statement).all()
        yield from _whole(connection, rows)
        if len(rows) < STEP:
            return
        last = rows[-1].changed, rows[-1].id


def kept_one(connection: Connection, schema: str, record_id: int) -> Kept | None:
    """Return one record of a schema, or None."""
    statement = select(
        records.c.id, records.c.document, records.c.created_at, _changed().label("changed")
    ).where(records.c.schema == schema, records.c.id == record_id)
    return next(iter(_whole(connection, connection.execute(statement).all())), None)


def _changed() -> ColumnElement[datetime]:
    """Return when a record or one of its children was changed last."""
    of_children = (
        select(func.max(children.c.updated_at)).where(children.c.record_id == records.c.id).scalar_subquery()
    )
    return case((of_children > records.c.updated_at, of_children), else_=records.c.updated_at)


def _whole(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Kept]:
    ids = [row.id for row in rows]
    if not ids:
        return
    inner: dict[int, Record] = {}
    below = (
        select(children).where(children.c.record_id.in_(ids)).order_by(children.c.record_id, children.c.id)
    )
    for child in connection.execute(below):
        inner.setdefault(child.record_id, {}).setdefault(child.into_field, []).append(decode(child.document))
    known: dict[int, list[tuple[str, str]]] = {}
    linked = select(links.c.record_id, links.c.system, links.c.external_id).where(links.c.record_id.in_(ids))
    for link in connection.execute(linked.order_by(links.c.system, links.c.external_id)):
        known.setdefault(link.record_id, []).append((link.system, link.external_id))
    for row in rows:
        record = {**decode(row.document), **inner.get(row.id, {})}
        yield Kept(row.id, record, row.created_at, row.changed, tuple(known.get(row.id, ())))
