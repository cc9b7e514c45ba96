"""Polls: what is read, when the watermark moves, how a run ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError, Malformed
from recordmap.sync.poll import poll
from recordmap.sync.report import Report, RunStatus
from sync.fakes import START, FakeClock, FakeDestination, FakeSource, Tripwire
from sync.plans import PIPELINE, RULES, driven, updating
from sync.support import link_of, open_error, stored

OVERLAP = timedelta(minutes=5)
DOWN = ConnectorError("source-unavailable", "Klaviyo temporarily unavailable", transient=True)
LOCKED = ConnectorError("store-locked", "the store is in use", transient=True)


@pytest.fixture
def run(source: FakeSource, destination: Any, clock: FakeClock) -> Callable[..., Report]:
    def run_poll(**options: Any) -> Report:
        pipeline = options.pop("pipeline", PIPELINE)
        return poll(pipeline, source, options.pop("into", destination), clock=clock, **options)

    return run_poll


def ago(**by: float) -> datetime:
    return START - timedelta(**by)


def fill(source: FakeSource, count: int, updated: datetime | None = None) -> None:
    for number in range(count):
        time = updated or ago(hours=2) + timedelta(seconds=number)
        source.put(f"P{number:03}", time, email=f"p{number}@example.com")


def raises_on(page: int, error: Exception) -> Callable[[int], None]:
    def before_page(number: int) -> None:
        if number == page:
            raise error

    return before_page


def test_a_first_poll_reads_everything(run: Any, source: FakeSource, destination: Any) -> None:
    fill(source, 7)
    report = run()
    latest = ago(hours=2) + timedelta(seconds=6)
    assert source.asked == [None]
    assert (report.status, report.message, report.code) == (RunStatus.COMPLETE, None, None)
    assert (report.records, report.pages, report.counts["added"]) == (7, 3, 7)
    assert (report.watermark_before, report.watermark_after) == (None, latest)
    assert destination.watermark() == latest
    [history] = destination.runs()
    assert (history.kind, history.status, history.message) == ("poll", "complete", None)
    assert history.counts == report.counts
    assert history.id == report.run_id
    assert history.finished_at is not None


def test_an_unchanged_second_poll_writes_nothing(run: Any, source: FakeSource, destination: Any) -> None:
    fill(source, 7)
    run()
    wire = Tripwire(destination)
    report = run(into=wire)
    assert report.counts["unchanged"] == report.records == 7
    assert source.asked[1] == ago(hours=2) + timedelta(seconds=6) - OVERLAP
    writes = {"add", "update", "add_child", "save_link", "save_watermark", "log_failure"}
    assert not writes & set(wire.calls)


def test_only_what_changed_is_mapped(run: Any, source: FakeSource) -> None:
    fill(source, 7)
    run()
    source.put("P003", ago(minutes=1), email="p3@example.com", first_name="Three")
    report = run()
    assert (report.counts["unchanged"], report.records) == (7, 7)
    assert report.watermark_after == ago(minutes=1)


def test_the_overlap_is_a_setting(run: Any, source: FakeSource) -> None:
    fill(source, 1, ago(hours=1))
    run()
    run(overlap=timedelta(days=1))
    assert source.asked[-1] == ago(hours=1) - timedelta(days=1)


def test_full_reads_from_the_beginning(run: Any, source: FakeSource) -> None:
    fill(source, 4)
    run()
    report = run(full=True, pipeline=updating(driven))
    assert source.asked == [None, None]
    assert report.records == 4
    assert report.watermark_after == report.watermark_before


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_ties_over_page_edges_all_arrive(count: int, run: Any, source: FakeSource, destination: Any) -> None:
    fill(source, count, ago(hours=1))
    run()
    source.put("late", ago(hours=1), email="late@example.com")
    report = run()
    assert report.counts["added"] == 1
    assert destination.counts()["records"] == count + 1


def test_a_profile_that_moves_during_the_walk_is_taken_again(
    run: Any, source: FakeSource, destination: Any
) -> None:
    fill(source, 7)

    def move(number: int) -> None:
        if number == 2:
            source.put("P000", ago(minutes=1), email="p0@example.com", first_name="Moved")

    source.before_page = move
    report = run(pipeline=updating(driven))
    assert (report.records, report.counts["updated"]) == (8, 1)
    link = link_of(destination, "P000")
    assert link is not None
    assert stored(destination, link.record_id).record["FirstName"] == "Moved"


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_source_that_fails_leaves_the_watermark(
    page: int, run: Any, source: FakeSource, destination: Any
) -> None:
    source.put("old", ago(days=1), email="old@example.com")
    run()
    before = destination.watermark()
    fill(source, 7)
    source.before_page = raises_on(page, DOWN)
    report = run()
    assert (report.status, report.message) == (RunStatus.FAILED, "Klaviyo temporarily unavailable")
    assert report.code == "source-unavailable"
    assert report.watermark_after == before == destination.watermark()
    # The overlap brings the old profile again, before the seven new ones.
    assert report.records == 3 * (page - 1)
    assert destination.runs()[0].status == "failed"
    assert destination.runs()[0].message == "Klaviyo temporarily unavailable"
    assert source.closed == len(source.asked)

    source.before_page = lambda number: None
    report = run()
    assert report.status == RunStatus.COMPLETE
    assert destination.counts()["records"] == 8


def test_a_walk_that_is_no_connectors_fault_ends_the_run_and_raises(
    run: Any, source: FakeSource, destination: Any
) -> None:
    fill(source, 7)
    source.before_page = raises_on(2, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run()
    assert destination.watermark() is None
    assert (destination.runs()[0].status, destination.runs()[0].message) == (
        "failed",
        "The run was broken off",
    )


@pytest.mark.parametrize("seen", [True, False])
def test_times_in_the_future_do_not_move_the_watermark(seen: bool, run: Any, source: FakeSource) -> None:
    if seen:
        source.put("P1", ago(hours=1), email="ada@example.com")
    source.put("P2", START + timedelta(days=365), email="bob@example.com")
    report = run()
    assert report.counts["added"] == 1 + seen
    assert report.watermark_after == (ago(hours=1) if seen else None)


def test_a_clock_that_is_wrong_loses_nothing(
    run: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    real = START
    source.put("future", START + timedelta(days=365), email="future@example.com")
    for step, wrong in enumerate([1, -1, 0, 1, 1, 0, -1]):
        real += timedelta(hours=1)
        source.put(f"P{step}", real, email=f"p{step}@example.com")
        clock.now = real + timedelta(days=wrong)
        report = run()
        assert report.status == RunStatus.COMPLETE
        assert link_of(destination, f"P{step}"), f"step {step}"
        assert report.watermark_after is None or report.watermark_after <= real


def test_a_watermark_in_the_future_goes_back_to_the_start_of_the_poll(
    run: Any, source: FakeSource, destination: Any
) -> None:
    with destination.unit() as unit:
        unit.save_watermark(START + timedelta(days=365))
    source.put("P1", ago(minutes=1), email="ada@example.com")
    report = run()
    assert source.asked == [START - OVERLAP]
    assert report.counts["added"] == 1
    assert report.watermark_after == START
    assert report.notice_counts == {"watermark-ahead": 1}
    assert run().notices == ()


def test_the_watermark_never_goes_back_for_old_records(run: Any, source: FakeSource) -> None:
    source.put("P1", ago(hours=1), email="ada@example.com")
    run()
    del source.profiles["P1"]
    source.put("P2", ago(hours=1, minutes=3), email="bob@example.com")
    report = run()
    assert report.counts["added"] == 1
    assert report.watermark_after == ago(hours=1)


def test_a_watermark_at_the_beginning_of_the_calendar(run: Any, source: FakeSource) -> None:
    source.put("P1", "0001-01-01T00:00:00Z", email="ada@example.com")
    assert run().status == RunStatus.COMPLETE
    assert run().status == RunStatus.COMPLETE
    assert source.asked == [None, None]


@pytest.mark.parametrize("time", [None, "soon"])
def test_records_without_a_time_arrive_but_move_nothing(
    time: str | None, run: Any, source: FakeSource, destination: Any
) -> None:
    source.put("P1", time, email="ada@example.com")
    source.put("P2", ago(hours=1), email="bob@example.com")
    report = run()
    assert report.counts["added"] == 2
    assert report.watermark_after == ago(hours=1)
    [notice] = report.notices
    assert notice.code == "unreadable-timestamp"
    assert notice.message.startswith("1 records have no readable time of change")


def test_a_source_without_times_is_read_whole_and_lacks_nothing(run: Any, source: FakeSource) -> None:
    fill(source, 2)
    untimed = replace(PIPELINE, updated=lambda record: None)
    for result in ("added", "unchanged"):
        report = run(pipeline=untimed)
        assert (report.counts[result], report.notices) == (2, ())
    assert source.asked == [None, None]


def test_an_empty_source_moves_nothing(run: Any, destination: Any) -> None:
    report = run()
    assert (report.status, report.records, report.watermark_after) == (RunStatus.COMPLETE, 0, None)
    assert destination.watermark() is None


def test_failed_records_do_not_hold_the_watermark(run: Any, source: FakeSource, destination: Any) -> None:
    source.put("P1", ago(hours=2), email="ada@example.com")
    source.put("P2", ago(hours=1))
    report = run()
    assert report.status == RunStatus.COMPLETE
    assert report.failures == {"required-field-missing": 1}
    assert (report.counts["added"], report.counts["failed"]) == (1, 1)
    assert report.watermark_after == ago(hours=1)
    assert open_error(destination, "P2") is not None


def test_malformed_records_are_logged_and_their_page_goes_on(
    run: Any, source: FakeSource, destination: Any
) -> None:
    fill(source, 2)
    source.malformed[1] = (
        Malformed("not an object", "[1, 2", "P9"),
        Malformed("cut short", '{"attributes": {"email": "eve@example.com"'),
    )
    report = run()
    assert (report.counts["added"], report.counts["failed"]) == (2, 2)
    assert report.failures == {"source-record-unreadable": 2}
    entry = open_error(destination, "P9")
    assert entry is not None
    assert entry.failure.message == "The source record can't be read: not an object"
    assert entry.failure.record == "[1, 2"
    subjects = {entry.failure.subject for entry in destination.errors()}
    assert len(subjects) == 2

    report = run()
    assert destination.counts()["open_errors"] == 2, "the same text is the same entry"
    source.malformed.clear()
    source.put("P9", ago(minutes=1), email="nine@example.com")
    run()
    assert open_error(destination, "P9") is None


@pytest.mark.parametrize(("after", "is_settled"), [(0, True), (1, False), (None, False)])
def test_of_two_versions_on_a_page_the_later_one_decides(
    after: int | None, is_settled: bool, run: Any, source: FakeSource, destination: Any
) -> None:
    fill(source, 1)
    source.malformed[1] = (Malformed("cut short", '{"id": "P000"', "P000", after),)
    report = run()
    assert (report.counts["added"], report.counts["failed"]) == (1, 1)
    assert (open_error(destination, "P000") is None) == is_settled


def test_stop_ends_between_pages_and_leaves_the_watermark(
    run: Any, source: FakeSource, destination: Any
) -> None:
    fill(source, 9)
    pages: list[Any] = []
    report = run(stop=lambda: len(pages) == 2, progress=pages.append)
    assert report.status == RunStatus.STOPPED
    assert report.records == 6
    assert destination.counts()["records"] == 6
    assert destination.watermark() is None
    assert destination.runs()[0].status == "stopped"
    assert source.closed == 1
    assert run().counts["added"] == 3


def test_stop_before_the_first_page_asks_for_nothing(run: Any, source: FakeSource) -> None:
    fill(source, 1)
    report = run(stop=lambda: True)
    assert (report.status, report.pages, report.records) == (RunStatus.STOPPED, 0, 0)


def test_progress_gets_the_counts_so_far(run: Any, source: FakeSource) -> None:
    fill(source, 7)
    told: list[int] = []
    run(progress=lambda counts: told.append(counts["added"]))
    assert told == [3, 6, 7]


@pytest.mark.parametrize(
    ("every", "seen"),
    [(0.0, ["running"] * 3), (1e9, ["running", "interrupted", "interrupted"])],
    ids=["signs with each page", "no signs"],
)
def test_a_poll_shows_by_its_pages_that_it_goes_on(
    every: float,
    seen: list[str],
    run: Any,
    source: FakeSource,
    destination: Any,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recordmap.sync.runs.EVERY", every)
    fill(source, 7)
    source.before_page = lambda _: clock.forward(minutes=4)
    told: list[str] = []
    run(progress=lambda _: told.append(destination.runs(1)[0].status))
    assert told == seen
    assert destination.runs(1)[0].status == "complete"


def test_times_spent_are_measured(run: Any, source: FakeSource) -> None:
    fill(source, 7)
    report = run()
    assert report.source_seconds > 0
    assert report.transfer_seconds > 0


def test_children_and_notices_are_counted(run: Any, source: FakeSource) -> None:
    location = {"address1": "1 Main St", "city": "Baltimore", "country": "United States"}
    source.put("P1", ago(hours=2), email="ada@example.com", location=location)
    source.put("P2", ago(hours=2), email="ada@example.com", location=location)
    assert run().children == {"added": 1, "duplicate": 1}
    source.put("P3", ago(hours=2), email="bob@example.com")
    run()
    source.put("P3", ago(hours=1), email="ada@example.com")
    report = run()
    assert report.notice_counts == {"match-conflict": 1}
    assert [(notice.code, notice.subject) for notice in report.notices] == [("match-conflict", "P3")]


def test_notices_are_kept_to_a_bound(run: Any, source: FakeSource) -> None:
    source.page_size = 100
    source.put("owner", ago(hours=3), email="owner@example.com")
    fill(source, 120, ago(hours=2))
    run()
    for number in range(120):
        source.put(f"P{number:03}", ago(hours=1), email="owner@example.com")
    report = run()
    assert report.notice_counts == {"match-conflict": 120}
    assert len(report.notices) == 100


CALLS = range(1, 60)


@pytest.mark.parametrize("at", CALLS)
def test_a_destination_that_fails_anywhere_converges(
    at: int, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    fill(source, 4)
    source.put("bad", ago(hours=1))
    wire = Tripwire(destination, LOCKED, at)
    report = poll(PIPELINE, source, wire, clock=clock)
    tripped_on = wire.calls[at - 1] if at <= len(wire.calls) else None
    if tripped_on in (None, "finish_run"):
        assert report.status == RunStatus.COMPLETE
    else:
        assert (report.status, report.code) == (RunStatus.FAILED, "store-locked")
        assert destination.watermark() is None
    assert report.watermark_after == destination.watermark()

    report = poll(PIPELINE, source, destination, clock=clock)
    assert report.status == RunStatus.COMPLETE
    assert destination.counts() == {"records": 4, "children": 0, "links": 4, "open_errors": 1}
    assert destination.watermark() == ago(hours=1)


def test_the_failing_calls_reach_to_the_end_of_a_poll(source: FakeSource, clock: FakeClock) -> None:
    fill(source, 4)
    source.put("bad", ago(hours=1))
    wire = Tripwire(FakeDestination(RULES, clock))
    poll(PIPELINE, source, wire, clock=clock)
    assert wire.calls[-1] == "finish_run"
    assert len(wire.calls) < CALLS.stop


def test_a_destination_out_of_reach_from_the_start(source: FakeSource, clock: FakeClock) -> None:
    wire = Tripwire(FakeDestination(RULES, clock), LOCKED, 1)
    report = poll(PIPELINE, source, wire, clock=clock)
    assert (report.run_id, report.status, report.code) == (None, RunStatus.FAILED, "store-locked")
    assert source.asked == []


def test_the_programs_log_holds_no_values(
    run: Any, source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source.put(
        "P1", ago(hours=2), email="canary@example.com", phone_number="+12025550142", first_name="Canary"
    )
    source.put("P2", ago(hours=2), first_name="Canary")
    source.put("canary@example.com", ago(hours=2), first_name="Canary")
    source.malformed[1] = (Malformed("cut short", "canary"),)
    run()
    ours = [record.getMessage() for record in caplog.records if record.name == "recordmap.sync"]
    assert "P2 failed: required-field-missing" in ours
    assert "a record failed: required-field-missing" in ours
    assert any("complete" in line for line in ours)
    assert not [line for line in ours if "anary" in line or "5550142" in line]


def test_a_changed_template_reaches_unchanged_records_on_a_full_poll(
    run: Any, source: FakeSource, destination: Any
) -> None:
    source.put("P1", ago(days=2), email="ada@example.com", first_name="Ada")
    source.put("P2", ago(hours=1), email="bob@example.com")
    run()
    link = link_of(destination, "P1")
    assert link is not None
    with destination.unit() as unit:
        unit.update(link.record_id, {"FirstName": "Edited"})
    assert run(pipeline=updating(driven)).records == 1
    assert stored(destination, link.record_id).record["FirstName"] == "Edited"
    assert run(pipeline=updating(driven), full=True).counts["updated"] == 1
    assert stored(destination, link.record_id).record["FirstName"] == "Ada"


def test_both_collections_disabled_skips_all(run: Any, source: FakeSource) -> None:
    fill(source, 2)
    report = run(pipeline=replace(PIPELINE, add=None, update=None))
    assert report.counts["skipped"] == 2
