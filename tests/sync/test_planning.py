"""Plans: what they say is what a sync does, applying them is that sync, and making them leaves no trace."""

from __future__ import annotations

import copy
import io
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordmap.connectors.base import ConnectorError, Malformed
from recordmap.connectors.memory import MemorySource
from recordmap.connectors.store import open_store
from recordmap.connectors.store.spilling import Spill
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.applying import apply_plan
from recordmap.sync.canonical import digest
from recordmap.sync.pipeline import Pipeline
from recordmap.sync.planfile import PlanFile
from recordmap.sync.planning import make_plan
from recordmap.sync.poll import poll
from recordmap.sync.report import Report, RunStatus
from recordmap.sync.timestamps import format_timestamp
from recordmap.sync.undo import undo
from sync.fakes import START, FakeClock, FakeDestination, FakeSource, Tripwire
from sync.plans import PIPELINE, RULES, driven, email_driven, updating
from sync.support import LOCATION, customer, link_of, open_error, profile, stored

DRIVEN = updating(driven, replace=True)
MOVING = updating(email_driven, version="v3")


def planned(
    source: Any, destination: Any, pipeline: Pipeline = DRIVEN, *, now: Any = START, **options: Any
) -> tuple[io.BytesIO, Report]:
    file = io.BytesIO()
    report = make_plan(pipeline, source, destination, file, clock=FakeClock(now), **options)
    return file, report


def applied(file: io.BytesIO, destination: Any, pipeline: Pipeline = DRIVEN, **options: Any) -> Report:
    clock = options.pop("clock", FakeClock())
    return apply_plan(pipeline, destination, PlanFile(file), clock=clock, **options)


def lines(file: io.BytesIO) -> list[dict[str, Any]]:
    return list(PlanFile(file).records())


def dump(destination: Any) -> Any:
    """Return all that a destination remembers, but for its history of runs."""
    if isinstance(destination, FakeDestination):
        return copy.deepcopy(destination.state)
    return dump_file(Path(destination.place))


def dump_file(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        # A link that leads elsewhere and back keeps its age within one unit, and units of an apply are larger.
        columns = {"links": "external_id, record_id, rule, source_updated, source_hash, version"}
        return {
            name: sorted(map(repr, connection.execute(f"SELECT {columns.get(name, '*')} FROM {name}")))
            for name in names
            if name != "runs"
        }


def people(destination: Any) -> Any:
    """Return its records, their children and links."""
    if isinstance(destination, FakeDestination):
        state = destination.state
        return state.records, state.children, state.links
    tables = dump(destination)
    return [tables[name] for name in ("records", "children", "links", "record_keys")]


# Few values, so that records meet: in emails, in numbers, in themselves.
emails = st.sampled_from(
    [None, "a@example.com", "A@example.com ", "b@example.com", "c@example.com", "d@example.com"]
)
phones = st.sampled_from([None, "+14155552671", "(415) 555-2671", "+14155552672", "N/A", "none\0"])
attributes = st.fixed_dictionaries(
    {"email": emails},
    optional={
        "phone_number": phones,
        "first_name": st.sampled_from(["Ada", "Grace", "\ud800", "", 2**70]),
        "second_email": emails,
        "consent": st.sampled_from(["SUBSCRIBED", " ", None]),
        "leave_out": st.booleans(),
        "location": st.sampled_from([LOCATION, LOCATION | {"city": "Boston"}, {"city": "nowhere"}]),
    },
)
changes = st.lists(st.tuples(st.sampled_from(["P1", "P2", "P3", "P4", None]), attributes), max_size=7)
histories = st.lists(
    st.tuples(st.sampled_from([PIPELINE, DRIVEN, MOVING]), changes, st.booleans()), min_size=1, max_size=3
)


class Changes:
    """A source whose every change is a record of its own, so that one walk may bring a profile twice."""

    def __init__(self) -> None:
        self.memory = MemorySource([], page_size=3)
        self.count = 0

    def bring(self, made: list[tuple[str | None, dict[str, Any]]], clock: FakeClock) -> None:
        for one, attributes_given in made:
            self.count += 1
            time = clock.now - timedelta(seconds=self.count % 4)
            self.memory.records.append(profile(id=one, updated=format_timestamp(time), **attributes_given))


@pytest.fixture(scope="module")
def empty_store() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        open_store(path, RULES, clock=FakeClock()).close()
        yield path


def hold_plans_to_syncs(history: list[Any], clock: FakeClock, twin: Callable[[Any], Any], first: Any) -> None:
    """Sync one destination, plan and apply on its twin: they must be equal at every step."""
    source = Changes()
    destination = first
    for pipeline, made, full in history:
        clock.forward(hours=1)
        source.bring(made, clock)
        other = twin(destination)
        before = dump(other)
        file, foreseen = planned(source.memory, other, pipeline, now=clock.now, full=full)
        again, _ = planned(source.memory, other, pipeline, now=clock.now, full=full)
        assert file.getvalue() == again.getvalue()
        assert dump(other) == before

        report = poll(pipeline, source.memory, destination, clock=clock, full=full)
        assert (foreseen.counts, foreseen.failures, foreseen.children, foreseen.watermark_after) == (
            report.counts,
            report.failures,
            report.children,
            report.watermark_after,
        )
        done = applied(file, other, pipeline, clock=clock)
        assert done.status is RunStatus.COMPLETE
        assert done.counts.get("refused", 0) == 0
        assert dump(other) == dump(destination)

        # Once more, as after a crash: what is done is done. (A record that fails fails again, and that is counted.)
        applied(file, other, pipeline, clock=clock)
        assert people(other) == people(destination)


@settings(max_examples=60)
@given(history=histories)
def test_plan_and_apply_are_a_sync(history: list[Any]) -> None:
    clock = FakeClock()

    def twin(destination: FakeDestination) -> FakeDestination:
        other = FakeDestination(RULES, clock)
        other.state = copy.deepcopy(destination.state)
        return other

    hold_plans_to_syncs(history, clock, twin, FakeDestination(RULES, clock))


@settings(max_examples=20)
@given(history=histories, most=st.sampled_from([1, 2, 10_000]))
def test_plan_and_apply_are_a_sync_in_a_store(empty_store: Path, history: list[Any], most: int) -> None:
    """With few entries in memory, the rehearsal finds what it knows in its file."""
    clock = FakeClock()
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr("recordmap.connectors.store.store.Spill", partial(Spill, most))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def open_copy(path: Path, name: str) -> Any:
            copied = folder / name
            shutil.copy(path, copied)
            store = open_store(copied, RULES, clock=clock)
            stack.callback(store.close)
            return store

        def twin(destination: Any) -> Any:
            with closing(sqlite3.connect(destination.place)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return open_copy(Path(destination.place), f"{len(list(folder.iterdir()))}.db")

        hold_plans_to_syncs(history, clock, twin, open_copy(empty_store, "first.db"))


ADA = {"email": "ada@example.com", "first_name": "Ada"}


def two_profiles(source: FakeSource) -> None:
    source.put("P1", START - timedelta(minutes=2), **ADA, location=LOCATION)
    source.put("P2", START - timedelta(minutes=1), email="grace@example.com", first_name="Grace")


def test_a_plan_tells_every_record(source: FakeSource, destination: Any) -> None:
    number = customer(destination, EmailAddress="ada@example.com", CustomerNumber="1", FirstName="A.")
    two_profiles(source)
    source.put("P3", START - timedelta(minutes=1), phone_number="+14155552671")
    source.put("P4", START, email="GRACE@example.com", first_name="Grace")
    source.put("P5", START, email="e@example.com", leave_out=True)
    source.malformed[1] = (Malformed("it is no object", "[]", "P6"),)
    before = copy.deepcopy(stored(destination, number))
    file, report = planned(source, destination)

    assert report.status is RunStatus.COMPLETE
    told = {line["id"]: line for line in lines(file)}
    assert {one: line["result"] for one, line in told.items()} == {
        "P6": "failed",
        "P1": "updated",
        "P2": "added",
        "P3": "failed",
        "P4": "linked",
        "P5": "skipped",
    }
    assert (told["P1"]["rule"], told["P1"]["record_id"]) == ("EmailAddress", number)
    assert told["P1"]["changes"] == [{"field": "FirstName", "before": "A.", "after": "Ada"}]
    assert [(child["into"], child["action"]) for child in told["P1"]["children"]] == [("Addresses", "added")]
    assert told["P3"]["message"] == "An email address is required"
    assert (told["P4"]["rule"], told["P4"]["record_id"]) == ("EmailAddress", None)
    summary = PlanFile(file).summary
    assert (summary.records, summary.planned, summary.changes) == (6, 6, 3)
    assert summary.fields == {"FirstName": 1}
    assert summary.rules == {"added": 3, "EmailAddress": 2}

    assert stored(destination, number) == before
    assert destination.watermark() is None
    assert (list(destination.runs()), list(destination.errors())) == ([], [])


def test_who_went_through_before_has_no_line(source: FakeSource, destination: Any) -> None:
    two_profiles(source)
    poll(DRIVEN, source, destination, clock=FakeClock())
    file, report = planned(source, destination)
    assert (lines(file), report.counts["unchanged"]) == ([], 2)
    assert PlanFile(file).summary.rules == {"external_id": 2}


def test_a_customer_that_moved_is_refused_and_left_to_the_next_sync(
    source: FakeSource, destination: Any
) -> None:
    number = customer(destination, EmailAddress="ada@example.com", CustomerNumber="1", FirstName="A.")
    two_profiles(source)
    file, _ = planned(source, destination)
    with destination.unit() as unit:
        unit.update(number, {"Comment": "called on Monday"})
    told: list[Any] = []
    report = applied(file, destination, told=told.append)

    assert (report.counts["refused"], report.counts["added"]) == (1, 1)
    [refused] = [transfer for transfer in told if transfer.result == "refused"]
    assert (refused.subject, refused.problem.code) == ("P1", "plan-outdated")
    assert refused.problem.message == f"Record {number} was changed after the plan was made"
    assert stored(destination, number).record["FirstName"] == "A."
    assert (link_of(destination, "P1"), open_error(destination, "P1")) == (None, None)
    assert destination.watermark() is None
    assert destination.runs()[0].kind == "apply"

    report = poll(DRIVEN, source, destination, clock=FakeClock())
    assert (report.counts["updated"], report.counts["unchanged"]) == (1, 1)


def test_another_outcome_is_refused(source: FakeSource, destination: Any) -> None:
    source.put("P1", START, **ADA)
    file, _ = planned(source, destination)
    customer(destination, EmailAddress="ada@example.com", CustomerNumber="1")
    told: list[Any] = []
    applied(file, destination, told=told.append)
    assert told[0].problem.message.startswith("The plan foresaw added; now it would be updated (record ")
    assert "matched by EmailAddress" in told[0].problem.message


def test_what_was_synced_meanwhile_is_no_reason_to_refuse(source: FakeSource, destination: Any) -> None:
    two_profiles(source)
    file, _ = planned(source, destination)
    clock = FakeClock()
    clock.forward(minutes=1)
    source.put("P1", clock.now, **ADA | {"first_name": "Augusta"})
    poll(DRIVEN, source, destination, clock=clock)
    watermark = destination.watermark()
    report = applied(file, destination)
    assert (report.counts["stale"], report.counts["unchanged"], report.counts.get("refused", 0)) == (1, 1, 0)
    assert destination.watermark() == watermark


def failing_before(
    source: FakeSource, destination: Any, then: dict[str, Any]
) -> tuple[io.BytesIO, FakeClock]:
    """A plan of a record that stands in the error log when it is made, and comes otherwise `then`."""
    clock = FakeClock()
    source.put("P1", clock.now, first_name="Ada")
    poll(DRIVEN, source, destination, clock=clock)
    clock.forward(minutes=10)
    source.put("P1", clock.now, first_name="Ada", **then)
    return planned(source, destination, now=clock.now)[0], clock


def test_a_skip_that_settled_a_failure_may_be_applied_again(source: FakeSource, destination: Any) -> None:
    file, clock = failing_before(source, destination, {"leave_out": True})
    for _ in range(2):
        report = applied(file, destination, clock=clock)
        assert (report.counts["skipped"], report.counts.get("refused", 0)) == (1, 0)
        assert open_error(destination, "P1") is None
        assert destination.watermark() is not None


def test_a_failure_that_stays_open_is_known_to_all_records_of_a_page(destination: Any) -> None:
    changes, clock = Changes(), FakeClock()
    changes.bring([("P1", {"first_name": "Ada"})], clock)
    poll(DRIVEN, changes.memory, destination, clock=clock)
    clock.forward(hours=1)
    changes.memory.records.clear()
    changes.bring([("P1", {"first_name": one, "email": "ada@example.com"}) for one in ("A.", "B.")], clock)
    file, _ = planned(changes.memory, destination, replace(DRIVEN, add=None, version="off"), now=clock.now)
    failing = open_error(destination, "P1")
    assert failing is not None
    assert [line["failing"] for line in lines(file)] == [digest(failing.failure.record)] * 2


def test_a_failure_that_was_settled_by_somebody_else_is_told_as_that(
    source: FakeSource, destination: Any
) -> None:
    file, clock = failing_before(source, destination, {"email": "ada@example.com"})
    with destination.unit() as unit:
        unit.resolve("P1")
    told: list[Any] = []
    applied(file, destination, clock=clock, told=told.append)
    assert told[0].problem.message == "The failure that the plan saw was settled after the plan was made"
    assert link_of(destination, "P1") is None


@pytest.mark.parametrize(
    "last", [{}, {"email": None}, {"leave_out": True}], ids=["fine", "fails", "left out"]
)
@pytest.mark.parametrize("apart", [0, 300], ids=["within a page", "pages apart"])
def test_two_versions_of_one_time_are_done_once(destination: Any, last: dict[str, Any], apart: int) -> None:
    versions = [ADA | {"first_name": name} for name in ("A.", "B.")] + [ADA | last]
    others = [profile(id=f"X{number}", email=f"{number}@example.com") for number in range(apart)]
    records = [profile(id="P1", updated=format_timestamp(START), **one) for one in versions]
    source = MemorySource([records[0], *others, *records[1:]], page_size=1000)
    file, _ = planned(source, destination)
    came = []
    for _ in range(2):
        assert applied(file, destination).counts.get("refused", 0) == 0
        [link] = [link_of(destination, "P1")]
        came.append((link, stored(destination, link.record_id), destination.counts()))
    assert came[0] == came[1]


def test_of_two_versions_none_is_taken_for_a_third(destination: Any) -> None:
    first, second, third = (
        profile(id="P1", updated=format_timestamp(START), **ADA | {"first_name": name}) for name in "ABC"
    )
    file, _ = planned(MemorySource([first, second]), destination)
    poll(DRIVEN, MemorySource([third]), destination, clock=FakeClock())
    told: list[Any] = []
    assert applied(file, destination, told=told.append).counts["refused"] == 2
    assert [transfer.result for transfer in told] == ["refused", "refused"]


BROKEN = Malformed("it is no object", "[]", "P1")
NAMELESS = Malformed("it is no object", "[]")


@pytest.mark.parametrize(
    ("broken", "meanwhile", "why"),
    [
        (BROKEN, "fine", "synced in another version"),
        (BROKEN, "broken otherwise", "failed in another version"),
        (BROKEN, "left out", "read again"),
        (NAMELESS, "fine", "read again"),
        (BROKEN, "still broken", None),
        (NAMELESS, "still broken", None),
        (BROKEN, "not read", None),
        (NAMELESS, "not read", None),
    ],
)
def test_a_record_that_could_not_be_read_then_is_held_to_the_plan_too(
    source: FakeSource, destination: Any, broken: Malformed, meanwhile: str, why: str | None
) -> None:
    source.malformed[1] = (broken,)
    source.put("P2", START, email="grace@example.com")
    file, _ = planned(source, destination)
    source.malformed[1] = {
        "still broken": (broken,),
        "broken otherwise": (Malformed("it is no object", "[1]", "P1"),),
    }.get(meanwhile, ())
    clock = FakeClock()
    clock.forward(minutes=1)
    if meanwhile in ("fine", "left out"):
        source.put("P1", clock.now, **ADA, leave_out=meanwhile == "left out")
    if meanwhile != "not read":
        poll(DRIVEN, source, destination, clock=clock)
    before, told = len(destination.errors()), list[Any]()
    report = applied(file, destination, told=told.append)
    assert report.counts.get("refused", 0) == (1 if why else 0)
    if why:
        [refused] = [one for one in told if one.result == "refused"]
        assert (refused.problem.code, why in refused.problem.message) == ("plan-outdated", True)
        assert len(destination.errors()) == before
    else:
        [entry] = destination.errors()
        assert (entry.failure.code, entry.failure.record) == ("source-record-unreadable", "[]")


def test_a_plan_settles_no_failure_of_a_later_version_that_can_not_be_read(
    source: FakeSource, destination: Any
) -> None:
    source.put("P1", START, **ADA)
    file, _ = planned(source, destination)
    source.malformed[1] = (BROKEN,)
    source.profiles.clear()
    poll(DRIVEN, source, destination, clock=FakeClock())
    assert applied(file, destination).counts["refused"] == 1
    assert open_error(destination, "P1") is not None


@pytest.mark.parametrize("destination", ["sqlite", "postgresql"], indirect=True)
def test_a_plan_does_not_write_again_what_was_undone(source: FakeSource, destination: Any) -> None:
    two_profiles(source)
    file, _ = planned(source, destination)
    assert applied(file, destination).counts["added"] == 2
    list(undo(destination, destination.journal(external_id="P1")))
    before, told = destination.counts(), list[Any]()
    report = applied(file, destination, told=told.append)
    assert destination.counts() == before
    assert (report.counts["refused"], report.counts["unchanged"]) == (1, 1)
    [why] = [one.problem.message for one in told if one.result == "refused"]
    assert why.startswith("Somebody undid its transfer after the plan was made")
    # A plan that was made since foresees it.
    file, _ = planned(source, destination, full=True)
    assert applied(file, destination).counts["skipped"] == 1


@pytest.mark.parametrize(
    ("then", "since"),
    [
        ({}, lambda store: list(undo(store, store.journal()))),
        ({}, lambda store: store.forget("P1", keep_out=False)),
        ({"leave_out": True}, lambda _: None),
    ],
    ids=["undone", "forgotten", "left out"],
)
@pytest.mark.parametrize("destination", ["sqlite", "postgresql"], indirect=True)
def test_a_plan_does_not_add_an_older_version_of_what_is_not_there_any_more(
    then: dict[str, Any], since: Any, source: FakeSource, destination: Any
) -> None:
    source.put("P1", START, **ADA)
    file, _ = planned(source, destination)
    clock = FakeClock()
    clock.forward(minutes=1)
    source.put("P1", clock.now, **ADA | {"first_name": "Augusta"} | then)
    poll(DRIVEN, source, destination, clock=clock)
    since(destination)
    before, told = destination.counts(), list[Any]()
    applied(file, destination, clock=clock, told=told.append)
    assert destination.counts() == before
    [refused] = told
    assert (refused.result, "was read again" in refused.problem.message) == ("refused", True)


@pytest.mark.parametrize("destination", ["sqlite", "postgresql"], indirect=True)
def test_of_two_plans_the_later_adds_what_the_earlier_had_not_seen(
    source: FakeSource, destination: Any
) -> None:
    source.put("P1", START, **ADA)
    first, _ = planned(source, destination)
    clock = FakeClock()
    clock.forward(minutes=1)
    source.put("P2", clock.now, email="bob@example.com")
    second, _ = planned(source, destination, now=clock.now)
    for file, wanted in ((first, (1, 0, 0)), (second, (1, 1, 0))):
        counts = applied(file, destination, clock=clock).counts
        assert tuple(counts.get(one, 0) for one in ("added", "unchanged", "refused")) == wanted


@pytest.mark.parametrize("destination", ["sqlite", "postgresql"], indirect=True)
def test_a_plan_does_not_write_of_a_person_who_was_forgotten_since(
    source: FakeSource, destination: Any
) -> None:
    clock = FakeClock()
    source.put("P1", clock.now, **ADA)
    poll(DRIVEN, source, destination, clock=clock)
    clock.forward(minutes=1)
    source.put("P1", clock.now, **ADA | {"first_name": "Augusta"})
    file, _ = planned(source, destination, now=clock.now)
    destination.forget("P1", keep_out=False)
    before, told = destination.counts(), list[Any]()
    applied(file, destination, clock=clock, told=told.append)
    assert destination.counts() == before
    [refused] = told
    assert (refused.result, "was forgotten" in refused.problem.message) == ("refused", True)


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ({"email": "ada@example.com"}, "synced in another version"),
        ({"email": None}, "failed in another version"),
    ],
    ids=["synced", "failed"],
)
@pytest.mark.parametrize("seconds", [0, 60], ids=["within the same second", "later"])
def test_a_plan_never_takes_a_record_back_to_an_older_version(
    source: FakeSource, destination: Any, then: dict[str, Any], why: str, seconds: int
) -> None:
    """The customer is as the plan saw it; only the link or the error log tells that a newer version was read."""
    clock = FakeClock()
    ada = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A", FirstName="Ada")
    source.put("P1", clock.now, email="ada@example.com", first_name="Augusta")
    file, _ = planned(source, destination)
    clock.forward(seconds=seconds)
    source.put("P1", clock.now, first_name="Ada", **then)
    poll(DRIVEN, source, destination, clock=clock)
    before = copy.deepcopy((stored(destination, ada), link_of(destination, "P1"), destination.counts()))
    told: list[Any] = []
    applied(file, destination, clock=clock, told=told.append)
    assert (stored(destination, ada), link_of(destination, "P1"), destination.counts()) == before
    [transfer] = told
    if transfer.result != "stale":
        assert (transfer.result, why in transfer.problem.message) == ("refused", True)
    assert (open_error(destination, "P1") is not None) == (then["email"] is None)


def test_a_plan_of_a_source_that_broke_off_moves_no_watermark(source: FakeSource, destination: Any) -> None:
    source.page_size = 1
    two_profiles(source)

    def fail(page: int) -> None:
        if page == 2:
            raise ConnectorError("source-unavailable", "Klaviyo temporarily unavailable", transient=True)

    source.before_page = fail
    file, report = planned(source, destination)
    assert (report.status, report.code, report.counts["added"]) == ("failed", "source-unavailable", 1)
    done = applied(file, destination)
    assert (done.counts["added"], destination.watermark()) == (1, None)


def test_a_stopped_apply_moves_no_watermark_and_can_go_on(source: FakeSource, destination: Any) -> None:
    two_profiles(source)
    file, _ = planned(source, destination)
    assert applied(file, destination, stop=lambda: True).status is RunStatus.STOPPED
    assert destination.watermark() is None
    assert applied(file, destination).counts["added"] == 2
    assert destination.watermark() == START - timedelta(minutes=1)


def test_a_store_out_of_reach_ends_an_apply(source: FakeSource, destination: Any) -> None:
    two_profiles(source)
    file, _ = planned(source, destination)
    error = ConnectorError("store-locked", "the store is in use", transient=True)
    report = applied(file, Tripwire(destination, error, at=1, only="commit"))
    assert (report.status, report.code) == ("failed", "store-locked")
    assert destination.watermark() is None


def cut(text: bytes) -> bytes:
    return text[: text.rindex(b"\n", 0, -1) + 1]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: b"", "this is no plan"),
        (lambda text: b"PK\x03\x04", "this is no plan"),
        (lambda text: b'{"id": 1}\n', "this is no plan"),
        (lambda text: text.replace(b'"1.0"', b'"2.0"'), "another version"),
        (cut, "not written to its end"),
        (lambda text: text[:-1], "not written to its end"),
        (lambda text: text.replace(b"Ada", b"Eve"), "changed after it was made"),
        (lambda text: text.replace(b'"full":false', b'"full":true'), "changed after it was made"),
        (lambda text: b"".join(text.splitlines(keepends=True)[::2]), "changed after it was made"),
    ],
)
def test_what_is_no_whole_plan_is_refused(
    source: FakeSource, clock: FakeClock, spoil: Callable[[bytes], bytes], message: str
) -> None:
    two_profiles(source)
    source.put("P3", START, email="c@example.com")
    file, _ = planned(source, FakeDestination(RULES, clock))
    with pytest.raises(ConfigurationError, match=message):
        PlanFile(io.BytesIO(spoil(file.getvalue())))


@pytest.mark.parametrize(
    "forged",
    [
        b"[1]",
        b"nonsense",
        b'{"kind": "other"}',
        b'{"kind": "record", "id": "P1", "source": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"kind": "record", "id": "P1", "source": ' + b"9" * 5_000 + b"}",
        *(
            {name: value}
            for name, values in {
                "result": (None, 1),
                "source": (5, [1]),
                "unread": (None, {"raw": 5}),
                "record_id": ([],),
                "changes": (None, {}, [1], [{"field": "A"}]),
                "children": ([{"into": "A"}],),
            }.items()
            for value in values
        ),
    ],
    ids=lambda forged: str(forged)[:40],
)
def test_a_forged_line_under_a_right_hash_is_no_plan(
    source: FakeSource, clock: FakeClock, forged: bytes | dict[str, Any]
) -> None:
    two_profiles(source)
    file, _ = planned(source, FakeDestination(RULES, clock))
    header, line, *_, end = file.getvalue().splitlines()
    written = forged if isinstance(forged, bytes) else json.dumps(json.loads(line) | forged).encode()
    with pytest.raises(ConfigurationError, match="changed after it was made"):
        applied(sealed([header, written], json.loads(end)), FakeDestination(RULES, clock))


@pytest.mark.parametrize(
    "change", [{"counts": 5}, {"records": "x"}, {"status": None}, {"watermark": [1]}], ids=str
)
def test_a_forged_summary_under_a_right_hash_is_no_plan(
    source: FakeSource, clock: FakeClock, change: dict[str, Any]
) -> None:
    two_profiles(source)
    file, _ = planned(source, FakeDestination(RULES, clock))
    *lines, end = file.getvalue().splitlines()
    with pytest.raises(ConfigurationError, match="changed after it was made"):
        PlanFile(sealed(lines, json.loads(end) | change))


def sealed(lines: list[bytes], summary: dict[str, Any]) -> io.BytesIO:
    """Return a plan of these lines, with the hash that recordmap would give it."""
    found = blake2b(b"".join(lines), digest_size=16).hexdigest()
    return io.BytesIO(b"\n".join([*lines, json.dumps(summary | {"digest": found}).encode()]) + b"\n")


def test_a_plan_for_something_else_is_refused_as_a_whole(source: FakeSource, clock: FakeClock) -> None:
    here, there = (FakeDestination(RULES, clock) for _ in range(2))
    two_profiles(source)
    poll(DRIVEN, source, here, clock=clock)
    source.put("P3", START, email="c@example.com")
    file, _ = planned(source, here)
    refusals = [
        (replace(DRIVEN, system="shopify"), here, "the plan is for the integration 'klaviyo'"),
        (replace(DRIVEN, version="v9"), here, "the templates changed"),
        (DRIVEN, there, "this store knows of it up to nothing"),
    ]
    for pipeline, destination, message in refusals:
        with pytest.raises(ConfigurationError, match=message):
            applied(file, destination, pipeline)
    there.place = "elsewhere"
    with pytest.raises(ConfigurationError, match="the plan is for the store nowhere, and this is elsewhere"):
        applied(file, there)
    assert (list(there.runs()), there.state.links) == ([], {})


def test_a_record_that_no_file_can_hold_is_left_to_the_sync(clock: FakeClock) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    destination = FakeDestination(RULES, clock)
    source = MemorySource([profile(id="P1", updated=format_timestamp(START), email=deep)])
    file, report = planned(source, destination)
    assert (report.failures, lines(file)[0]["source"]) == ({"value-too-large": 1}, None)
    assert applied(file, destination).counts["refused"] == 1
    assert destination.watermark() is None
    while deep:
        deep = deep.pop()


def test_the_source_is_read_before_the_destination_is_looked_at(source: FakeSource, clock: FakeClock) -> None:
    two_profiles(source)
    source.page_size = 1
    wire = Tripwire(FakeDestination(RULES, clock))
    seen: list[list[str]] = []
    source.before_page = lambda page: seen.append(list(wire.calls))
    planned(source, wire)
    assert "rehearsal" not in seen[-1]
    assert wire.calls.count("rehearsal") == 1


def test_a_plan_keeps_nobody_from_writing(source: FakeSource, destination: Any) -> None:
    """Another sync writes everything while a plan is being made; the plan goes on as it began."""
    two_profiles(source)
    source.page_size = 1
    written: list[Report] = []

    def write(counts: Any) -> None:
        if "added" in counts and not written:
            written.append(poll(DRIVEN, source, destination, clock=FakeClock()))

    _, report = planned(source, destination, progress=write)
    assert (written[0].counts["added"], report.counts["added"]) == (2, 2)


def test_of_who_is_kept_out_a_plan_holds_nothing(source: FakeSource, destination: Any) -> None:
    two_profiles(source)
    earlier, _ = planned(source, destination)
    if isinstance(destination, FakeDestination):
        destination.state.kept_out.add("P1")
    else:
        destination.forget("P1", keep_out=True)
    file, report = planned(source, destination)
    assert (report.counts["skipped"], [line["id"] for line in lines(file)]) == (1, ["P2"])
    assert b"P1" not in file.getvalue()

    done = applied(earlier, destination)
    assert (done.counts["skipped"], done.counts["added"], done.counts.get("refused", 0)) == (1, 1, 0)
    assert link_of(destination, "P1") is None


class Endless(io.RawIOBase):
    """A file whose first line doesn't end, as that of a device."""

    left = 10_000_000

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def readinto(self, buffer: Any) -> int:
        self.left -= len(buffer)
        assert self.left > 0, "it is read on and on"
        return len(buffer)


def test_a_file_without_lines_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="this is no plan"):
        PlanFile(io.BufferedReader(Endless()))


def test_a_header_that_lacks_something_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="this is no plan"):
        PlanFile(io.BytesIO(b'{"kind": "header", "format_version": "1.0"}\n'))
