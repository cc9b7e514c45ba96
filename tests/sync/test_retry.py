"""Trying again what failed: which entries, which record, and what becomes of the entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError, Malformed, StoppedError
from recordmap.connectors.errorlog import Backlog, ErrorEntry, ErrorStatus, Failure
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.failures import WaitsFor
from recordmap.sync.lease import PollLease
from recordmap.sync.manual import sync_one
from recordmap.sync.pipeline import ErrorPolicy
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
BAD_RECORD = ConnectorError("source-record-unreadable", "another profile", transient=False)
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
            return retry_open(pipeline, source, destination, clock=clock, **{"only_due": True, **options})
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
        unit.log_failure(
            Failure("P1", "P1", "store-locked", "busy", transient=True, record=older, next_retry=START)
        )
    source.before_fetch = raises(DOWN)
    assert only(retry()).result == "stale"
    assert open_error(destination, "P1") is None


def test_an_older_version_settles_nothing(
    failed: ErrorEntry, retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    source.put("P1", START - timedelta(hours=2), email="old@example.com")
    for _ in range(2):
        assert [one.transfer.result for one in retry(pipeline=LENIENT).retried] == ["stale"]
        entry = open_error(destination, "P1")
        assert entry is not None
        assert entry.failure.record == failed.failure.record
        assert retry(pipeline=LENIENT).retried == (), "not due again at every poll"
        clock.forward(hours=2)
    source.put("P1", START - timedelta(hours=1), email="ada@example.com")
    assert only(retry(failed.id, LENIENT)).result == "added"
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


@pytest.mark.parametrize("error", [BAD_ID, BAD_RECORD], ids=lambda error: error.code)
def test_one_without_an_answer_does_not_hold_up_the_others(
    error: ConnectorError, retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    sync_one(PIPELINE, source, destination, "a?b", clock=clock)
    clock.forward(minutes=1)
    sync_one(PIPELINE, source, destination, "P1", clock=clock)
    source.put("P1", START, email="ada@example.com")
    source.before_fetch = raises(error, "a?b")
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


CASES = {
    "waits for a change": (False, None, "v1", False),
    "the templates changed": (False, None, "v0", True),
    "nobody knows under which templates": (False, None, None, True),
    "tried often enough": (True, None, "v1", False),
    "tried often enough, and a template changed": (True, None, "v0", False),
    "due now": (True, 0, "v1", True),
    "due before": (True, -1, "v1", True),
    "due later": (True, 1, "v1", False),
    "due later, and a template changed": (True, 1, "v0", False),
    "put off, and due": (False, -1, "v0", True),
    "put off": (False, 1, "v0", False),
}


def broken(subject: str, transient: bool, minutes: int | None, version: str | None, **more: Any) -> Failure:
    next_retry = None if minutes is None else START + timedelta(minutes=minutes)
    return Failure(
        subject, subject, "store-locked", "busy", transient, version=version, next_retry=next_retry, **more
    )


def test_what_is_due_is_asked_for_as_it_is_decided(destination: Any) -> None:
    with destination.unit() as unit:
        for subject, (transient, minutes, version, _) in CASES.items():
            unit.log_failure(broken(subject, transient, minutes, version))
            unit.log_failure(broken(f"{subject}, settled", transient, minutes, version))
            unit.resolve(f"{subject}, settled")
    due = {subject for subject, (*_, due) in CASES.items() if due}
    entries = {entry.id: entry for entry in destination.errors(None)}
    assert {entry.failure.subject for entry in entries.values() if is_due(entry, "v1", START)} == due
    numbers = destination.due_error_numbers("v1", START, 100)
    assert {entries[number].failure.subject for number in numbers} == due
    assert len(numbers) == len(due)
    times = [time for number in numbers if (time := entries[number].failure.next_retry)]
    assert times == sorted(times)
    assert len(destination.due_error_numbers("v1", START, 1)) == 2, "one of each kind"
    assert len(destination.open_error_numbers()) == len(CASES)
    assert destination.backlog() == Backlog(time=6, change=3, person=2)


def test_what_is_due_does_not_starve_behind_what_waits(
    retry: Any, source: FakeSource, destination: Any
) -> None:
    with destination.unit() as unit:
        unit.log_failure(broken("P1", True, -1, "v1"))
        for number in range(1200):
            unit.log_failure(broken(f"waiting {number}", False, None, "v1"))
    source.put("P1", START, email="ada@example.com")
    assert only(retry()).result == "added"
    assert source.fetched == ["P1"]


def test_what_can_not_be_tried_now_stands_in_nobodys_way(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    with destination.unit() as unit:
        unit.log_failure(broken("P1", False, None, "v0", record="cut short"))
    source.before_fetch = raises(DOWN)
    assert only(retry()).problem is not None
    entry = open_error(destination, "P1")
    assert entry is not None
    assert (entry.attempts, entry.failure.next_retry) == (2, START + timedelta(minutes=60))
    assert (entry.failure.code, entry.failure.version, entry.failure.record) == (
        "store-locked",
        "v0",
        "cut short",
    )
    assert retry().retried == ()
    clock.forward(minutes=60)
    source.before_fetch = lambda external_id: None
    source.put("P1", START, email="ada@example.com")
    assert only(retry()).result == "added"


def test_after_the_last_try_it_waits_for_a_person(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    pipeline = replace(PIPELINE, errors=ErrorPolicy(retries=2, longest_wait=timedelta(minutes=30)))
    source.before_fetch = raises(DOWN)
    sync_one(pipeline, source, destination, "P1", clock=clock)
    waits: list[Any] = []
    for _ in range(3):
        entry = open_error(destination, "P1")
        assert entry is not None
        waits.append(
            (WaitsFor.of(entry.failure), entry.failure.next_retry and entry.failure.next_retry - clock())
        )
        clock.forward(days=1)
        retry(pipeline=pipeline)
    assert waits == [
        (WaitsFor.TIME, timedelta(minutes=20)),
        (WaitsFor.TIME, timedelta(minutes=30)),
        (WaitsFor.PERSON, None),
    ]
    assert retry(pipeline=replace(pipeline, version="v2")).retried == (), "not for another template either"
    source.before_fetch = lambda external_id: None
    source.put("P1", START, email="ada@example.com")
    assert only(retry(only_due=False)).result == "added"


def test_a_poll_tries_again_as_part_of_its_run(
    source: FakeSource, destination: Any, clock: FakeClock, failed: ErrorEntry
) -> None:
    with destination.unit() as unit:
        unit.log_failure(broken("P2", True, -1, "v1"))
        unit.log_failure(broken("P3", True, -1, "v1"))
        unit.log_failure(broken("P4", True, 60, "v1"))
    source.put("P9", START, email="bob@example.com")
    poll(PIPELINE, source, destination, clock=clock)
    source.put("P2", START - timedelta(days=1), email="ada@example.com")
    runs = len(destination.runs())
    report = poll(PIPELINE, source, destination, clock=clock, tend_errors=True)
    assert [(one.subject, one.result.value) for one in report.retried] == [("P2", "added"), ("P3", "failed")]
    assert len(destination.runs()) == runs + 1
    told = destination.runs()[0].counts
    assert (told["retried"], told["failed_again"], told["added"]) == (1, 1, 0)
    assert report.counts["added"] == report.counts["failed"] == 0

    report = poll(LENIENT, source, destination, clock=clock, tend_errors=True)
    assert "P1" in {one.subject for one in report.retried}, "its template has changed"
    assert destination.error(failed.id).status is ErrorStatus.RESOLVED


@pytest.mark.parametrize("how", ["asked", "while it waits"])
def test_a_poll_that_is_to_stop_tries_nothing_more(
    source: FakeSource, destination: Any, clock: FakeClock, how: str
) -> None:
    with destination.unit() as unit:
        for subject in ("P1", "P2", "P3"):
            unit.log_failure(broken(subject, True, -1, "v1"))

    def stop() -> bool:
        return how == "asked" and source.fetched == ["P1"]

    def before_fetch(external_id: str) -> None:
        if how != "asked" and external_id == "P2":
            raise StoppedError

    source.before_fetch = before_fetch
    report = poll(PIPELINE, source, destination, clock=clock, tend_errors=True, stop=stop)
    assert (report.status, [one.subject for one in report.retried]) == (RunStatus.COMPLETE, ["P1"])


def test_retries_of_a_poll_need_its_lease(source: FakeSource, destination: Any, clock: FakeClock) -> None:
    with destination.unit() as unit:
        unit.log_failure(broken("P1", True, -1, "v1"))
    source.put("P1", START, email="ada@example.com")
    lease = PollLease(destination, "one", clock=clock)
    lease.take()

    def taken_over(external_id: str) -> None:
        clock.forward(hours=1)
        PollLease(destination, "two", clock=clock).take()

    source.before_fetch = taken_over
    source.profiles.clear()
    report = poll(PIPELINE, source, destination, clock=clock, tend_errors=True, lease=lease)
    assert (report.status, report.code, report.retried) == (RunStatus.FAILED, "lease-lost", ())
    entry = open_error(destination, "P1")
    assert entry is not None
    assert entry.attempts == 1


def test_records_of_settled_errors_are_forgotten_after_a_while(
    source: FakeSource, destination: Any, clock: FakeClock
) -> None:
    record = {"id": "P", "attributes": {"email": None}}
    with destination.unit() as unit:
        for subject in ("resolved", "dismissed", "open", "later"):
            unit.log_failure(broken(subject, False, None, "v1", record=record))
        unit.resolve("resolved")
    [dismissed] = [entry.id for entry in destination.errors() if entry.failure.subject == "dismissed"]
    destination.dismiss(dismissed)
    clock.forward(days=20)
    with destination.unit() as unit:
        unit.resolve("later")
    clock.forward(days=11)
    poll(PIPELINE, source, destination, clock=clock, tend_errors=True)
    kept = {entry.failure.subject for entry in destination.errors(None) if entry.failure.record is not None}
    assert kept == {"open", "later"}
    clock.forward(days=19)
    assert destination.prune_errors(clock() - PIPELINE.errors.kept, 5) == 0
    clock.forward(seconds=1)
    assert destination.prune_errors(clock() - PIPELINE.errors.kept, 5) == 1
    assert destination.prune_errors(clock(), 5) == 0
    assert len(destination.errors(None)) == 4


def test_many_are_pruned_a_few_at_a_time(destination: Any, clock: FakeClock) -> None:
    with destination.unit() as unit:
        for number in range(5):
            unit.log_failure(broken(f"P{number}", False, None, "v1", record={}))
            unit.resolve(f"P{number}")
    clock.forward(seconds=1)
    assert [destination.prune_errors(clock(), 2) for _ in range(4)] == [2, 2, 1, 0]


def test_by_hand_every_open_entry_comes_and_each_is_told(
    retry: Any, source: FakeSource, destination: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordmap.sync.retry._MOST_TOLD", 2)
    with destination.unit() as unit:
        for number in range(4):
            unit.log_failure(broken(f"P{number}", number % 2 == 0, None, "v1"))
    told: list[str] = []
    report = retry(only_due=False, tell=lambda one: told.append(one.entry.failure.subject))
    assert told == ["P0", "P1", "P2", "P3"]
    assert (len(report.retried), report.counts["failed"]) == (2, 4)


@pytest.mark.parametrize("by_itself", [True, False])
@pytest.mark.parametrize("at", ["before", "meanwhile"])
def test_a_retry_beside_a_poll_makes_one_customer(
    retry: Any, source: FakeSource, destination: Any, clock: FakeClock, by_itself: bool, at: str
) -> None:
    """A poll of another process transfers the record just before the retry gets to it, or while it asks for it."""
    with destination.unit() as unit:
        for subject in ("P0", "P1"):
            unit.log_failure(broken(subject, True, -1, "v1"))
    source.put("P0", START, email="bob@example.com")
    source.put("P1", START, email="ada@example.com")

    def elsewhere(external_id: str) -> None:
        if external_id == ("P0" if at == "before" else "P1"):
            source.before_fetch = lambda external_id: None
            poll(PIPELINE, source, destination, clock=clock)

    source.before_fetch = elsewhere
    report = retry(only_due=by_itself)
    results = [(one.entry.failure.subject, one.transfer.result.value) for one in report.retried]
    first = ("P0", "unchanged" if at == "before" else "added")
    assert results == ([first] if at == "before" else [first, ("P1", "unchanged")])
    assert destination.counts()["records"] == destination.counts()["links"] == 2
    assert destination.errors() == []
