"""What the lookups of one collection are asked for, by types, and what comes of it.

A table may have thousands of rows, and a template thousands of calls. So what comes of the same key is worked out once,
and a collection has no more rows looked at than `MAX_TRIED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recordmap.expression.functions.spec import LookupTable
from recordmap.schema.types import ANY, Type
from recordmap.schema.unions import HOLDING

if TYPE_CHECKING:
    from recordmap.expression.lookup_types import LookedUp

MAX_TRIED = 200_000
"""Rows of tables and values of keys that are looked at; of what is looked up beyond them nothing is known."""
_KEPT = 8
"""Answers of one table that are kept for who asks the same again."""


class Lookups:
    """The tables of a collection, by name, and what is asked of them.

    `may_miss` are those that can be asked for a value that they don't hold; `may_find` are the rows that they can be
    asked for, of those that are asked at all.
    """

    def __init__(self, tables: Mapping[str, LookupTable]) -> None:
        self._tables = tables
        self._left = MAX_TRIED
        self._made: dict[str, list[tuple[Type | None, bool, LookedUp]]] = {}
        self._told: set[int] = set()
        """Those of the answers that are kept that `may_miss` and `may_find` know of."""
        self.may_miss: set[str] = set()
        self.may_find: dict[str, set[str]] = {}

    def up(self, name: str, key: Type, *, required: bool = False, dead: bool = False) -> LookedUp | None:
        """Return what comes of looking a key up in a table; None where there is no such table.

        With `required` it rejects all that it doesn't hold, null too, whatever its `on_miss` says. Where the facts are
        `dead` it is never asked.
        """
        table = self._tables.get(name)
        if table is None:
            return None
        found = self._found(name, table, key, required=required)
        if not dead and id(found) not in self._told:
            self._tell(name, table, found, key)
        return found

    def _found(self, name: str, table: LookupTable, key: Type, *, required: bool) -> LookedUp:
        tired = self._left < 0
        asked = None if tired else key
        kept = self._made.setdefault(name, [])
        for before, needed, found in kept:
            if needed is required and _same(before, asked):
                return found
        from recordmap.expression.lookup_types import LookedUp, looked_up  # noqa: PLC0415 - few templates have any

        if tired:
            found = LookedUp(ANY, None, may_miss=True, rows=frozenset(table.table))
        else:
            self._left -= len(table.table) + len(key.enum or ())
            found = looked_up(table, key, required=required)
        if tired or (len(kept) < _KEPT and not key.kinds & HOLDING):
            kept.append((asked, required, found))
        return found

    def _tell(self, name: str, table: LookupTable, found: LookedUp, key: Type) -> None:
        """Keep what a lookup can be asked for; any row of it, where the key is not known for sure."""
        if any(one is found for _, _, one in self._made[name]):
            self._told.add(id(found))
        if found.may_miss:
            self.may_miss.add(name)
        self.may_find.setdefault(name, set()).update(table.table if key.unsure else found.rows)


def _same(one: Type | None, other: Type | None) -> bool:
    """Return whether two keys are the same to a table: 1 and true are not, though Python takes them for equal."""
    if one is None or other is None:
        return one is other
    kinds, others = (
        [type(value) for value in (*(key.enum or ()), *key.listed, *key.barred)] for key in (one, other)
    )
    return kinds == others and one == other
