"""Where the stores of these trials are, and how one is put back to what it was before."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, create_engine

from postgres.database import fresh_database
from postgres.server import memory
from recordmap.connectors.store import Store, open_store
from sync.fakes import FakeClock
from sync.plans import RULES


class Place(Protocol):
    """A store that can be put aside and brought back. Nobody may have it open meanwhile."""

    name: str
    where: Path | URL

    def put_aside(self) -> None:
        """Remember the store as it is."""

    def bring_back(self) -> None:
        """Make the store what it was when it was last put aside, or empty before that."""


class SqlitePlace:
    """A file."""

    name = "SQLite"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crash-", dir=memory()))
        self.where = self._folder / "store.db"
        self._aside = self._folder / "aside.db"

    def put_aside(self) -> None:
        # The last one to close a store folds its journal into the file.
        assert not self._journal().exists()
        shutil.copy(self.where, self._aside)

    def bring_back(self) -> None:
        for each in (self.where, self._journal(), self.where.with_name("store.db-shm")):
            each.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.copy(self._aside, self.where)

    def remove(self) -> None:
        shutil.rmtree(self._folder)

    def _journal(self) -> Path:
        return self.where.with_name("store.db-wal")


class PostgresPlace:
    """A database of the server that the trials run beside."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        self.where = fresh_database()
        self._aside = f"{self.where.database}_aside"
        self._do(f"CREATE DATABASE {self._aside} TEMPLATE template0")

    def put_aside(self) -> None:
        self._copy(str(self.where.database), self._aside)

    def bring_back(self) -> None:
        self._copy(self._aside, str(self.where.database))

    def remove(self) -> None:
        self._do(f"DROP DATABASE {self._aside}", f"DROP DATABASE {self.where.database} WITH (FORCE)")

    def _copy(self, origin: str, copy: str) -> None:
        self._do(f"DROP DATABASE {copy} WITH (FORCE)", f"CREATE DATABASE {copy} TEMPLATE {origin}")

    def _do(self, *statements: str) -> None:
        url = self.where.set(drivername="postgresql+psycopg", database="postgres")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


PLACES = {"sqlite": SqlitePlace, "postgresql": PostgresPlace}


def opened(place: Place, clock: FakeClock) -> Store:
    """Open the store of a place."""
    return open_store(place.where, RULES, clock=clock)
