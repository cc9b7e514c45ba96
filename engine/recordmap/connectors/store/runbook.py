"""The history of runs: one row each, written when a run begins and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Connection, insert, select, update

from recordmap.connectors.destination import Rules, Run
from recordmap.connectors.store.counters import Counters
from recordmap.connectors.store.documents import legible
from recordmap.connectors.store.tables import runs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime


class RunBook:
    """The runs of one system and schema. What writes needs a connection that holds the write lock."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        self._connection = connection
        self._rules = rules

    def start(self, kind: str, now: datetime) -> int:
        """Note that a run began and return its number."""
        counters = Counters(self._connection)
        run_id = counters.next("runs")
        counters.flush()
        row = {
            "id": run_id,
            "system": self._rules.system,
            "schema": self._rules.schema,
            "kind": kind,
            "status": "running",
            "started_at": now,
            "counts": "{}",
        }
        self._connection.execute(insert(runs), row)
        return run_id

    def finish(
        self, run_id: int, status: str, counts: Mapping[str, int], message: str | None, now: datetime
    ) -> None:
        """Note how a run ended."""
        row = {
            "status": status,
            "finished_at": now,
            "counts": orjson.dumps(dict(counts)).decode(),
            "message": None if message is None else legible(message),
        }
        self._connection.execute(update(runs).where(runs.c.id == run_id).values(row))

    def latest(self, limit: int, kind: str | None, statuses: Collection[str]) -> Sequence[Run]:
        """Return the latest runs, newest first: of one kind, or of these statuses only, where they are given."""
        here = (runs.c.system == self._rules.system, runs.c.schema == self._rules.schema)
        statement = select(runs).where(*here).order_by(runs.c.id.desc()).limit(limit)
        if kind is not None:
            statement = statement.where(runs.c.kind == kind)
        if statuses:
            statement = statement.where(runs.c.status.in_(statuses))
        return [
            Run(
                row.id,
                row.kind,
                row.started_at,
                row.finished_at,
                row.status,
                orjson.loads(row.counts),
                row.message,
            )
            for row in self._connection.execute(statement)
        ]
