"""A person who is kept out: whatever way their source record comes, nothing of it is written or kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError, Malformed
from recordmap.connectors.errorlog import Failure
from recordmap.sync.manual import sync_one
from recordmap.sync.poll import poll
from recordmap.sync.results import KEPT_OUT
from sync.fakes import START, FakeClock, FakeDestination, FakeSource
from sync.plans import PIPELINE
from sync.support import link_of

DOWN = ConnectorError("source-unavailable", "Klaviyo temporarily unavailable", transient=True)


def keep_out(destination: Any) -> None:
    if isinstance(destination, FakeDestination):
        destination.state.kept_out.add("P1")
    else:
        destination.forget("P1", keep_out=True)


@pytest.fixture
def keeping_out(destination: Any) -> Any:
    """A destination that keeps P1 out."""
    keep_out(destination)
    return destination


def test_a_poll_leaves_it_alone(keeping_out: Any, source: FakeSource, clock: FakeClock) -> None:
    source.put("P1", START - timedelta(hours=2), email="ada@example.com")
    source.put("P2", START - timedelta(hours=1), email="bob@example.com")
    source.malformed[1] = (
        Malformed("cut short", '{"id": "P1", "attr', "P1"),
        Malformed("cut short", "{", None),
    )
    report = poll(PIPELINE, source, keeping_out, clock=clock)
    assert {name: count for name, count in report.counts.items() if count} == {
        "added": 1,
        "skipped": 2,
        "failed": 1,
    }
    assert keeping_out.watermark() == START - timedelta(hours=1)
    assert link_of(keeping_out, "P1") is None
    assert [entry.failure.external_id for entry in keeping_out.errors(None)] == [None]


@pytest.mark.parametrize("there", [True, False])
def test_a_manual_sync_is_told(keeping_out: Any, source: FakeSource, clock: FakeClock, there: bool) -> None:
    if there:
        source.put("P1", START, email="ada@example.com")
    for dry_run in (True, False):
        transfer = sync_one(PIPELINE, source, keeping_out, "P1", clock=clock, dry_run=dry_run)
        if there or not dry_run:
            assert (transfer.result, transfer.problem) == ("skipped", KEPT_OUT)

    def away(external_id: str) -> None:
        raise DOWN

    source.before_fetch = away
    sync_one(PIPELINE, source, keeping_out, "P1", clock=clock)
    assert (keeping_out.errors(None), keeping_out.counts()["records"]) == ([], 0)


def test_a_retry_closes_the_entry_of_one_who_is_kept_out(
    keeping_out: Any, source: FakeSource, clock: FakeClock
) -> None:
    with keeping_out.unit() as unit:
        unit.log_failure(Failure("P1", "P1", "store-locked", "busy", transient=True, next_retry=START))
        unit.save_watermark(START)
    source.put("P1", START - timedelta(days=1), email="ada@example.com")
    report = poll(PIPELINE, source, keeping_out, clock=clock, tend_errors=True)
    assert [one.result.value for one in report.retried] == ["skipped"]
    assert (keeping_out.counts()["records"], keeping_out.errors()) == (0, [])


def test_who_is_forgotten_while_a_poll_reads_does_not_slip_through(
    destination: Any, source: FakeSource, clock: FakeClock
) -> None:
    """The page with the profile was read before, and is written after."""
    source.put("P1", START, email="ada@example.com")
    pages = source.pages

    def late(since: Any) -> Any:
        for page in pages(since):
            keep_out(destination)
            yield page

    source.pages = late  # type: ignore[method-assign]
    assert poll(PIPELINE, source, destination, clock=clock).counts["skipped"] == 1
    assert destination.counts()["records"] == 0
