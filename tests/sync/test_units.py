"""A unit that another writer got into is done again, a few times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import OvertakenError
from recordmap.sync.poll import poll
from recordmap.sync.report import RunStatus
from recordmap.sync.units import TRIES, Units
from sync.fakes import START, FakeClock, FakeDestination, FakeSource
from sync.plans import PIPELINE, RULES


class Crowded:
    """A destination whose first commits meet another writer."""

    def __init__(self, inner: Any, collisions: int) -> None:
        self._inner = inner
        self.left = collisions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def unit(self) -> Iterator[Any]:
        with self._inner.unit() as unit:
            yield unit
            if self.left:
                self.left -= 1
                raise OvertakenError("value-not-unique", "another writer got in between")


def test_it_is_done_again_from_its_reads_on(clock: FakeClock) -> None:
    source = FakeSource()
    for number in range(3):
        source.put(f"P{number}", START, email=f"p{number}@example.com")
    destination = Crowded(FakeDestination(RULES, clock), TRIES - 1)
    report = poll(PIPELINE, source, destination, clock=clock)
    assert (report.status, report.counts["added"]) == (RunStatus.COMPLETE, 3)
    assert destination.counts()["records"] == 3


def test_it_is_not_done_again_for_ever(clock: FakeClock) -> None:
    destination = Crowded(FakeDestination(RULES, clock), TRIES)
    calls: list[Any] = []
    with pytest.raises(OvertakenError):
        Units(destination).do(calls.append)
    assert len(calls) == TRIES


def test_any_other_fault_is_not_tried_again(clock: FakeClock) -> None:
    calls: list[Any] = []

    def work(unit: Any) -> None:
        calls.append(unit)
        raise ConnectorError("store-locked", "in use", transient=True)

    with pytest.raises(ConnectorError):
        Units(FakeDestination(RULES, clock)).do(work)
    assert len(calls) == 1
