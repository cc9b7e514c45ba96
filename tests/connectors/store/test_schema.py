"""The tables and their migrations are one, an upgrade starts from nothing, a newer store is refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, inspect, text

from connectors.store.conftest import RULES
from postgres.database import fresh_database
from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import MatchKey
from recordmap.connectors.errorlog import ErrorStatus
from recordmap.connectors.store import open_store, schema
from recordmap.connectors.store.engines import open_engine
from recordmap.connectors.store.keyset import KeySet
from recordmap.connectors.store.schema import HEAD, VERSION_TABLE
from recordmap.connectors.store.tables import METADATA
from recordmap.diagnostics import Fault

OLD_ERROR = text(
    "INSERT INTO errors (id, system, schema, subject, status, attempts, first_at, last_at, code, message, transient)"
    " VALUES (:id, 'klaviyo', 'ipaas/customer', 'p1', :status, 1, '2026-01-01 00:00:00.000000',"
    " '2026-01-01 00:00:00.000000', 'internal-error', 'broken', false)"
)
MIGRATIONS = Path(schema.__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def definitions(path: Path) -> dict[str, str]:
    """The SQL of every table and index, without what differs in white space and order of options only."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows if name != VERSION_TABLE}


def test_migrations_make_the_tables_of_the_code(place) -> None:
    place.open().close()
    engine = open_engine(place.where)
    with closing_engine(engine), engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "compare_server_default": True,
                "target_metadata": METADATA,
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_migrations_make_the_very_indexes_of_the_code_in_postgresql() -> None:
    """Stricter than a comparison by alembic, which doesn't look at the conditions of indexes."""
    migrated, made = fresh_database(), fresh_database()
    open_store(migrated, RULES).close()
    engine = open_engine(made)
    with closing_engine(engine), engine.begin() as connection:
        METADATA.create_all(connection)
    assert indexes(migrated) == indexes(made)
    assert {"key_places_named", "errors_open", "errors_due"} <= set(indexes(made))


def test_migrations_make_the_very_sql_of_the_code(path: Path, tmp_path: Path) -> None:
    """Stricter than a comparison by alembic, which doesn't look at the conditions of indexes."""
    other = tmp_path / "other.db"
    engine = open_engine(other)
    with closing_engine(engine), engine.begin() as connection:
        METADATA.create_all(connection)
    assert definitions(path) == definitions(other)
    assert {"key_places_named", "errors_open", "records", "links"} <= set(definitions(path))


def indexes(url: URL) -> dict[str, str]:
    engine = open_engine(url)
    with closing_engine(engine), engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
        return {name: definition for name, definition in rows if not name.startswith(VERSION_TABLE)}


def test_the_newest_migration_is_the_one_the_code_knows() -> None:
    revisions = [script.revision for script in scripts().walk_revisions()]
    assert scripts().get_heads() == [HEAD] == [revisions[0]]
    assert revisions == sorted(revisions, reverse=True)
    assert all(len(revision) == 4 and revision.isdigit() for revision in revisions)


def test_alembic_is_not_imported_for_a_store_that_is_up_to_date(path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from recordmap.connectors.destination import Rules
from recordmap.connectors.store import open_store
open_store(Path({str(path)!r}), Rules("ipaas/customer", "klaviyo", {{}}, ())).close()
print("alembic" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_a_newer_store_is_refused_and_left_alone(place) -> None:
    place.open().close()
    engine = open_engine(place.where)
    version = text(f"UPDATE {VERSION_TABLE} SET version_num = :number RETURNING version_num")
    with closing_engine(engine):
        with engine.begin() as connection:
            connection.execute(version, {"number": "9999"})
        try:
            with pytest.raises(ConnectorError) as caught:
                place.open()
        finally:
            with engine.begin() as connection:
                found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
                connection.execute(version, {"number": HEAD})
    assert (caught.value.code, caught.value.transient) == ("store-newer", False)
    assert "9999" in caught.value.message
    assert found == "9999"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path, rules, kind: str) -> None:
    where = tmp_path / "theirs.db" if kind == "sqlite" else fresh_database()
    engine = open_engine(where)
    with closing_engine(engine):
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE theirs (x INTEGER)"))
        with pytest.raises(ConnectorError) as caught:
            open_store(where, rules)
        assert caught.value.code == "store-unreadable"
        with engine.connect() as connection:
            assert inspect(connection).get_table_names() == ["theirs"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_that_fails_leaves_no_table(tmp_path: Path, rules, monkeypatch, kind: str) -> None:
    where = tmp_path / "store.db" if kind == "sqlite" else fresh_database()
    upgrade = schema._upgrade

    def break_off(connection) -> None:
        upgrade(connection)
        raise KeyboardInterrupt

    def names() -> list[str]:
        engine = open_engine(where)
        with closing_engine(engine), engine.connect() as connection:
            return inspect(connection).get_table_names()

    monkeypatch.setattr(schema, "_upgrade", break_off)
    with pytest.raises(KeyboardInterrupt):
        open_store(where, rules)
    assert names() == []
    monkeypatch.undo()
    open_store(where, rules).close()
    assert "records" in names()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_of_the_first_version_is_upgraded_with_what_it_holds(
    tmp_path: Path, rules, kind: str
) -> None:
    where = tmp_path / "store.db" if kind == "sqlite" else fresh_database()
    engine = open_engine(where)
    with closing_engine(engine), engine.begin() as connection:
        schema._upgrade(connection, "0001")
        connection.execute(text("INSERT INTO meta (name, value) VALUES ('mark', 'kept')"))
        for number, status in enumerate(("open", "resolved"), 1):
            connection.execute(OLD_ERROR, {"id": number, "status": status})
    with closing(open_store(where, rules)) as store:
        kept = {entry.status: (entry.last_at, entry.closed_at) for entry in store.errors(None)}
    failed_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert kept == {
        ErrorStatus.OPEN: (failed_at, None),
        ErrorStatus.RESOLVED: (failed_at, failed_at),
    }
    with closing_engine(engine), engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, VERSION_TABLE}
        assert connection.execute(text("SELECT value FROM meta WHERE name = 'mark'")).scalar() == "kept"


OLD_RECORD = text(
    "INSERT INTO records (id, schema, document, created_at, updated_at)"
    " VALUES (1, :schema, :document, '2026-01-01', '2026-01-01')"
)
OLD_KEY = text(
    "INSERT INTO record_keys VALUES (:schema, 'EmailAddress', 'email', 'ann@example.com', 1, true, true)"
)
OLD_STATE = text("INSERT INTO meta (name, value) VALUES (:name, :value)")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_keys_of_a_store_of_an_older_version_are_made_anew(tmp_path: Path, rules, kind: str) -> None:
    where = tmp_path / "store.db" if kind == "sqlite" else fresh_database()
    engine = open_engine(where)
    with closing_engine(engine), engine.begin() as connection:
        schema._upgrade(connection, "0003")
        document = '{"EmailAddress": "Ann@example.com", "CustomerNumber": "+14155550101"}'
        connection.execute(OLD_RECORD, {"schema": rules.schema, "document": document})
        connection.execute(OLD_KEY, {"schema": rules.schema})
        state = {"name": f"keys of {rules.schema}", "value": KeySet(rules).fingerprint}
        connection.execute(OLD_STATE, state)
    with closing(open_store(where, rules)) as store, store.unit() as unit:
        email = MatchKey("EmailAddress", "email", "ann@example.com")
        phone = MatchKey("CustomerNumber", "phone", "+14155550101")
        assert unit.find([email, phone]) == {email: (1,), phone: (1,)}
        with pytest.raises(Fault):
            unit.add({"EmailAddress": "ann@EXAMPLE.com", "CustomerNumber": "N/A"})


def closing_engine(engine):
    """Dispose of an engine at the end of a block."""
    engine.close = engine.dispose
    return closing(engine)
