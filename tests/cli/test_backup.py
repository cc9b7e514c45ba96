"""A copy of a store that is at work, by SQLite's own backup: a whole state that the next sync goes on from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cli.syncing import PROFILES, Do, data, someone
from recordmap import Engine
from recordmap.sandbox import Sandbox


def test_a_copy_of_a_store_at_work_goes_on(do: Do, project: Path, sandbox: Sandbox, failing: str) -> None:
    do("sync")
    store = project / ".recordmap" / "store.db"
    copy = project / "copy.db"
    with Engine.load(project).session() as session, session.destination.unit() as unit:
        unit.add({"EmailAddress": "half@example.org", "CustomerNumber": "N/A"})
        with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    late = someone(sandbox, failing)
    sandbox.change(late, {"first_name": "Later"})
    sandbox.add({"email": "later@example.org"})
    do("sync")

    for path in store.parent.glob("store.db*"):
        path.unlink()
    copy.rename(store)
    status = data(do("status", "--json")[1], version="1.2")
    assert (status["verdict"], status["counts"]["records"]) == ("ok", PROFILES)
    report = data(do("sync", "--json")[1])
    assert (report["status"], report["counts"]["added"]) == ("complete", 1)
    again = data(do("sync", "--full", "--json")[1])
    assert (again["counts"]["added"], again["counts"]["updated"]) == (0, 0)
    assert data(do("status", "--json")[1], version="1.2")["counts"]["records"] == PROFILES + 1
