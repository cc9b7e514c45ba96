"""Questions about many values at once, such as the links of a page, prepared once per kind of database.

SQLAlchemy writes an `IN` anew for every number of values, and prepares each value: a microsecond apiece, several times
for each record. So the question is compiled here for a few numbers of values, and the last value is repeated up to the
next of them. Compiling, types and execution stay SQLAlchemy's, so every database is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, Connection, Dialect, Select

_SIZES = (1, 8, 64, 512)
_MOST = _SIZES[-1]


class _Prepared(NamedTuple):
    """A question as one database takes it. `order` is None where parameters go by name."""

    sql: str
    order: tuple[str, ...] | None
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]


class Lookup:
    """A select of the rows that have one of many values.

    `statement` makes it from the parameters that stand for the values. The values, and what else the statement is
    asked with, must be of types that need no preparation: text and integers.
    """

    def __init__(self, statement: Callable[[Sequence[BindParameter[Any]]], Select[Any]]) -> None:
        self._statement = statement
        self._prepared: dict[tuple[type[Dialect], int], _Prepared] = {}

    def rows(
        self, connection: Connection, values: Iterable[Any], **where: str | int
    ) -> Iterator[Sequence[Any]]:
        """Yield the rows of these values, which differ; `where` are the statement's other parameters."""
        rest = iter(values)
        while chunk := list(islice(rest, _MOST)):
            yield from self._chunk(connection, chunk, where)

    def _chunk(
        self, connection: Connection, values: list[Any], where: dict[str, str | int]
    ) -> list[Sequence[Any]]:
        size = next(size for size in _SIZES if size >= len(values))
        prepared = self._for(connection.dialect, size)
        padded = values + values[-1:] * (size - len(values))
        named = {**where, **dict(zip(_NAMES, padded, strict=False))}
        parameters: Any = named if prepared.order is None else tuple(map(named.__getitem__, prepared.order))
        found = connection.exec_driver_sql(prepared.sql, parameters).all()
        if not prepared.conversions:
            return list(found)
        converted = [list(row) for row in found]
        for row in converted:
            for position, convert in prepared.conversions:
                row[position] = convert(row[position])
        return list(converted)

    def _for(self, dialect: Dialect, size: int) -> _Prepared:
        place = type(dialect), size
        prepared = self._prepared.get(place)
        if prepared is None:
            prepared = self._prepared[place] = self._prepare(dialect, size)
        return prepared

    def _prepare(self, dialect: Dialect, size: int) -> _Prepared:
        statement = self._statement([bindparam(name) for name in _NAMES[:size]])
        compiled = statement.compile(dialect=dialect)
        places = compiled.positiontup
        conversions = []
        for position, column in enumerate(statement.selected_columns):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                conversions.append((position, convert))
        return _Prepared(str(compiled), None if places is None else tuple(places), tuple(conversions))


_NAMES = [f"value_{number}" for number in range(_MOST)]
