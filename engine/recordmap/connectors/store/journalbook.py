"""The journal: what a unit of work wrote, staged beside it, and how entries are read again.

An entry is one row, and its content one text, because every write of a sync pays for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from recordmap.connectors.destination import Link
from recordmap.connectors.journal import Action, ChildEntry, JournalEntry
from recordmap.connectors.store.bulk import Bulk
from recordmap.connectors.store.tables import journal
from recordmap.connectors.times import read_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from recordmap.connectors.destination import Rules
    from recordmap.connectors.store.scope import Scope

_INSERT = Bulk(
    insert(journal),
    "id",
    "system",
    "schema",
    "run_id",
    "at",
    "external_id",
    "record_id",
    "action",
    "rule",
    "collection",
    "content",
    "undoes",
)


class JournalBook:
    """Stages the entries of a unit."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._staged: dict[int, tuple[Any, ...]] = scope.staging.table()
        self._undone: dict[int, int] = scope.staging.table()

    def stage(self, entry: JournalEntry) -> None:
        """Stage an entry; one that undoes another marks that as undone."""
        scope = self._scope
        number = scope.counters.next("journal")
        row = (
            *(number, scope.system, scope.schema, entry.run_id, scope.now, entry.external_id),
            *(entry.record_id, entry.action.value, entry.rule, entry.collection, _content(entry)),
            entry.undoes,
        )
        scope.staging.put(self._staged, number, row)
        if entry.undoes is not None:
            scope.staging.put(self._undone, entry.undoes, number)

    def flush(self) -> None:
        """Write what is staged."""
        connection = self._scope.connection
        _INSERT.execute(connection, list(self._staged.values()))
        for number, by in self._undone.items():
            connection.execute(update(journal).where(journal.c.id == number).values(undone_by=by))


class JournalLog:
    """The journal of one system and schema, as it is in the database."""

    def __init__(self, connection: Connection, where: Rules | Scope) -> None:
        self._connection = connection
        self._here = (journal.c.system == where.system, journal.c.schema == where.schema)

    def entries(self, conditions: Sequence[ColumnElement[bool]], limit: int) -> list[JournalEntry]:
        """Return the entries for which conditions hold, the latest first."""
        wanted = select(journal).where(*self._here, *conditions).order_by(journal.c.id.desc()).limit(limit)
        return [_entry(row) for row in self._connection.execute(wanted)]

    def prune(self, before: datetime, limit: int) -> int:
        """Delete the oldest entries, as far as they are from before a time, at most `limit`; return how many."""
        first = self._connection.execute(select(func.min(journal.c.id)).where(*self._here)).scalar()
        if first is None:
            return 0
        old = (*self._here, journal.c.id < first + limit, journal.c.at < before)
        return self._connection.execute(delete(journal).where(*old)).rowcount


def _content(entry: JournalEntry) -> str:
    link = entry.link
    content: dict[str, Any] = {}
    if entry.after or entry.before:
        content |= {"before": entry.before, "after": entry.after}
    if entry.digest is not None:
        content["digest"] = entry.digest
    if entry.children:
        content["children"] = [[c.into, c.id, c.before, c.after, c.written] for c in entry.children]
    if link is not None:
        content["link"] = [link.record_id, link.rule, link.source_updated, link.source_hash, link.version]
    return orjson.dumps(content).decode()


def _entry(row: Row[Any]) -> JournalEntry:
    content = orjson.loads(row.content)
    link = content.get("link")
    return JournalEntry(
        action=Action(row.action),
        external_id=row.external_id,
        record_id=row.record_id,
        rule=row.rule,
        collection=row.collection,
        before=content.get("before", {}),
        after=content.get("after", {}),
        children=tuple(ChildEntry(*child) for child in content.get("children", ())),
        link=None if link is None else _link(row.external_id, link),
        digest=content.get("digest"),
        run_id=row.run_id,
        undoes=row.undoes,
        undone_by=row.undone_by,
        id=row.id,
        at=row.at,
    )


def _link(external_id: str, parts: list[Any]) -> Link:
    record_id, rule, updated, source_hash, version = parts
    return Link(external_id, record_id, rule, read_time(updated), source_hash, version)
