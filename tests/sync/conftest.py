"""Every test that asks for `destination` runs over the fake and over both real stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postgres.database import empty_database
from recordmap.connectors.store import open_store
from sync.fakes import FakeClock, FakeDestination, FakeSource
from sync.plans import RULES


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def destination(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Iterator[Any]:
    if request.param == "fake":
        yield FakeDestination(RULES, clock)
        return
    where = tmp_path / "store.db" if request.param == "sqlite" else empty_database()
    store = open_store(where, RULES, clock=clock)
    yield store
    store.close()
