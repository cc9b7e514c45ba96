"""Who has which key, seen from inside a unit of work: the database's answer under the staged changes.

An answer of the database is asked for once and kept: the unit holds the write lock, so it stays true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, insert, select

from recordmap.connectors.destination import MatchKey
from recordmap.connectors.store.bulk import Bulk
from recordmap.connectors.store.keyset import Place, RecordKeys, Role
from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.tables import key_places, record_keys

if TYPE_CHECKING:
    from recordmap.connectors.store.staging import Staging

Holders = Mapping[int, Role]
_NOBODY: Holders = MappingProxyType({})

_HOLDERS = Lookup(
    lambda keys: select(
        record_keys.c.key, record_keys.c.record_id, record_keys.c.is_match, record_keys.c.slot
    ).where(record_keys.c.place == bindparam("place"), record_keys.c.key.in_(keys))
)
_FORGET = Bulk(
    delete(record_keys).where(
        record_keys.c.record_id == bindparam("of_record"), record_keys.c.place == bindparam("of_place")
    ),
    "of_record",
    "of_place",
)
_INSERT = Bulk(insert(record_keys), "place", "key", "slot", "record_id", "is_match")
_PLACES = select(key_places.c.id, key_places.c.field, key_places.c.compared_as).where(
    key_places.c.schema == bindparam("schema")
)


class KeyIndex:
    """Finds the holders of keys and stages changes of them."""

    def __init__(self, connection: Connection, staging: Staging, schema: str) -> None:
        self._connection = connection
        self._put = staging.put
        self._schema = schema
        self._stored: dict[MatchKey, Holders] = staging.table()
        self._added: dict[MatchKey, Holders] = staging.table()
        self._current: dict[int, RecordKeys] = staging.table()
        self._outdated: dict[tuple[int, Place], bool] = staging.table()
        self._places: dict[tuple[str, str], int] | None = None

    def holders(self, keys: Collection[MatchKey]) -> dict[MatchKey, Holders]:
        """Return, for each key that anybody has, the records that have it and what for."""
        self._fetch(keys)
        stored, added = self._stored, self._added
        held = (
            key for key in keys if stored[key] or key in added
        )  # few are, of those that a new page asks for
        return {key: holders for key in held if (holders := self._holders_of(key))}

    def taken(self, keys: RecordKeys, record_id: int | None) -> tuple[MatchKey, int] | None:
        """Return the first unique key of these that a record other than `record_id` has, and that record."""
        unique = [key for roles in keys.values() for key, role in roles.items() if role.is_unique]
        self._fetch(unique)
        for key in unique:
            for holder, role in self._holders_of(key).items():
                if role.is_unique and holder != record_id:
                    return key, holder
        return None

    def stage_new(self, record_id: int, keys: RecordKeys) -> None:
        """Stage the keys of a record that nobody has seen yet."""
        for roles in keys.values():
            self._add(record_id, roles)
        self._put(self._current, record_id, keys)

    def stage_changed(self, record_id: int, keys: RecordKeys, *, stored: bool) -> None:
        """Stage new keys in some places of a record; `stored`: the database may hold former ones."""
        put, added, current = self._put, self._added, self._current.get(record_id, {})
        for place, roles in keys.items():
            if stored:
                put(self._outdated, (record_id, place), value=True)
            for key in current.get(place, ()):
                put(added, key, {holder: role for holder, role in added[key].items() if holder != record_id})
            self._add(record_id, roles)
        put(self._current, record_id, {**current, **keys})

    def flush(self) -> None:
        """Write what is staged; former keys go first, so that two records may swap theirs."""
        numbers = self._numbers() if self._current or self._outdated else {}
        outdated = [(record_id, numbers[place]) for record_id, place in self._outdated]
        # In the order of the index: neighbours are written one after the other, and a leaf is looked for once.
        current = sorted(
            (numbers[place], key.key, 0 if role.is_unique else record_id, record_id, role.is_match)
            for record_id, keys in self._current.items()
            for place, roles in keys.items()
            for key, role in roles.items()
        )
        _FORGET.execute(self._connection, outdated)
        _INSERT.execute(self._connection, current)

    def _add(self, record_id: int, roles: Mapping[MatchKey, Role]) -> None:
        put, added = self._put, self._added
        for key, role in roles.items():
            held = added.get(key)
            put(added, key, {**held, record_id: role} if held else {record_id: role})

    def _holders_of(self, key: MatchKey) -> Holders:
        """Return the holders of a key that was fetched."""
        stored, added = self._stored[key], self._added.get(key)
        if stored and self._outdated:
            place = Place(key.field, key.compare)
            stored = {
                holder: role for holder, role in stored.items() if (holder, place) not in self._outdated
            }
        return {**stored, **added} if stored and added else stored or added or {}

    def _fetch(self, keys: Iterable[MatchKey]) -> None:
        """Ask the database for the holders of keys that it was not asked for yet."""
        by_place: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            if key not in self._stored:
                by_place.setdefault(key[:2], []).append(key.key)
                self._stored[key] = _NOBODY
        for place, texts in by_place.items():
            field, compare = place
            found = _HOLDERS.rows(self._connection, texts, place=self._numbers()[place])
            for text, record_id, is_match, slot in found:
                key = MatchKey(field, compare, text)
                self._stored[key] = {**self._stored[key], record_id: Role(is_match, is_unique=slot == 0)}

    def _numbers(self) -> Mapping[tuple[str, str], int]:
        """Return the numbers of places, which are there from when the keys were made by the rules of this store."""
        if self._places is None:
            rows = self._connection.execute(_PLACES, {"schema": self._schema})
            self._places = {(field, compare): number for number, field, compare in rows}
        return self._places
