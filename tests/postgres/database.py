"""A database of this test process's own, on the server that there is or on one started for it."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from functools import cache
from itertools import count

import pytest
from sqlalchemy import URL, create_engine, delete, inspect, make_url

from postgres.server import ADDRESS, MISSING, REQUIRED, running
from recordmap.connectors.store.tables import METADATA

_RESOURCES = ExitStack()
_NUMBERS = count(1)
atexit.register(_RESOURCES.close)


def empty_database() -> URL:
    """Return the address of this process's database, without a row in any table.

    Without PostgreSQL the test that asks is left out, with what to install; where it is required, the test fails.
    """
    url = _own_database()
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        there = set(inspect(connection).get_table_names())
        for table in reversed(METADATA.sorted_tables):
            if table.name in there:
                connection.execute(delete(table))
    engine.dispose()
    return url


def server_environment() -> dict[str, str]:
    """Return what another process needs to use the same server; without PostgreSQL as for `empty_database`."""
    if not _server():
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(MISSING)
    return {ADDRESS: _server() or ""}


def fresh_database(encoding: str = "UTF8") -> URL:
    """Return the address of a database that was never used; without PostgreSQL as for `empty_database`."""
    server_environment()
    name = f"tests_{os.getpid()}_{next(_NUMBERS)}"
    engine = create_engine(
        _url("postgres").set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    engine.dispose()
    return _url(name)


@cache
def _own_database() -> URL:
    return fresh_database()


@cache
def _server() -> str | None:
    """Return the address of the server, started now if need be; None when there is no PostgreSQL."""
    address = os.environ.get(ADDRESS)
    if address:
        return address
    try:
        return _RESOURCES.enter_context(running())
    except FileNotFoundError:
        return None


def _url(database: str) -> URL:
    return make_url((_server() or "").format(database=database))
