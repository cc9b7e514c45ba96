"""What PostgreSQL knows of tables that grow fast: looked at again by the one who makes them grow."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import Connection

from postgres.database import fresh_database
from recordmap.connectors.destination import Link
from recordmap.connectors.errorlog import Failure
from recordmap.connectors.store import open_store
from recordmap.connectors.store.engines import open_engine
from recordmap.connectors.store.statistics import FEW, Statistics

NEVER = -1

KNOWN = "SELECT reltuples::int FROM pg_class WHERE oid = to_regclass('grown')"
LOOKED_INTO = "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = current_schema()"


def add(connection: Connection, rows: int) -> None:
    connection.exec_driver_sql(f"INSERT INTO grown SELECT generate_series(1, {rows})")


# Each step: how many rows come, and how many the server knows of afterwards. With `before`, that many were there
# when the server looked at the table by itself.
@pytest.mark.parametrize(
    ("before", "steps"),
    [
        (
            None,
            [
                (FEW - 1, NEVER),
                (1, FEW),
                (FEW, FEW),
                (9 * FEW - FEW - 1, FEW),
                (1, 10 * FEW),
                (FEW, 10 * FEW),
            ],
        ),
        (0, [(FEW, FEW)]),
        (20, [(FEW - 1, 20), (1, FEW + 20), (FEW, FEW + 20)]),
        (2000, [(FEW, 2000), (17_499, 2000), (1, 20_000)]),
    ],
    ids=["never looked at", "empty", "small", "large"],
)
def test_a_table_that_grew_tenfold_is_looked_at_again(
    before: int | None, steps: list[tuple[int, int]]
) -> None:
    engine = open_engine(fresh_database())
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE grown (id int) WITH (autovacuum_enabled = false)")
        if before is not None:
            add(connection, before)
            connection.exec_driver_sql("ANALYZE grown")
        statistics, seen = Statistics(), []
        for rows, _ in steps:
            add(connection, rows)
            statistics.gained(connection, "grown", rows)
            seen.append((rows, connection.exec_driver_sql(KNOWN).scalar()))
    engine.dispose()
    assert seen == steps


def test_whatever_a_sync_writes_in_bulk_is_looked_at_in_its_transaction(rules) -> None:
    with closing(open_store(fresh_database(), rules)) as store:
        with store.unit() as unit:
            for number in range(FEW):
                record = unit.add({"EmailAddress": f"c{number}@example.com", "CustomerNumber": "N/A"})
                unit.add_child(record.id, "Addresses", {"City": "Boston"}, None)
                unit.save_link(Link(f"p{number}", record.id, "added"))
                unit.log_failure(Failure(f"q{number}", f"q{number}", "code", "message", transient=False))
        with store._engine.connect() as connection:
            found = set(connection.exec_driver_sql(LOOKED_INTO).scalars())
    assert found == {"records", "record_keys", "children", "links", "errors"}
