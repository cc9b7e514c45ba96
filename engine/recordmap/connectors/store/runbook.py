"""The history of runs: one row each, written when a run begins, now and then while it goes on, and when it ends.

A process that is killed can note nothing, so a run that never ended is not taken at its word: it goes on as long as its
last sign of life is no older than `SILENCE`, and was interrupted after that. This is told whenever runs are read, and
stands nowhere: a process that was only held up goes on, and its run with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, case, insert, or_, select, update

from recordmap.connectors.destination import INTERRUPTED, RUNNING, SILENCE, Rules, Run
from recordmap.connectors.store.counters import Counters
from recordmap.connectors.store.documents import legible
from recordmap.connectors.store.tables import runs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row


class RunBook:
    """The runs of one system and schema. What writes needs a connection that holds the write lock."""

    def __init__(self, connection: Connection, rules: Rules, now: datetime) -> None:
        self._connection = connection
        self._rules = rules
        self._now = now

    def start(self, kind: str) -> int:
        """Note that a run began and return its number."""
        counters = Counters(self._connection)
        run_id = counters.next("runs")
        counters.flush()
        row = {
            "id": run_id,
            "system": self._rules.system,
            "schema": self._rules.schema,
            "kind": kind,
            "status": RUNNING,
            "started_at": self._now,
            "seen_at": self._now,
            "counts": "{}",
        }
        self._connection.execute(insert(runs), row)
        return run_id

    def see(self, run_id: int) -> None:
        """Note a sign of life of a run."""
        self._connection.execute(update(runs).where(runs.c.id == run_id).values(seen_at=self._now))

    def finish(self, run_id: int, status: str, counts: Mapping[str, int], message: str | None) -> None:
        """Note how a run ended."""
        row = {
            "status": status,
            "finished_at": self._now,
            "counts": orjson.dumps(dict(counts)).decode(),
            "message": None if message is None else legible(message),
        }
        self._connection.execute(update(runs).where(runs.c.id == run_id).values(row))

    def latest(self, limit: int, kind: str | None, statuses: Collection[str]) -> Sequence[Run]:
        """Return the latest runs, newest first: of one kind, or of these statuses only, where they are given."""
        here = (runs.c.system == self._rules.system, runs.c.schema == self._rules.schema)
        silent = or_(runs.c.seen_at.is_(None), runs.c.seen_at < self._now - SILENCE)
        status = case(((runs.c.status == RUNNING) & silent, INTERRUPTED), else_=runs.c.status)
        statement = (
            select(runs, status.label("standing")).where(*here).order_by(runs.c.id.desc()).limit(limit)
        )
        if kind is not None:
            statement = statement.where(runs.c.kind == kind)
        if statuses:
            statement = statement.where(status.in_(statuses))
        return [_run(row) for row in self._connection.execute(statement)]


def _run(row: Row[Any]) -> Run:
    message = row.message
    if row.standing == INTERRUPTED:
        seen = row.seen_at or row.started_at
        message = f"No sign of life since {seen:%Y-%m-%d %H:%M:%S} UTC; what it had written by then stays"
    counts = orjson.loads(row.counts)
    return Run(row.id, row.kind, row.started_at, row.finished_at, row.standing, counts, message)
