"""Trying again what failed: which entries, which record, and what becomes of the entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError, Malformed
from recordmap.connectors.destination import ErrorEntry, ErrorStatus, Failure
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.manual import sync_one
from recordmap.sync.poll import poll
from recordmap.sync.report import RunStatus
from recordmap.sync.results import Transfer
from recordmap.sync.retry import RetryReport, is_due, retry_entry, retry_open
from sync.fakes import START, FakeClock, FakeSource, Tripwire
from sync.plans import ADD, PIPELINE, made
from sync.support import open_error

DOWN = ConnectorError("source-unavailable", "Klaviyo temporarily unavailable", transient=True)
REFUSED = ConnectorError("source-refused-key", "Klaviyo refuses the key", transient=False)
BAD_ID = ConnectorError("source-bad-id", "Klaviyo can't have this ID", transient=False)
LOCKED = ConnectorError("store-locked", "the store is in use", transient=True)

LENIENT = replace(
    PIPELINE,
    version="v2",
    add=made(
        ADD,
        "add",
        lambda attributes, existing: {
            "EmailAddress": attributes.get("email") or "unknown@example.com",
            "CustomerNumber": "N/A",
        },
    ),
)


@pytest.fixture
def failed(source: FakeSource, destination: Any, clock: FakeClock) -> ErrorEntry:
    """A profile without email that a poll has seen."""
    source.put("P1", START - timedelta(hours=1), first_name="Ada")
    poll(PIPELINE, source, destination, clock=clock)
    entry = open_error(destination, "P1")
    assert entry is not None
    return entry


@pytest.fixture
def retry(source: FakeSource, destination: Any, clock: FakeClock) -> Callable[..., RetryReport]:
    def run(entry_id: int | None = None, pipeline: Any = PIPELINE, **options: Any) -> RetryReport:
        if entry_id is None:
            return retry_open(pipeline, source, destination, clock=clock, **options)
        return retry_entry(pipeline, source, destination, entry_id, clock=clock)

    return run


def raises(error: Exception, *only: str) -> Callable[[str], None]:
    def before_fetch(external_id: str) -> None:
        if not only or external_id in only:
            raise error

    return before_fetch


def only(report: RetryReport) -> Transfer:
    [retried] = report.retried
    return retried.transfer


def test_it_fails_again_while_nothing_changed(failed: ErrorEntry, retry: Any, destination: Any) -> None:
    report = retry(failed.id)
    [retried] = report.retried
    assert retried.entry == failed
    assert retried.transfer.problem is not None
    assert retried.transfer.problem.message == "An email address is required"
    entry = destination.error(failed.id)
    assert (entry.status, entry.attempts) == (ErrorStatus.OPEN, 2)
    assert (report.status, destination.runs()[0].kind) == (RunStatus.COMPLETE, "retry")


def test_it_maps_again_with_the_current_template(failed: ErrorEntry, retry: Any, destination: Any) -> None:
    transfer = only(retry(failed.id, LENIENT))
    assert transfer.result == "added"
    assert destination.error(failed.id).status is ErrorStatus.RESOLVED
    assert destination.counts()["records"] == 1


def test_it_takes_the_record_as_it_is_now(
    failed: ErrorEntry, retry: Any, source: FakeSource, destination: Any
) -> None:
    source.put("P1", START, email="ada@example.com")
    assert only(retry(failed.id)).result == "added"
    assert destination.error(failed.id).status is ErrorStatus.RESOLVED


def test_a_record_that_is_gone_does_not_come_back(
    failed: ErrorEntry, retry: Any, source: FakeSource, destination: Any
) -> None:
    del source.profiles["P1"]
    transfer = only(retry(failed.id, LENIENT))
    assert transfer.problem is not None
    assert transfer.problem.code == "source-record-not-found"
    assert destination.counts()["records"] == 0
    entry = destination.error(failed.id)
    assert (entry.status, entry.attempts) == (ErrorStatus.OPEN, 2)
    assert entry.failure.record == failed.failure.record, "the evidence stays"


def test_out_of_reach_the_kept_record_stands_in(
    failed: ErrorEntry, retry: Any, source: FakeSource, destination: Any
) -> None:
    source.before_fetch = raises(DOWN)
    transfer = only(retry(failed.id, LENIENT))
    assert transfer.result == "added"
    assert [notice.code for notice in transfer.notices] == ["kept-record-used"]
    assert destination.error(failed.id).status is ErrorStatus.RESOLVED


def test_a_kept_record_never_overwrites_a_newer_one(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.put("P1", START, email="ada@example.com")
    poll(PIPELINE, source, destination, clock=clock)
    older = {"id": "P1", "attributes": {"updated": "2024-01-01T00:00:00Z", "email": "old@example.com"}}
    with destination.unit() as unit:
        unit.log_failure(Failure("P1", "P1", "internal-error", "broken", transient=True, record=older))
    source.before_fetch = raises(DOWN)
    assert only(retry()).result == "stale"
    assert open_error(destination, "P1") is None


def test_out_of_reach_without_a_kept_record_stays_as_it_is(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.malformed[1] = (Malformed("cut short", '{"id": "P1", "attr', "P1"),)
    poll(PIPELINE, source, destination, clock=clock)
    before = open_error(destination, "P1")
    assert before is not None
    source.before_fetch = raises(DOWN)
    transfer = only(retry(before.id))
    assert transfer.problem is not None
    assert transfer.problem.code == "source-unavailable"
    assert open_error(destination, "P1") == before, "that the source is away is no news about the record"

    source.before_fetch = lambda external_id: None
    source.put("P1", START, email="ada@example.com")
    assert only(retry(before.id)).result == "added"
    assert open_error(destination, "P1") is None


def test_out_of_reach_moves_the_wait_of_what_can_pass(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.before_fetch = raises(DOWN)
    sync_one(PIPELINE, source, destination, "P1", clock=clock)
    assert retry().retried == (), "not due yet"
    clock.forward(minutes=20)
    assert only(retry()).result == "failed"
    entry = open_error(destination, "P1")
    assert entry is not None
    assert (entry.attempts, entry.failure.next_retry) == (2, START + timedelta(minutes=80))
    clock.forward(minutes=60)
    source.before_fetch = lambda external_id: None
    source.put("P1", START, email="ada@example.com")
    assert only(retry()).result == "added"


def test_a_linked_record_that_never_changed_closes_its_entry(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.put("P1", START, email="ada@example.com")
    poll(PIPELINE, source, destination, clock=clock)
    source.before_fetch = raises(DOWN)
    sync_one(PIPELINE, source, destination, "P1", clock=clock)
    assert open_error(destination, "P1") is not None
    source.before_fetch = lambda external_id: None
    assert only(retry(only_due=False)).result == "unchanged"
    assert open_error(destination, "P1") is None


def test_a_source_out_of_reach_is_asked_once(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    for number in range(5):
        source.put(f"P{number}", START)
    poll(PIPELINE, source, destination, clock=clock)
    source.before_fetch = raises(DOWN)
    report = retry(pipeline=LENIENT)
    assert len(source.fetched) == 1
    assert [str(retried.transfer.result) for retried in report.retried] == ["added", *["linked"] * 4]


def test_a_wrong_key_ends_the_run(
    failed: ErrorEntry, retry: Any, source: FakeSource, destination: Any
) -> None:
    source.before_fetch = raises(REFUSED)
    report = retry(failed.id)
    assert (report.status, report.code, report.retried) == (RunStatus.FAILED, "source-refused-key", ())
    assert open_error(destination, "P1") == failed


def test_an_impossible_id_does_not_hold_up_the_others(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    sync_one(PIPELINE, source, destination, "a?b", clock=clock)
    clock.forward(minutes=1)
    sync_one(PIPELINE, source, destination, "P1", clock=clock)
    source.put("P1", START, email="ada@example.com")
    source.before_fetch = raises(BAD_ID, "a?b")
    report = retry(only_due=False)
    assert report.status == RunStatus.COMPLETE
    assert [(retried.transfer.subject, str(retried.transfer.result)) for retried in report.retried] == [
        ("a?b", "failed"),
        ("P1", "added"),
    ]


def test_a_record_without_id_is_tried_as_kept(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.profiles["odd"] = {"attributes": {"updated": "2024-06-01T11:00:00Z", "email": "ada@example.com"}}
    poll(PIPELINE, source, destination, clock=clock)
    [entry] = destination.errors()
    assert entry.failure.external_id is None
    assert only(retry(entry.id)).result == "failed"
    assert destination.error(entry.id).attempts == 2

    by_email = replace(PIPELINE, external_id=lambda record: record["attributes"].get("email"))
    assert only(retry(entry.id, by_email)).result == "added"
    assert destination.error(entry.id).status is ErrorStatus.RESOLVED, "it goes on under its new ID"
    assert destination.counts()["open_errors"] == 0


def test_text_without_id_can_only_fail_again(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.malformed[1] = (Malformed("cut short", "{"),)
    poll(PIPELINE, source, destination, clock=clock)
    [entry] = destination.errors()
    transfer = only(retry(entry.id))
    assert transfer.problem is not None
    assert transfer.problem.code == "source-record-unreadable"
    assert source.fetched == []


def test_the_first_to_fail_comes_first(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    for number in (3, 1, 2):
        sync_one(PIPELINE, source, destination, f"P{number}", clock=clock)
        clock.forward(minutes=1)
    subjects = [retried.entry.failure.subject for retried in retry(only_due=False).retried]
    assert subjects == ["P3", "P1", "P2"]
    assert [one.entry.failure.subject for one in retry(only_due=False, limit=1).retried] == ["P2"]


def test_entries_that_cannot_be_tried(failed: ErrorEntry, retry: Any, destination: Any) -> None:
    with pytest.raises(ConfigurationError, match="there is no error entry 999"):
        retry(999)
    destination.dismiss(failed.id)
    with pytest.raises(ConfigurationError, match="is dismissed"):
        retry(failed.id)


def test_a_destination_out_of_reach_ends_the_run(
    failed: ErrorEntry, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    wire = Tripwire(destination, LOCKED, 1, only="begin")
    report = retry_entry(LENIENT, source, wire, failed.id, clock=clock)
    assert (report.status, report.code, report.retried) == (RunStatus.FAILED, "store-locked", ())
    assert open_error(destination, "P1") == failed


@pytest.mark.parametrize(
    ("transient", "wait", "version", "due"),
    [
        (False, None, "v1", False),
        (False, None, "v0", True),
        (True, None, "v1", True),
        (True, 0, "v1", True),
        (True, -1, "v1", True),
        (True, 1, "v1", False),
        (True, 1, "v0", False),
    ],
)
def test_is_due(transient: bool, wait: int | None, version: str, due: bool) -> None:
    failure = Failure(
        "P1",
        "P1",
        "internal-error",
        "broken",
        transient=transient,
        version=version,
        next_retry=None if wait is None else START + timedelta(minutes=wait),
    )
    assert is_due(ErrorEntry(1, ErrorStatus.OPEN, 1, START, START, failure), "v1", START) is due
