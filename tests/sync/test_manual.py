"""Manual Sync: one profile by its ID, and what it would do."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError
from recordmap.sync.manual import sync_one
from recordmap.sync.poll import poll
from recordmap.sync.results import ChildAction, FieldChange, Transfer
from sync.fakes import START, FakeClock, FakeDestination, FakeSource, Tripwire
from sync.plans import PIPELINE, RULES, driven, updating
from sync.support import LOCATION, customer, link_of, open_error, stored

DOWN = ConnectorError("source-unavailable", "Klaviyo temporarily unavailable", transient=True)
REFUSED = ConnectorError("source-refused-key", "Klaviyo refuses the key", transient=False)
LOCKED = ConnectorError("store-locked", "the store is in use", transient=True)


@pytest.fixture
def sync(source: FakeSource, destination: Any, clock: FakeClock) -> Callable[..., Transfer]:
    def run(external_id: str, **options: Any) -> Transfer:
        pipeline = options.pop("pipeline", PIPELINE)
        into = options.pop("into", destination)
        return sync_one(pipeline, source, into, external_id, clock=clock, **options)

    return run


def raises(error: Exception) -> Callable[[str], None]:
    def before_fetch(external_id: str) -> None:
        raise error

    return before_fetch


@pytest.mark.parametrize("external_id", ["01H8TVABCDEF1234567890", "44552"])
def test_both_forms_of_id(external_id: str, sync: Any, source: FakeSource, destination: Any) -> None:
    source.put(external_id, START, email="ada@example.com")
    came = sync(external_id)
    assert (came.result, came.subject) == ("added", external_id)
    assert link_of(destination, external_id) is not None
    [run] = destination.runs()
    assert (run.kind, run.status, run.counts["added"]) == ("manual", "complete", 1)


def test_it_links_by_email_and_never_moves_the_watermark(
    sync: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    here = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    source.put("P1", START, email="ADA@example.com")
    assert (sync("P1").result, sync("P1").record_id) == ("linked", here)
    assert destination.watermark() is None
    poll(PIPELINE, source, destination, clock=clock)
    source.put("P2", START + timedelta(hours=1), email="bob@example.com")
    clock.forward(hours=2)
    sync("P2")
    assert destination.watermark() == START


def test_it_maps_what_a_poll_would_leave(sync: Any, source: FakeSource, destination: Any) -> None:
    source.put("P1", START, email="ada@example.com", first_name="Ada")
    first = sync("P1", pipeline=updating(driven))
    with destination.unit() as unit:
        unit.update(first.record_id, {"FirstName": "Edited"})
    assert sync("P1", pipeline=updating(driven)).result == "updated"


def test_an_unknown_id_is_a_failure_with_an_entry(sync: Any, destination: Any) -> None:
    came = sync("nobody")
    assert came.problem is not None
    assert (came.result, came.problem.code) == ("failed", "source-record-not-found")
    assert came.problem.message == "klaviyo has no record with this ID"
    entry = open_error(destination, "nobody")
    assert entry is not None
    assert (entry.failure.external_id, entry.failure.record) == ("nobody", None)
    assert destination.runs()[0].message == "klaviyo has no record with this ID"
    assert destination.runs()[0].counts["failed"] == 1


def test_a_source_out_of_reach_is_logged_for_another_try(
    sync: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.before_fetch = raises(DOWN)
    came = sync("P1")
    assert came.problem is not None
    assert (came.result, came.problem.message) == ("failed", "Klaviyo temporarily unavailable")
    for minutes, attempts in ((20, 1), (60, 2), (120, 3), (200, 4)):
        entry = open_error(destination, "P1")
        assert entry is not None
        assert (entry.attempts, entry.failure.transient) == (attempts, True)
        assert entry.failure.next_retry == START + timedelta(minutes=minutes)
        sync("P1")
    assert destination.runs()[0].status == "failed"
    assert destination.runs()[0].message == "Klaviyo temporarily unavailable"

    source.before_fetch = lambda external_id: None
    source.put("P1", START, email="ada@example.com")
    assert sync("P1").result == "added"
    assert open_error(destination, "P1") is None


def test_the_waits_grow_and_end(sync: Any, source: FakeSource, destination: Any) -> None:
    source.before_fetch = raises(DOWN)
    waits = []
    for _ in range(11):
        sync("P1")
        entry = open_error(destination, "P1")
        assert entry is not None
        waits.append(entry.failure.next_retry and (entry.failure.next_retry - START) // timedelta(minutes=1))
    assert waits == [20, 60, 120, 200, 300, 420, 560, 720, 900, 1100, None]


def test_a_wrong_key_is_no_news_about_the_record(sync: Any, source: FakeSource, destination: Any) -> None:
    source.before_fetch = raises(REFUSED)
    came = sync("P1")
    assert came.problem is not None
    assert came.problem.code == "source-refused-key"
    assert destination.counts()["open_errors"] == 0
    assert destination.runs()[0].status == "failed"


@pytest.mark.parametrize("at", range(1, 16))
def test_a_destination_out_of_reach_is_a_failure_that_raises_nothing(
    at: int, source: FakeSource, clock: FakeClock
) -> None:
    destination = FakeDestination(RULES, clock)
    source.put("P1", START, email="ada@example.com")
    wire = Tripwire(destination, LOCKED, at)
    came = sync_one(PIPELINE, source, wire, "P1", clock=clock)
    if "finish_run" in wire.calls[: at - 1] or wire.calls[at - 1 : at] in ([], ["finish_run"]):
        assert came.result == "added"
    else:
        assert came.problem is not None
        assert came.problem.code == "store-locked"
        assert destination.counts()["records"] == 0


def test_a_dry_run_of_an_add(sync: Any, source: FakeSource, destination: Any) -> None:
    source.put("P1", START, email="ada@example.com", location=LOCATION)
    came = sync("P1", dry_run=True)
    assert (came.result, came.record_id) == ("added", None)
    assert came.field_changes() == (
        FieldChange("EmailAddress", None, "ada@example.com"),
        FieldChange("CustomerNumber", None, "N/A"),
    )
    [child] = came.children
    assert (child.into, child.action, child.record["City"]) == ("Addresses", ChildAction.ADDED, "Baltimore")
    assert destination.counts() == {"records": 0, "children": 0, "links": 0, "open_errors": 0}
    assert list(destination.runs()) == []


def test_a_dry_run_of_an_update(sync: Any, source: FakeSource, destination: Any) -> None:
    here = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A", FirstName="Old")
    before = copy.deepcopy(stored(destination, here))
    source.put("P1", START, email="ada@example.com", first_name="New")
    came = sync("P1", dry_run=True, pipeline=updating(driven))
    assert (came.result, came.record_id, came.rule) == ("updated", here, "EmailAddress")
    assert came.field_changes() == (FieldChange("FirstName", "Old", "New"),)
    assert stored(destination, here) == before
    assert link_of(destination, "P1") is None


@pytest.mark.parametrize(
    ("attributes", "code"), [(None, "source-record-not-found"), ({}, "required-field-missing")]
)
def test_a_dry_run_that_fails_logs_nothing(
    attributes: Any, code: str, sync: Any, source: FakeSource, destination: Any
) -> None:
    if attributes is not None:
        source.put("P1", START, **attributes)
    came = sync("P1", dry_run=True)
    assert came.problem is not None
    assert (came.result, came.problem.code) == ("failed", code)
    assert destination.counts()["open_errors"] == 0
    source.before_fetch = raises(DOWN)
    assert sync("P1", dry_run=True).problem.code == "source-unavailable"


def test_a_dry_run_tells_what_a_real_one_does(sync: Any, source: FakeSource) -> None:
    source.put("P1", START, email="ada@example.com", first_name="Ada", location=LOCATION)
    for _ in range(2):
        rehearsed, real = sync("P1", dry_run=True), sync("P1")
        assert rehearsed.result == real.result
        assert rehearsed.field_changes() == real.field_changes()


def test_an_address_typed_as_id_stays_out_of_the_programs_log(
    sync: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sync("canary@example.com")
    ours = [record.getMessage() for record in caplog.records if record.name == "recordmap.sync"]
    assert "a record failed: source-record-not-found" in ours
    assert not [line for line in ours if "canary" in line]
