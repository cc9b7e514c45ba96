"""Stores for the tests. What holds for every kind of store is tested once per kind; a new kind is one more `place`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from postgres.database import empty_database
from recordmap.connectors.destination import KeyRule, Rules
from recordmap.connectors.store import Store, open_store

RULES = Rules(
    schema="ipaas/customer",
    system="klaviyo",
    required={
        "EmailAddress": "An email address is required",
        "CustomerNumber": "A customer number is required",
    },
    keys=(
        KeyRule("EmailAddress", "email", unique=True, message="Email address already exists"),
        KeyRule("CustomerNumber", "phone", ignore=("N/A",)),
    ),
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


class Place:
    """Where a store can be: a file, or a database of a server."""

    def __init__(self, where: Path | URL) -> None:
        self.where = where
        self.clock = Clock()

    def open(self, rules: Rules = RULES) -> Store:
        return open_store(self.where, rules, clock=self.clock)


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without records, to be copied: running the migrations for each test would take most of the time."""
    path = tmp_path_factory.mktemp("made") / "store.db"
    open_store(path, RULES).close()
    return path


@pytest.fixture
def rules() -> Rules:
    return RULES


@pytest.fixture
def path(tmp_path: Path, made_file: Path) -> Path:
    return Path(shutil.copy(made_file, tmp_path / "store.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """A store of every kind: what holds for one holds for the other."""
    return Place(request.getfixturevalue("path") if request.param == "sqlite" else empty_database())


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with closing(place.open()) as opened:
        yield opened
