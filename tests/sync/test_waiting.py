"""A run that waits for its source shows that it lives, and keeps its lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError, Record
from recordmap.sync.lease import PollLease
from recordmap.sync.manual import sync_one
from recordmap.sync.poll import poll
from recordmap.sync.report import RunStatus
from recordmap.sync.retry import retry_open
from recordmap.sync.units import Attended
from sync.fakes import START, FakeClock, FakeDestination, FakeSource, Tripwire
from sync.plans import PIPELINE, RULES

WAITS = 3
"""How often each page, and each record, is waited for; four minutes each time."""


class SlowSource(FakeSource):
    """A source that takes its time, and lets its user know."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None
        self.seen: list[Any] = []
        self.look: Callable[[], Any] = lambda: None
        self._clock = clock
        self.before_page = self.before_fetch = self._wait

    def _wait(self, _wanted: object) -> None:
        for _ in range(WAITS):
            self._clock.forward(minutes=4)
            self.meanwhile()
            self.seen.append(self.look())


class Away(FakeSource):
    """A source that is out of reach for a while."""

    def fetch(self, external_id: str) -> Record | None:
        raise ConnectorError("source-unavailable", "away", transient=True)


@pytest.fixture
def slow(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> SlowSource:
    monkeypatch.setattr("recordmap.sync.runs.EVERY", 0.0)
    return SlowSource(clock)


def test_it_can_tell_who_waits(slow: SlowSource) -> None:
    assert isinstance(slow, Attended)
    assert not isinstance(FakeSource(), Attended)


RUNS: dict[str, tuple[Callable[..., Any], int]] = {
    "a poll, with retries at its end": (lambda *given, **more: poll(*given, **more, tend_errors=True), 1),
    "a retry": (retry_open, 0),
    "a manual sync": (lambda *given, **more: sync_one(*given, "P1", **more), 0),
}
"""How each run is made, and how many walks it makes; all ask for a record by its ID, too."""


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_that_waits_goes_on(kind: str, slow: SlowSource, destination: Any, clock: FakeClock) -> None:
    run, walks = RUNS[kind]
    slow.put("P1", START - timedelta(days=1), email="p1@example.com")
    with destination.unit() as unit:
        unit.save_watermark(START)  # no poll reads P1
    sync_one(PIPELINE, Away(), destination, "P1", clock=clock)  # so it is to be tried again
    clock.forward(days=1)
    slow.look = lambda: destination.runs(1)[0].status
    run(PIPELINE, slow, destination, clock=clock)
    assert (len(slow.asked), set(slow.fetched)) == (walks, {"P1"})
    assert slow.seen == ["running"] * WAITS * (walks + len(slow.fetched))
    assert destination.runs(1)[0].status == "complete"
    slow.meanwhile()  # nobody is left to be told of
    assert [one.status for one in destination.runs()].count("running") == 0


def test_a_poll_that_waits_keeps_its_lease(slow: SlowSource, destination: Any, clock: FakeClock) -> None:
    one, two = (PollLease(destination, name, clock=clock) for name in ("one", "two"))
    one.take()
    slow.put("P1", START, email="p1@example.com")
    slow.look = two.take
    report = poll(PIPELINE, slow, destination, clock=clock, lease=one)
    assert [held and held.holder for held in slow.seen] == ["one"] * WAITS
    assert (report.status, report.counts["added"]) == (RunStatus.COMPLETE, 1)


def test_a_poll_whose_lease_was_taken_over_waits_no_longer(
    slow: SlowSource, destination: Any, clock: FakeClock
) -> None:
    one, two = (PollLease(destination, name, clock=clock) for name in ("one", "two"))
    one.take()

    def held_up(_number: int) -> None:
        clock.forward(hours=1)
        assert two.take() is None
        slow.meanwhile()
        raise AssertionError("it waits although another process polls")

    slow.before_page = held_up
    report = poll(PIPELINE, slow, destination, clock=clock, lease=one)
    assert (report.status, report.code) == (RunStatus.FAILED, "lease-lost")


@pytest.mark.parametrize(("transient", "status"), [(True, RunStatus.COMPLETE), (False, RunStatus.FAILED)])
def test_a_destination_out_of_reach_meanwhile_is_left_to_the_next_unit(
    transient: bool, status: RunStatus, slow: SlowSource, clock: FakeClock
) -> None:
    away = ConnectorError("store-unavailable", "away", transient=transient)
    slow.put("P1", START, email="p1@example.com")
    # The first two units are signs of life.
    destination = Tripwire(FakeDestination(RULES, clock), away, at=2, only="begin")
    report = poll(PIPELINE, slow, destination, clock=clock)
    assert report.status is status
    assert report.counts.get("added", 0) == int(transient)
