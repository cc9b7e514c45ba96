"""Keeps the keys in the database in step with the rules they are made by.

The rules come from templates and schemas that people edit. When they differ from those the keys were made by,
every key of the schema is made anew, in one transaction, when the store is opened. A store that is open
meanwhile notices at its next unit of work and refuses, because its own idea of the keys would be wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.store.documents import decode
from recordmap.connectors.store.keyindex import KeyIndex
from recordmap.connectors.store.keyset import Place
from recordmap.connectors.store.staging import Staging
from recordmap.connectors.store.tables import key_places, meta, record_keys, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordmap.connectors.destination import MatchKey
    from recordmap.connectors.store.keyset import KeySet

_BATCH = 1000
_READ = select(meta.c.value).where(meta.c.name == bindparam("name"))
_NEXT = (
    select(records.c.id, records.c.document)
    .where(records.c.schema == bindparam("schema"), records.c.id > bindparam("after"))
    .order_by(records.c.id)
    .limit(_BATCH)
)


def ensure_keys(reader: Engine, writer: Engine, schema: str, keyset: KeySet) -> None:
    """Make the keys of a schema anew unless they were made by these rules.

    Takes time in proportion to the records.

    Raises:
        ConnectorError: two records share a key that is to be unique (`value-not-unique`), or the store can't
        be
            read or written.
    """
    with reader.connect() as connection:
        if in_step(connection, schema, keyset):
            return
    with writer.begin() as connection:
        if not in_step(connection, schema, keyset):
            _rebuild(connection, schema, keyset)


def in_step(connection: Connection, schema: str, keyset: KeySet) -> bool:
    """Whether the keys in the database were made by these rules."""
    return connection.execute(_READ, {"name": _name(schema)}).scalar() == keyset.fingerprint


def _rebuild(connection: Connection, schema: str, keyset: KeySet) -> None:
    _add_places(connection, schema, keyset)
    places = select(key_places.c.id).where(key_places.c.schema == schema)
    connection.execute(delete(record_keys).where(record_keys.c.place.in_(places)))
    for batch in _batches(connection, schema):
        index = KeyIndex(connection, Staging(), schema)
        made = [(record_id, keyset.of(decode(document), keyset.places)) for record_id, document in batch]
        index.holders([key for _, keys in made for roles in keys.values() for key in roles])
        for record_id, keys in made:
            _refuse_double(index.taken(keys, record_id), record_id)
            index.stage_new(record_id, keys)
        index.flush()
    connection.execute(delete(meta).where(meta.c.name == _name(schema)))
    connection.execute(insert(meta), {"name": _name(schema), "value": keyset.fingerprint})


def _add_places(connection: Connection, schema: str, keyset: KeySet) -> None:
    """Give those places of these rules a number that have none yet."""
    here = select(key_places.c.field, key_places.c.compared_as).where(key_places.c.schema == schema)
    there = {Place(*row) for row in connection.execute(here)}
    last = connection.execute(select(func.max(key_places.c.id))).scalar() or 0
    rows = [
        {"id": number, "schema": schema, "field": place.field, "compared_as": place.compare}
        for number, place in enumerate((place for place in keyset.places if place not in there), last + 1)
    ]
    if rows:
        connection.execute(insert(key_places), rows)


def _refuse_double(taken: tuple[MatchKey, int] | None, record_id: int) -> None:
    if taken is None:
        return
    key, holder = taken
    raise ConnectorError(
        "value-not-unique",
        f"{key.field} is to be unique, but the records {holder} and {record_id} have the same",
        transient=False,
        hint="make them differ under the former rules, or don't ask for uniqueness",
    )


def _batches(connection: Connection, schema: str) -> Iterator[list[tuple[int, str]]]:
    after = 0
    while found := connection.execute(_NEXT, {"schema": schema, "after": after}).all():
        yield [(row.id, row.document) for row in found]
        after = found[-1].id


def _name(schema: str) -> str:
    return f"keys of {schema}"
