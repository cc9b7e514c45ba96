"""`sync --every`: whose turn it is, how long it waits, and what it says meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recordmap.cli.schedule import Schedule
from recordmap.connectors.base import ConnectorError
from recordmap.sync.lease import LASTS, PollLease
from sync.fakes import FakeClock, FakeDestination
from sync.plans import RULES


class Stopping:
    """Stands for the event that ends a schedule: its waits move the clock, and it is set after some of them."""

    def __init__(
        self, clock: FakeClock, waits: int, meanwhile: Callable[[int], None] = lambda number: None
    ) -> None:
        self._clock = clock
        self._most = waits
        self._meanwhile = meanwhile
        self.waits: list[float] = []

    def is_set(self) -> bool:
        return len(self.waits) >= self._most

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self._clock.forward(seconds=seconds)
        self._meanwhile(len(self.waits))
        return self.is_set()


class Machine:
    """One process: a session with a lease, and the polls it makes."""

    def __init__(self, name: str, destination: Any, clock: FakeClock) -> None:
        self._lease = PollLease(destination, name, clock=clock)
        self.polls: list[bool] = []

    def lease(self) -> PollLease:
        return self._lease

    def poll(self, *, full: bool, lease: PollLease | None) -> int:
        assert lease is self._lease
        self.polls.append(full)
        return len(self.polls)

    def run(self, stopping: Stopping, every: int, *, full: bool = False, as_json: bool = False) -> int:
        schedule = Schedule(self, every, stopping, as_json=as_json)  # type: ignore[arg-type]
        return schedule.run(self.poll, full=full)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def destination(clock: FakeClock) -> FakeDestination:
    return FakeDestination(RULES, clock)


def test_alone_it_polls_every_so_often(destination: Any, clock: FakeClock, capsys: Any) -> None:
    machine, stopping = Machine("one", destination, clock), Stopping(clock, 3)
    assert machine.run(stopping, 3600, full=True) == 3
    assert (machine.polls, stopping.waits) == ([True, False, False], [3600, 3600, 3600])
    assert capsys.readouterr().out == ""
    assert destination.state.lease.expires_at == clock.now, "the lease is given up at the end"


def test_beside_another_it_waits_says_so_once_and_takes_over_when_that_one_dies(
    destination: Any, clock: FakeClock, capsys: Any
) -> None:
    other = PollLease(destination, "web-1, process 7 (ab12)", clock=clock)
    other.take()
    machine = Machine("one", destination, clock)

    def meanwhile(number: int) -> None:
        if number == 1:
            other.take()

    stopping = Stopping(clock, 8, meanwhile)
    machine.run(stopping, 60)
    told = capsys.readouterr().out
    assert told.count("web-1, process 7 (ab12) is polling, and has until 2024-06-01T12:05:00Z for it") == 1
    assert stopping.waits == [60] * 8
    assert len(machine.polls) == 2, "it polled from minute 6 on"


def test_who_waits_looks_what_the_other_did(destination: Any, clock: FakeClock) -> None:
    PollLease(destination, "other", clock=clock).take()
    machine, looks = Machine("one", destination, clock), []
    schedule = Schedule(machine, 60, Stopping(clock, 6), as_json=False, take=looks.append)  # type: ignore[arg-type]
    schedule.run(machine.poll, full=False)
    assert (looks, machine.polls) == ([None] * 5, [False])


def test_it_asks_again_when_the_other_lease_runs_out(destination: Any, clock: FakeClock, capsys: Any) -> None:
    PollLease(destination, "other", clock=clock).take()
    machine, stopping = Machine("one", destination, clock), Stopping(clock, 2)
    machine.run(stopping, 3600, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "format_version": "1.0",
        "status": "waiting",
        "holder": "other",
        "until": "2024-06-01T12:05:00Z",
    }
    assert (stopping.waits, machine.polls) == ([LASTS.total_seconds(), 3600], [False])


def test_its_lease_covers_the_pause(destination: Any, clock: FakeClock) -> None:
    other = Machine("two", destination, clock)
    seen: list[Any] = []
    stopping = Stopping(clock, 1, lambda number: seen.append(other.lease().take()))
    Machine("one", destination, clock).run(stopping, 3600)
    assert seen[0].holder == "one"
    assert other.lease().take() is None


def test_a_store_out_of_reach_is_waited_for(
    destination: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    take, faults = destination.take_lease, [ConnectorError("store-unavailable", "no server", transient=True)]

    def take_lease(holder: str, until: Any) -> Any:
        if faults:
            raise faults.pop()
        return take(holder, until)

    monkeypatch.setattr(destination, "take_lease", take_lease)
    machine, stopping = Machine("one", destination, clock), Stopping(clock, 2)
    assert machine.run(stopping, 60) == 1
    assert machine.polls == [False]
    assert "no server (store-unavailable); trying again later" in capsys.readouterr().err


def test_a_store_that_can_not_be_used_ends_it(
    destination: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_lease(holder: str, until: Any) -> Any:
        raise ConnectorError("store-readonly", "read only", transient=False)

    monkeypatch.setattr(destination, "take_lease", take_lease)
    with pytest.raises(ConnectorError):
        Machine("one", destination, clock).run(Stopping(clock, 2), 60)


def test_a_lease_that_can_not_be_given_up_keeps_nobody(
    destination: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def drop_lease(lease: Any) -> None:
        raise ConnectorError("store-unavailable", "no server", transient=True)

    monkeypatch.setattr(destination, "drop_lease", drop_lease)
    assert Machine("one", destination, clock).run(Stopping(clock, 1), 60) == 1
    assert "runs out by itself" in capsys.readouterr().err
    clock.forward(seconds=timedelta(minutes=6).total_seconds())
    assert Machine("two", destination, clock).lease().take() is None
