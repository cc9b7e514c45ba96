"""Random histories of changes, polls, plans, faults, crashes and Manual Syncs, held against a simple model.

Pollers meet between each other's pages: a page is one unit, so that is everywhere they can meet. `make histories` runs
a thousand histories over each store.

What must hold whatever happens: each version of a profile that the watermark has passed is transferred or in the
error log; nothing is written twice; no two customers share an email; and one complete poll makes everything right.
A plan may be applied at any time later, twice, and broken off: no record is taken back to an older version by that, and
nothing is written over what a person did since. What a person wrote stays, whatever is undone. What was undone, or was
forgotten, comes again when its profile changes, or when somebody asks for it, and otherwise never; of who is kept out
there is nothing.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from postgres.database import empty_database
from postgres.server import memory
from recordmap.connectors.base import ConnectorError
from recordmap.connectors.journal import JournalEntry
from recordmap.connectors.store import open_store
from recordmap.diagnostics import ConfigurationError
from recordmap.keys import match_key
from recordmap.sync import applying
from recordmap.sync.applying import apply_plan
from recordmap.sync.canonical import digest
from recordmap.sync.lease import PollLease
from recordmap.sync.manual import sync_one
from recordmap.sync.planfile import PlanFile
from recordmap.sync.planning import make_plan
from recordmap.sync.poll import poll
from recordmap.sync.report import Report, RunStatus
from recordmap.sync.retry import retry_open
from recordmap.sync.timestamps import parse_timestamp
from recordmap.sync.undo import Ending, undo
from sync.fakes import FakeClock, FakeDestination, FakeSource, Tripwire
from sync.plans import RULES, driven, updating
from sync.support import link_of, open_error

DOWN = ConnectorError("source-unavailable", "Klaviyo temporarily unavailable", transient=True)
LOCKED = ConnectorError("store-locked", "the store is in use", transient=True)
PIPELINE = updating(driven)
PROFILES = [f"P{number}" for number in range(7)]

profiles = st.sampled_from(PROFILES)
numbers = st.integers(1, 30)


@dataclass
class Kept:
    """A plan that was kept, the templates that it was made with, and every customer as it was then."""

    file: io.BytesIO
    version: str
    customers: dict[int, Any]


class Crash(BaseException):
    """The process ends: nothing after it is done."""


class Ledger:
    """A destination that keeps count of the first names that were committed."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.names: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def unit(self) -> Iterator[Any]:
        written: list[str] = []
        with self._inner.unit() as unit:
            yield _Writing(unit, written)
        self.names.update(written)


class _Writing:
    def __init__(self, unit: Any, written: list[str]) -> None:
        self._unit = unit
        self._written = written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        before = len(self._written)
        try:
            with self._unit.attempt():
                yield
        except BaseException:
            del self._written[before:]
            raise

    def add(self, record: Any) -> Any:
        stored = self._unit.add(record)
        self._written.append(record["FirstName"])
        return stored

    def update(self, record_id: int, changes: Any) -> Any:
        stored = self._unit.update(record_id, changes)
        self._written += [changes["FirstName"]] if "FirstName" in changes else []
        return stored


class Histories(RuleBasedStateMachine):
    """Over the fake; see `SqliteHistories`."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.source = FakeSource(page_size=2)
        self.resources = ExitStack()
        self.destination = Ledger(self.open())
        self.shared = False
        self.names = 0
        self.notes: dict[int, str] = {}
        self.excused: set[str] = set()
        self.kept_out: set[str] = set()
        self.removed: dict[str, str] = {}
        self.undone: set[str] = set()
        self.pipeline = PIPELINE
        self.plans: list[Kept] = []
        self.versions: dict[str, int] = {}
        self.given: defaultdict[str, set[str]] = defaultdict(set)
        self.resources.enter_context(mock.patch.object(applying, "PAGE", 2))
        self.leases = {who: PollLease(self.destination, who, clock=self.clock) for who in ("one", "two")}

    def open(self) -> Any:
        return FakeDestination(RULES, self.clock)

    def teardown(self) -> None:
        self.resources.close()

    @initialize(shared=st.booleans())
    def begin(self, shared: bool) -> None:
        """Begin: with `shared` several profiles may have one email, else each has its own."""
        self.shared = shared

    @rule(one=profiles, email=st.integers(0, 3), ahead=st.sampled_from([0, 0, 0, 0, 3600 * 24 * 365]))
    def change(self, one: str, email: int, ahead: int) -> None:
        """Change a profile; with email 0 it has none, `ahead` dates the change into the future."""
        self.names += 1
        address = f"{f'e{email}' if self.shared else one}@example.com" if email else None
        updated = self.clock.now + timedelta(seconds=ahead)
        record = self.source.put(one, updated, email=address, first_name=f"name {self.names}")
        self.versions[digest(record)] = self.names
        self.given[one].add(f"name {self.names}")

    @rule(seconds=st.sampled_from([0, 1, 1, 60, 600]))
    def wait(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def poll(self) -> None:
        assert self.walk().status is RunStatus.COMPLETE
        for one in self.source.profiles:
            assert self.is_settled(one), f"{one} is lost"

    @rule(page=st.integers(1, 4))
    def poll_a_source_that_fails(self, page: int) -> None:
        self.between_pages(page, self.fail)
        self.walk()

    @rule(at=numbers)
    def poll_into_a_destination_that_fails(self, at: int) -> None:
        self.walk(Tripwire(self.destination, LOCKED, at))

    @rule(at=numbers)
    def poll_and_crash(self, at: int) -> None:
        with suppress(Crash):
            self.walk(Tripwire(self.destination, Crash(), at))

    @rule(page=st.integers(1, 4), first=st.booleans())
    def two_polls_at_once(self, page: int, first: bool) -> None:
        """Another poller makes a poll between two pages of this one, or one that crashes on the way."""
        self.between_pages(
            page, lambda: self.elsewhere(None if first else Tripwire(self.destination, Crash(), 9))
        )
        assert self.walk().status is RunStatus.COMPLETE

    @rule(page=st.integers(1, 4), one=profiles)
    def poll_beside_a_manual_sync(self, page: int, one: str) -> None:
        self.between_pages(page, lambda: self.manual_sync(one))
        assert self.walk().status is RunStatus.COMPLETE

    @rule(who=st.sampled_from(["one", "two"]), page=st.integers(1, 3), slept=st.sampled_from([0, 0, 400]))
    def scheduled_poll(self, who: str, page: int, slept: int) -> None:
        """One of two machines polls if it has the lease; the other takes it over when that one sleeps."""
        lease, other = self.leases[who], self.leases["two" if who == "one" else "one"]
        held = lease.take()
        if held is not None:
            assert held.holder != who
            return
        taken: list[Any] = []

        def sleep() -> None:
            self.clock.forward(seconds=slept)
            taken.append(other.take())

        self.between_pages(page, sleep)
        report = self.walk(lease=lease)
        lost = slept > 0 and bool(taken)
        assert (report.code == "lease-lost") == (lost and report.status is not RunStatus.COMPLETE)
        assert all((held is None) == lost for held in taken)

    @rule()
    def edit_a_template(self) -> None:
        """Every link is of another version now, so records are mapped again; what comes out is the same."""
        self.names += 1
        self.pipeline = updating(driven, version=f"v{self.names}")

    @rule(pages=st.integers(0, 3))
    def poll_and_stop(self, pages: int) -> None:
        seen: list[Any] = []
        poll(
            self.pipeline,
            self.source,
            self.destination,
            clock=self.clock,
            progress=seen.append,
            stop=lambda: len(seen) >= pages,
        )

    @rule(one=profiles, page=st.integers(1, 4), email=st.integers(0, 3))
    def poll_while_a_profile_changes(self, one: str, page: int, email: int) -> None:
        self.between_pages(page, lambda: self.change(one, email, 0))
        self.walk()

    @rule(one=profiles)
    def manual_sync(self, one: str) -> None:
        self.removed.pop(one, None)
        transfer = sync_one(self.pipeline, self.source, self.destination, one, clock=self.clock)
        if one in self.source.profiles:
            assert self.is_settled(one)
        else:
            assert transfer.result == ("skipped" if one in self.kept_out else "failed")

    @rule(one=profiles)
    def rehearse(self, one: str) -> None:
        before = dict(self.destination.counts())
        sync_one(self.pipeline, self.source, self.destination, one, clock=self.clock, dry_run=True)
        assert self.destination.counts() == before

    @precondition(lambda self: self.destination.errors())
    @rule()
    def retry(self) -> None:
        report = retry_open(self.pipeline, self.source, self.destination, clock=self.clock, only_due=False)
        assert report.status is RunStatus.COMPLETE

    @rule(one=profiles)
    def somebody_edits_a_customer(self, one: str) -> None:
        link = link_of(self.destination, one)
        if link is not None:
            self.names += 1
            self.notes[link.record_id] = f"note {self.names}"
            with self.destination.unit() as unit:
                unit.update(link.record_id, {"Comment": self.notes[link.record_id]})

    @rule(fails=st.booleans())
    def plan(self, fails: bool) -> None:
        """Make a plan and keep it; with `fails` the source breaks off at its second page."""
        if fails:
            self.between_pages(2, self.fail)
        before, file = self.customers(), io.BytesIO()
        watermark = self.destination.watermark()
        make_plan(self.pipeline, self.source, self.destination, file, clock=self.clock)
        self.source.before_page = lambda number: None
        assert (self.customers(), self.destination.watermark()) == (before, watermark)
        self.plans = [*self.plans[-1:], Kept(file, self.pipeline.version, before)]

    @precondition(lambda self: self.plans)
    @rule(last=st.booleans(), meanwhile=st.sampled_from(["nothing", "nothing", "poll", "manual", "apply"]))
    def apply(self, last: bool, meanwhile: str) -> None:
        """Apply a plan, and do something else after its first unit."""
        kept = self.plans[-1 if last else 0]
        others: dict[str, Callable[[], Any]] = {
            "nothing": lambda: None,
            "poll": self.elsewhere,
            "manual": lambda: self.manual_sync(PROFILES[0]),
            "apply": lambda: self.apply_elsewhere(kept),
        }
        todo = [others[meanwhile]]
        self.hold(kept, alone=meanwhile == "nothing", progress=lambda _: todo.pop()() if todo else None)

    @precondition(lambda self: self.plans)
    @rule(at=numbers, crashes=st.booleans())
    def apply_is_broken_off(self, at: int, crashes: bool) -> None:
        with suppress(Crash):
            wire = Tripwire(self.destination, Crash() if crashes else LOCKED, at)
            self.hold(self.plans[-1], into=wire)

    def apply_elsewhere(self, kept: Kept) -> None:
        with suppress(ConfigurationError):
            apply_plan(self.pipeline, self.destination, PlanFile(kept.file), clock=self.clock)

    def hold(self, kept: Kept, into: Any = None, *, alone: bool = False, **options: Any) -> None:
        """Apply a plan, and hold what comes of each record against what was there before."""
        plan = PlanFile(kept.file)
        before, links = self.customers(), self.links()
        into = into or self.destination
        if kept.version != self.pipeline.version:
            with pytest.raises(ConfigurationError, match="the templates changed"):
                apply_plan(self.pipeline, self.destination, plan, clock=self.clock)
            return
        told: list[Any] = []
        report = apply_plan(self.pipeline, into, plan, clock=self.clock, told=told.append, **options)
        after = self.customers()
        for one, link in self.links().items():
            if one in links and links[one].source_hash:  # not where it was taken back to a link before
                older = self.versions[link.source_hash] < self.versions[links[one].source_hash]
                assert not older, f"a plan took {one} back to an older version"
        if alone and report.status is RunStatus.COMPLETE:
            self.hold_lines(kept, list(plan.records()), told, before, after)

    def hold_lines(
        self, kept: Kept, lines: list[Any], told: list[Any], before: dict[int, Any], after: dict[int, Any]
    ) -> None:
        assert [one.subject for one in told] == [line["id"] for line in lines]
        seen: set[int] = set()
        for line, transfer in zip(lines, told, strict=True):
            number = line["record_id"]
            if transfer.result == "refused":
                assert transfer.problem.message
            elif transfer.changes and number is not None and number not in seen:
                assert kept.customers[number] == before[number], "a plan wrote over what somebody did since"
                assert transfer.result == line["result"]
                told_changes = {change["field"]: change["after"] for change in line["changes"]}
                assert {change.field: change.after for change in transfer.field_changes()} == told_changes
            seen.add(number)
        written = {one.record_id for one in told if one.changes}
        assert all(after[number] == before[number] for number in before if number not in written)

    def links(self) -> dict[str, Any]:
        with self.destination.unit() as unit:
            found: dict[str, Any] = unit.links(PROFILES)
        return found

    def customers(self) -> dict[int, Any]:
        links = self.links()
        with self.destination.unit() as unit:
            stored = unit.load({link.record_id for link in links.values()})
        return {number: one.record for number, one in stored.items()}

    @invariant()
    def the_watermark_is_never_ahead(self) -> None:
        watermark = self.destination.watermark()
        if watermark is None:
            return
        assert watermark <= self.clock.now
        for one, record in self.source.profiles.items():
            updated = parse_timestamp(record["attributes"]["updated"])
            assert updated is not None
            if updated < watermark:
                assert self.is_settled(one), f"the watermark has passed {one}"

    @invariant()
    def nothing_is_written_twice(self) -> None:
        assert all(count == 1 for count in self.destination.names.values()) or self.shared

    @invariant()
    def no_customer_is_double(self) -> None:
        with self.destination.unit() as unit:
            links = unit.links(PROFILES)
            customers = unit.load({link.record_id for link in links.values()})
        assert {link.record_id for link in links.values()} == customers.keys()
        emails = [match_key("email", customer.record["EmailAddress"]) for customer in customers.values()]
        assert len(emails) == len(set(emails))
        if not self.shared:
            assert len(customers) == len(links) == self.destination.counts()["records"]

    @invariant()
    def what_is_transferred_is_there(self) -> None:
        for one, record in self.source.profiles.items():
            link = link_of(self.destination, one)
            excused = self.shared or digest(record) in self.excused
            if not excused and link and link.source_hash == digest(record):
                with self.destination.unit() as unit:
                    customer = unit.load([link.record_id])[link.record_id]
                assert customer.record["FirstName"] == record["attributes"]["first_name"]

    @invariant()
    def what_people_wrote_stays(self) -> None:
        with self.destination.unit() as unit:
            stored = unit.load(self.notes)
        assert {number: one.record.get("Comment") for number, one in stored.items()} == self.notes

    def is_settled(self, one: str) -> bool:
        """Say whether the profile as it is now is transferred or in the error log, or somebody decided otherwise."""
        record = self.source.profiles[one]
        if one in self.kept_out or digest(record) in self.excused:
            return True
        link, entry = link_of(self.destination, one), open_error(self.destination, one)
        return (link is not None and link.source_hash == digest(record)) or (
            entry is not None and entry.failure.record == record
        )

    def elsewhere(self, into: Any = None) -> None:
        """Poll with a source of one's own, as another process would."""
        source = FakeSource(page_size=3)
        source.profiles = self.source.profiles
        with suppress(Crash):
            poll(self.pipeline, source, into or self.destination, clock=self.clock)

    def walk(self, into: Any = None, lease: PollLease | None = None) -> Report:
        try:
            return poll(
                self.pipeline,
                self.source,
                into or self.destination,
                clock=self.clock,
                lease=lease,
                tend_errors=True,
            )
        finally:
            self.source.before_page = lambda number: None

    def between_pages(self, page: int, action: Callable[[], None]) -> None:
        def before_page(number: int) -> None:
            if number == page:
                action()

        self.source.before_page = before_page

    def fail(self) -> None:
        raise DOWN


class TakenBack(Histories):
    """With undoing and forgetting, which only stores can, over what was synced several times before."""

    @initialize(versions=st.integers(0, 3), edited=st.booleans())
    def grow(self, versions: int, edited: bool) -> None:
        for _ in range(versions):
            self.clock.forward(seconds=60)
            for email, one in enumerate(PROFILES[:3], start=1):
                self.change(one, email, 0)
            self.poll()
            if edited:
                self.somebody_edits_a_customer(PROFILES[0])

    @precondition(lambda self: self.journalled())
    @rule(profile=st.integers(0, 6), back=st.integers(0, 4))
    def undo_a_write(self, profile: int, back: int) -> None:
        """Undo one entry of a profile, which may be one that others came after."""
        entries = self.entries_of(profile)
        self.undo([entries[back % len(entries)]])

    @precondition(lambda self: self.journalled())
    @rule(profile=st.integers(0, 6))
    def undo_a_profile(self, profile: int) -> None:
        self.undo(self.entries_of(profile))

    @precondition(lambda self: self.journalled())
    @rule()
    def undo_everything(self) -> None:
        self.undo(self.destination.journal())

    @precondition(lambda self: self.kept_out or self.undone)
    @rule(number=st.integers(0, 6), email=st.integers(0, 3), edited=st.booleans())
    def what_was_taken_back_changes(self, number: int, email: int, edited: bool) -> None:
        """The source goes on with a profile that somebody decided about; and somebody may edit a template."""
        people = sorted(self.kept_out | self.undone)
        self.change(people[number % len(people)], email, 0)
        if edited:
            self.edit_a_template()
        self.poll()

    def journalled(self) -> list[str]:
        """Return the profiles that the journal tells of, without what was undone before."""
        return sorted({one.external_id for one in self.destination.journal() if one.undone_by is None})

    def entries_of(self, number: int) -> Sequence[JournalEntry]:
        """Return the entries of one of these profiles, the latest first."""
        people = self.journalled()
        found: Sequence[JournalEntry] = self.destination.journal(external_id=people[number % len(people)])
        return found

    def undo(self, entries: Sequence[JournalEntry]) -> None:
        settled = self.settled()
        done = {one.external_id for one in entries if self.take_back(one)}
        self.excuse(settled, done)
        self.undone |= done
        assert {one.ending for one in undo(self.destination, entries)} == {Ending.LEFT}

    def take_back(self, entry: JournalEntry) -> bool:
        """Undo an entry, and hold what came of it against what stands in it; say whether anything did."""
        before, linked = self.record(entry.record_id), link_of(self.destination, entry.external_id)
        [undone] = undo(self.destination, [entry])
        after, link = self.record(entry.record_id), link_of(self.destination, entry.external_id)
        if undone.removes:
            assert (after, link) == (None, None)
            assert entry.record_id not in self.notes, "what a person wrote was removed"
            if linked and linked.source_hash == digest(self.source.profiles[entry.external_id]):
                self.removed[entry.external_id] = linked.source_hash
        else:
            restored = {field: entry.before.get(field) for field in undone.restored}
            assert {field: entry.after[field] for field in restored}.items() <= (before or {}).items()
            wanted = {**(before or {}), **restored}
            assert (after or {}) == {field: value for field, value in wanted.items() if value is not None}
        if undone.unlinks:
            assert link is None or link.record_id != entry.record_id
        if undone.ending is Ending.LEFT:
            return False
        for written in (entry.after, before or {}):
            self.destination.names.pop(written.get("FirstName"), None)
        return True

    def record(self, number: int) -> Any:
        with self.destination.unit() as unit:
            stored = unit.load([number]).get(number)
        return stored.record if stored else None

    @rule(one=profiles, keep_out=st.booleans(), by=st.sampled_from(["id", "email"]))
    def forget(self, one: str, keep_out: bool, by: str) -> None:
        who = one if by == "id" else f"{one}@example.com"
        settled = self.settled()
        forgotten = self.destination.forget(who, keep_out=keep_out)
        assert self.destination.holdings(who).counts == {}
        people = set(forgotten.external_ids)
        assert people <= {one} or self.shared
        for person in people:
            self.removed.pop(person, None)  # nobody remembers that, either
            for name in self.given[person]:
                self.destination.names.pop(name, None)
        with self.destination.unit() as unit:
            left = unit.load(self.notes)
        self.notes = {number: note for number, note in self.notes.items() if number in left}
        # Another profile's failure is forgotten, too, where it tells of an address that both have.
        self.excuse(settled, set(PROFILES) if self.shared else people)
        if keep_out:
            self.kept_out |= people

    @precondition(lambda self: self.kept_out)
    @rule()
    def let_in(self) -> None:
        one = min(self.kept_out)
        assert self.destination.let_in(one)
        self.excuse({one} & self.source.profiles.keys(), {one})
        self.kept_out.remove(one)

    @invariant()
    def of_who_is_kept_out_there_is_nothing(self) -> None:
        for one in self.kept_out:
            assert self.destination.holdings(one).counts == {}

    @invariant()
    def what_was_removed_comes_again_when_it_changes(self) -> None:
        for one, version in self.removed.items():
            if digest(self.source.profiles[one]) == version:
                assert link_of(self.destination, one) is None, f"{one} came again by itself"

    def settled(self) -> set[str]:
        return {one for one in self.source.profiles if self.is_settled(one)}

    def excuse(self, settled: set[str], people: set[str]) -> None:
        """Let what was settled of these people, and of nobody else, be as somebody decided, until it changes."""
        assert settled - self.settled() <= people, "somebody else's profile was lost"
        self.excused |= {digest(self.source.profiles[one]) for one in settled & people}


class SqliteHistories(TakenBack):
    """The same over a store in a file."""

    def open(self) -> Any:
        folder = self.resources.enter_context(tempfile.TemporaryDirectory(dir=memory()))
        store = open_store(Path(folder, "store.db"), RULES, clock=self.clock)
        self.resources.callback(store.close)
        return store


class PostgresHistories(TakenBack):
    """The same over a store on a server."""

    def open(self) -> Any:
        store = open_store(empty_database(), RULES, clock=self.clock)
        self.resources.callback(store.close)
        return store


def histories(usual: int) -> settings:
    """Return settings for so many histories, or as many as `make histories` asks for."""
    wanted = os.environ.get("RECORDMAP_HISTORIES")
    return settings(
        max_examples=int(wanted or usual), stateful_step_count=25, deadline=None, derandomize=wanted is None
    )


TestHistories = Histories.TestCase
TestHistories.settings = histories(150)
TestSqliteHistories = SqliteHistories.TestCase
TestSqliteHistories.settings = histories(16)
TestPostgresHistories = PostgresHistories.TestCase
TestPostgresHistories.settings = histories(6)
