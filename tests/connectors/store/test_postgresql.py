"""PostgreSQL as the store's database: its address, its settings, and what its errors come out as."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import URL, Integer, cast, create_engine, make_url, select

from postgres.database import empty_database, fresh_database
from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import OvertakenError
from recordmap.connectors.store import Store, open_store, postgresql
from recordmap.connectors.store.engines import open_engine
from recordmap.diagnostics import ConfigurationError

ANN = {"EmailAddress": "ann@example.com", "CustomerNumber": "N/A"}
BOB = {"EmailAddress": "bob@example.com", "CustomerNumber": "N/A"}


@pytest.fixture
def url() -> URL:
    return empty_database()


@pytest.fixture
def store(url: URL, rules) -> Iterator[Store]:
    with closing(open_store(url, rules)) as opened:
        yield opened


def by_hand(url: URL, *statements: str) -> None:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def refused(act) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        act()
    return caught.value


def test_every_connection_has_the_settings(store: Store) -> None:
    wanted = {
        "lock_timeout": "10s",
        "statement_timeout": "10min",
        "idle_in_transaction_session_timeout": "1min",
        "TimeZone": "UTC",
        "client_encoding": "UTF8",
        "application_name": "recordmap",
    }
    with store._engine.connect() as first, store._engine.connect() as second:
        for connection in (first, second):
            found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in wanted}
            assert found == wanted


def test_a_server_that_ends_a_connection_costs_one_unit(store: Store, url: URL) -> None:
    def broken() -> None:
        with store.unit() as unit:
            unit.add(ANN)
            by_hand(
                url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'recordmap' AND datname = current_database()",
            )

    error = refused(broken)
    assert (error.code, error.transient) == ("store-unavailable", True)
    with store.unit() as unit:  # by a connection of its own
        unit.add(BOB)
    assert store.counts()["records"] == 1


def test_an_idle_connection_that_broke_costs_nothing(store: Store, url: URL) -> None:
    assert store.counts()["records"] == 0
    by_hand(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'recordmap' AND datname = current_database()",
    )
    assert store.counts()["records"] == 0


def test_schemas_of_one_database_are_stores_of_their_own(rules) -> None:
    url = fresh_database()
    by_hand(url, "CREATE SCHEMA one", "CREATE SCHEMA two")
    one, two = (url.update_query_dict({"options": f"-csearch_path={name}"}) for name in ("one", "two"))
    with closing(open_store(one, rules)) as first, closing(open_store(two, rules)) as second:
        with first.unit() as unit, second.unit() as other:
            unit.add(ANN)
            other.add(ANN)
            other.add(BOB)
        assert (first.counts()["records"], second.counts()["records"]) == (1, 2)


def test_a_schema_that_is_not_there(url: URL, rules) -> None:
    error = refused(lambda: open_store(url.update_query_dict({"options": "-csearch_path=nowhere"}), rules))
    assert (error.code, error.transient) == ("store-unreadable", False)
    assert "search_path" in (error.hint or "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"database": "nobody_made_this"}, "store-refused"),
        ({"query": {"user": "stranger"}}, "store-refused"),
        ({"query": {"no_such_setting": "1"}}, "store-refused"),
        ({"query": {"host": "/nowhere/at/all"}}, "store-unavailable"),
        ({"query": {"options": "-cdefault_transaction_read_only=on"}}, "store-readonly"),
    ],
)
def test_a_database_that_can_not_be_used(url: URL, rules, change: dict, code: str) -> None:
    wrong = url.set(database=change["database"]) if "database" in change else url
    wrong = wrong.update_query_dict(change.get("query", {})).set(password="s3cret")
    opened = wrong if code != "store-readonly" else fresh_database().update_query_dict(change["query"])
    error = refused(lambda: open_store(opened, rules))
    assert (error.code, error.transient) == (code, code == "store-unavailable")
    assert error.hint
    assert "s3cret" not in f"{error} {error.hint} {error.__cause__!r}"


def test_a_database_of_another_encoding_is_refused(rules) -> None:
    url = fresh_database(encoding="SQL_ASCII")
    error = refused(lambda: open_store(url, rules))
    assert error.code == "store-unreadable"
    assert "SQL_ASCII" in error.message


def test_an_old_server_is_refused(monkeypatch, url: URL, rules) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    error = refused(lambda: open_store(url, rules))
    assert error.code == "store-unreadable"
    assert "99 or newer" in (error.hint or "")


@pytest.mark.parametrize(
    ("state", "code", "transient"),
    [
        ("23505", "value-not-unique", True),
        ("40001", "store-locked", True),
        ("40P01", "store-locked", True),
        ("55P03", "store-locked", True),
        ("57014", "store-locked", True),
        ("53100", "store-full", False),
        ("53300", "store-unavailable", True),
        ("57P01", "store-unavailable", True),
        ("08006", "store-unavailable", True),
        ("25006", "store-readonly", False),
        ("42501", "store-readonly", False),
        ("28P01", "store-refused", False),
        ("3D000", "store-refused", False),
    ],
)
def test_what_errors_mean(state: str, code: str, transient: bool) -> None:
    error = psycopg.errors.lookup(state)("Key (key)=(ann@example.com) already exists")
    meaning = postgresql._meaning(error, "postgresql://db/customers")
    assert meaning is not None
    assert (meaning.code, meaning.transient) == (code, transient)
    assert isinstance(meaning, OvertakenError) == (state in {"23505", "40001", "40P01"})
    assert "ann@example.com" not in f"{meaning} {meaning.hint}"


def test_a_fault_of_ours_stays_one_and_shows_no_value(store: Store) -> None:
    def break_it() -> None:
        with store.unit() as unit:
            unit._scope.connection.execute(select(cast("ann@example.com", Integer)))

    with pytest.raises(Exception, match="22P02") as caught:
        break_it()
    assert not isinstance(caught.value, ConnectorError)
    assert "ann@example.com" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://db.example.org/c", {"sslmode": "verify-full", "sslrootcert": "system"}),
        ("postgresql://10.0.0.7/c", {"sslmode": "verify-full", "sslrootcert": "system"}),
        (
            "postgresql://db.example.org/c?sslrootcert=/etc/ca.pem",
            {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"},
        ),
        ("postgresql://db.example.org/c?sslmode=require", {"sslmode": "require"}),
        ("postgresql://localhost/c", {}),
        ("postgresql://127.0.0.1:5433/c", {}),
        ("postgresql:///c", {}),
        ("postgresql:///c?host=/run/postgresql", {"host": "/run/postgresql"}),
    ],
)
def test_a_connection_over_a_network_is_encrypted(address: str, expected: dict) -> None:
    assert dict(postgresql._secured(make_url(address)).query) == expected


def test_an_address_is_shown_without_user_password_and_settings() -> None:
    url = make_url("postgresql://ann:s3cret@db.example.org:5433/customers?sslmode=require")
    assert postgresql.described(url) == "postgresql://db.example.org:5433/customers"


def test_without_the_driver_it_is_said_how_to_get_it(monkeypatch) -> None:
    original = builtins.__import__

    def without_psycopg(name: str, *rest):
        if name == "psycopg":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    with pytest.raises(ConfigurationError, match="driver") as caught:
        open_engine(make_url("postgresql://db/customers"))
    assert "recordmap[postgres]" in (caught.value.hint or "")
