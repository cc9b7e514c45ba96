"""Write statements for many rows, prepared once per kind of database.

Preparing the parameters of each row took most of the time of a page (SQLAlchemy 2.1: 8 microseconds a row,
SQLite itself 3). So the statement is compiled once here, and values are converted column by column, once for
all rows in a row that share one. Compiling, types and execution stay SQLAlchemy's, so every database is served.
PostgreSQL takes the rows of an insert as a stream (COPY): a statement for each would cost it, and the driver,
twice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Insert

from recordmap.connectors.store.asking import ADDED_TO, COPY

if TYPE_CHECKING:
    from sqlalchemy import Connection, Delete, Dialect, Update


_NOTHING: Any = object()


class _Prepared(NamedTuple):
    """A statement as one database takes it: by name where there is no `order`; `streamed` are options of a stream."""

    sql: str
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    order: tuple[int, ...] | None
    streamed: dict[str, str]


class Bulk:
    """A write statement that is executed once for each row, in one go.

    `names` are the statement's parameters, in the order in which rows hold them.
    """

    def __init__(self, statement: Insert | Update | Delete, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._prepared: dict[type[Dialect], _Prepared] = {}

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute the statement for the rows; nothing for no rows."""
        if not rows:
            return
        prepared = self._for(connection.dialect)
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for position, convert in prepared.conversions:
            columns[position] = _converted(columns[position], convert)
        if prepared.streamed and len(rows) > 1:  # a single row is executed, not streamed
            streamed = list(zip(*columns, strict=True))
            connection.exec_driver_sql(prepared.sql, streamed, execution_options=prepared.streamed)
        elif prepared.order is None:
            named = [dict(zip(self._names, row, strict=True)) for row in zip(*columns, strict=True)]
            connection.exec_driver_sql(prepared.sql, named)
        else:
            ordered = [columns[position] for position in prepared.order]
            connection.exec_driver_sql(prepared.sql, list(zip(*ordered, strict=True)))

    def _for(self, dialect: Dialect) -> _Prepared:
        prepared = self._prepared.get(type(dialect))
        if prepared is None:
            prepared = self._prepared[type(dialect)] = self._prepare(dialect)
        return prepared

    def _prepare(self, dialect: Dialect) -> _Prepared:
        compiled = self._statement.compile(dialect=dialect, column_keys=list(self._names))
        conversions = []
        for position, name in enumerate(self._names):
            kind = compiled.binds[name].type
            convert = kind.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                conversions.append((position, convert))
        places = compiled.positiontup
        order = None if places is None else tuple(self._names.index(name) for name in places)
        return _Prepared(str(compiled), tuple(conversions), order, self._streamed(dialect))

    def _streamed(self, dialect: Dialect) -> dict[str, str]:
        """Return the execution options with which the rows of an insert are streamed; none where they aren't."""
        if dialect.name != "postgresql" or not isinstance(self._statement, Insert):
            return {}
        quote = dialect.identifier_preparer.quote
        table = quote(self._statement.entity_description["name"])
        return {COPY: f"COPY {table} ({', '.join(map(quote, self._names))}) FROM STDIN", ADDED_TO: table}


def _converted(values: Sequence[Any], convert: Callable[[Any], Any]) -> list[Any]:
    """Return converted values; one that is repeated, such as the time of all of a unit's rows, is converted once."""
    converted: list[Any] = []
    last: Any = _NOTHING
    made: Any = None
    for value in values:
        if value is not last:
            last, made = value, convert(value)
        converted.append(made)
    return converted
