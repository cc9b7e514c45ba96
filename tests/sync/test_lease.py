"""Of several processes that poll every so often one does, and none commits without the lease."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError
from recordmap.sync.lease import LASTS, PollLease, this_process
from recordmap.sync.poll import poll
from recordmap.sync.report import RunStatus
from sync.fakes import START, FakeClock, FakeSource
from sync.plans import PIPELINE


@pytest.fixture
def one(destination: Any, clock: FakeClock) -> PollLease:
    return PollLease(destination, "one", clock=clock)


@pytest.fixture
def two(destination: Any, clock: FakeClock) -> PollLease:
    return PollLease(destination, "two", clock=clock)


def test_the_first_gets_it_and_the_second_is_told_who_has_it(one: PollLease, two: PollLease) -> None:
    assert one.take() is None
    held = two.take()
    assert held is not None
    assert (held.holder, held.expires_at) == ("one", START + LASTS)
    assert two.remaining(held) == LASTS


def test_taking_it_again_prolongs_it(one: PollLease, two: PollLease, clock: FakeClock) -> None:
    one.take()
    clock.forward(minutes=4)
    assert one.take(timedelta(hours=1)) is None
    clock.forward(hours=1)
    held = two.take()
    assert held is not None
    assert held.expires_at == START + timedelta(hours=1, minutes=9)


def test_one_that_ran_out_is_taken_over(one: PollLease, two: PollLease, clock: FakeClock) -> None:
    one.take()
    clock.forward(seconds=LASTS.total_seconds())
    assert two.take() is None
    held = one.take()
    assert held is not None
    assert (held.holder, held.number) == ("two", 2)


def test_one_that_ran_out_and_that_nobody_took_still_holds(
    one: PollLease, destination: Any, clock: FakeClock
) -> None:
    one.take()
    clock.forward(hours=9)
    with destination.unit() as unit:
        one.keep(unit)
    assert one.take() is None


def test_one_that_is_given_up_is_free_at_once(one: PollLease, two: PollLease) -> None:
    one.take()
    one.give_up()
    one.give_up()
    assert two.take() is None


def test_giving_up_what_another_took_over_changes_nothing(
    one: PollLease, two: PollLease, clock: FakeClock
) -> None:
    one.take()
    clock.forward(minutes=6)
    two.take()
    one.give_up()
    held = one.take()
    assert held is not None
    assert held.holder == "two"


def test_it_is_never_kept_before_it_is_taken(one: PollLease, destination: Any) -> None:
    with pytest.raises(ValueError, match="taken before"), destination.unit() as unit:
        one.keep(unit)


def test_who_came_back_does_not_pass_for_who_was_there(
    one: PollLease, two: PollLease, destination: Any, clock: FakeClock
) -> None:
    """The number tells two turns of one holder apart: what a former turn still has in hand is not written."""
    one.take()
    former = PollLease(destination, "one", clock=clock)
    former.take()
    clock.forward(minutes=6)
    two.take()
    two.give_up()
    one.take()
    with pytest.raises(ConnectorError) as caught, destination.unit() as unit:
        former.keep(unit)
    assert (caught.value.code, caught.value.transient) == ("lease-lost", True)


def test_a_poll_prolongs_it_with_each_page(
    one: PollLease, two: PollLease, destination: Any, source: FakeSource, clock: FakeClock
) -> None:
    for number in range(9):
        source.put(f"P{number}", START, email=f"p{number}@example.com")
    source.before_page = lambda number: clock.forward(minutes=4)
    one.take()
    report = poll(PIPELINE, source, destination, clock=clock, lease=one)
    assert (report.status, report.pages, report.counts["added"]) == (RunStatus.COMPLETE, 3, 9)
    held = two.take()
    assert held is not None
    assert held.expires_at == clock.now + LASTS


def test_a_poll_that_was_held_up_commits_nothing_more(
    one: PollLease, two: PollLease, destination: Any, source: FakeSource, clock: FakeClock
) -> None:
    for number in range(9):
        source.put(f"P{number}", START, email=f"p{number}@example.com")

    def sleep(page: int) -> None:
        if page == 3:
            clock.forward(hours=1)
            assert two.take() is None

    source.before_page = sleep
    one.take()
    report = poll(PIPELINE, source, destination, clock=clock, lease=one)
    assert (report.status, report.code) == (RunStatus.FAILED, "lease-lost")
    assert destination.counts()["records"] == 6
    assert destination.watermark() is None

    source.before_page = lambda number: None
    report = poll(PIPELINE, source, destination, clock=clock, lease=two)
    assert (report.status, report.counts["added"], report.counts["unchanged"]) == (RunStatus.COMPLETE, 3, 6)


def test_a_poll_that_was_held_up_moves_no_watermark(
    one: PollLease, two: PollLease, destination: Any, source: FakeSource, clock: FakeClock
) -> None:
    source.put("P1", START, email="p1@example.com")

    def sleep(_counts: object) -> None:
        clock.forward(hours=1)
        assert two.take() is None

    one.take()
    report = poll(PIPELINE, source, destination, clock=clock, lease=one, progress=sleep)
    assert (report.status, report.code, destination.watermark()) == (RunStatus.FAILED, "lease-lost", None)


def test_no_two_processes_have_one_name() -> None:
    assert len({this_process() for _ in range(20)}) > 1
