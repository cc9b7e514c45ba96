"""A destination in dictionaries and a source that pages like Klaviyo, for tests of the sync alone."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from recordmap.connectors.base import ConnectorError, Malformed, Page
from recordmap.connectors.destination import (
    INTERRUPTED,
    RUNNING,
    SILENCE,
    KeyRule,
    Lease,
    Link,
    MatchKey,
    Record,
    Rules,
    Run,
    Stored,
    StoredChild,
)
from recordmap.connectors.errorlog import Backlog, ErrorEntry, ErrorStatus, Failure
from recordmap.connectors.journal import JournalEntry, Partings
from recordmap.diagnostics import Fault
from recordmap.keys import match_key, unique_key
from recordmap.sync.failures import WaitsFor
from recordmap.sync.timestamps import format_timestamp, parse_timestamp

START = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class State:
    """Everything that a destination remembers."""

    records: dict[int, Record] = field(default_factory=dict)
    children: dict[int, list[tuple[str, StoredChild]]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    previous: dict[str, Record] = field(default_factory=dict)
    journal: list[JournalEntry] = field(default_factory=list)
    errors: dict[int, ErrorEntry] = field(default_factory=dict)
    kept_out: set[str] = field(default_factory=set)
    watermark: datetime | None = None
    lease: Lease | None = None
    seen: dict[int, datetime] = field(default_factory=dict, compare=False)
    number: int = 0


class FakeUnit:
    """A `Unit` over dictionaries."""

    def __init__(self, state: State, rules: Rules, now: datetime) -> None:
        self._state = state
        self._rules = rules
        self._now = now

    @contextmanager
    def attempt(self) -> Iterator[None]:
        before = copy.deepcopy(self._state)
        try:
            yield
        except BaseException:
            self._state.__dict__.update(before.__dict__)
            raise

    def links(self, external_ids: Iterable[str]) -> dict[str, Link]:
        return {one: self._state.links[one] for one in external_ids if one in self._state.links}

    def find(self, keys: Iterable[MatchKey]) -> dict[MatchKey, tuple[int, ...]]:
        found = {}
        for key in keys:
            rules = [
                rule for rule in self._rules.keys if (rule.field, rule.compare) == (key.field, key.compare)
            ]
            assert rules, f"no rule for {key.field}"
            holders = [one for one, record in self._state.records.items() if _has(record, rules, key)]
            if holders:
                found[key] = tuple(sorted(holders))
        return found

    def load(self, record_ids: Iterable[int]) -> dict[int, Stored]:
        return {one: self._stored(one) for one in record_ids if one in self._state.records}

    def add(self, record: Record) -> Stored:
        whole = _laid_on({}, record)
        self._check(whole, None)
        one = self._next()
        self._state.records[one] = whole
        return self._stored(one)

    def update(self, record_id: int, changes: Record) -> Stored:
        whole = _laid_on(self._state.records[record_id], changes)
        self._check(whole, record_id)
        self._state.records[record_id] = whole
        return self._stored(record_id)

    def add_child(
        self, record_id: int, into: str, child: Record, origin: str | None, written: str | None = None
    ) -> StoredChild:
        _refuse_odd(child)
        added = StoredChild(self._next(), copy.deepcopy(child), origin, written)
        self._state.children.setdefault(record_id, []).append((into, added))
        return added

    def replace_child(
        self, record_id: int, child_id: int, child: Record, written: str | None = None
    ) -> StoredChild:
        _refuse_odd(child)
        kin = self._state.children[record_id]
        [place] = [place for place, (_, held) in enumerate(kin) if held.id == child_id]
        into, held = kin[place]
        kin[place] = (into, held._replace(record=copy.deepcopy(child), written=written))
        return kin[place][1]

    def save_link(self, link: Link) -> None:
        self._state.links[link.external_id] = link

    def previous(self, external_ids: Iterable[str]) -> dict[str, Record]:
        kept = self._state.previous
        return {one: copy.deepcopy(kept[one]) for one in external_ids if one in kept}

    def save_previous(self, external_id: str, record: Record) -> None:
        assert external_id in self._state.links
        self._state.previous[external_id] = copy.deepcopy(record)

    def journal(self, entry: JournalEntry) -> None:
        # Without its run: how many runs it took makes no difference to what there is.
        self._state.journal.append(copy.deepcopy(entry._replace(run_id=None)))

    def partings(self, external_ids: Iterable[str]) -> Partings:
        return {}

    def open_errors(self, subjects: Iterable[str]) -> dict[str, ErrorEntry]:
        wanted = set(subjects)
        entries = self._state.errors.values()
        return {
            entry.failure.subject: entry
            for entry in entries
            if entry.status is ErrorStatus.OPEN and entry.failure.subject in wanted
        }

    def log_failure(self, failure: Failure) -> None:
        entry = self.open_errors([failure.subject]).get(failure.subject)
        if entry is None:
            entry = ErrorEntry(self._next(), ErrorStatus.OPEN, 0, self._now, self._now, failure)
        try:
            kept = copy.deepcopy(failure)
        except RecursionError:
            kept = replace(failure, record=None)
        self._state.errors[entry.id] = replace(
            entry, attempts=entry.attempts + 1, last_at=self._now, failure=kept
        )

    def resolve(self, subject: str) -> None:
        for entry in self.open_errors([subject]).values():
            self._state.errors[entry.id] = replace(
                entry, status=ErrorStatus.RESOLVED, last_at=self._now, closed_at=self._now
            )

    def kept_out(self, external_ids: Iterable[str]) -> set[str]:
        return set(external_ids) & self._state.kept_out

    def save_watermark(self, value: datetime) -> None:
        self._state.watermark = value

    def keep_lease(self, lease: Lease, until: datetime) -> None:
        held = self._state.lease
        if held is None or (held.holder, held.number) != (lease.holder, lease.number):
            raise ConnectorError("lease-lost", "another process has taken over polling", transient=True)
        self._state.lease = replace(held, expires_at=until)

    def see_run(self, run_id: int) -> None:
        self._state.seen[run_id] = self._now

    def _next(self) -> int:
        self._state.number += 1
        return self._state.number

    def _stored(self, record_id: int) -> Stored:
        lists: dict[str, tuple[StoredChild, ...]] = {}
        for into, child in self._state.children.get(record_id, []):
            lists[into] = (*lists.get(into, ()), copy.deepcopy(child))
        return Stored(record_id, copy.deepcopy(self._state.records[record_id]), lists)

    def _check(self, record: Record, record_id: int | None) -> None:
        _refuse_odd(record)
        for name, message in self._rules.required.items():
            if not str(record.get(name) or "").strip():
                raise Fault("required-field-missing", message)
        others = [other for one, other in self._state.records.items() if one != record_id]
        for rule in self._rules.keys:
            key = _unique(rule, record)
            if rule.unique and key and any(_unique(rule, other) == key for other in others):
                raise Fault("value-not-unique", rule.message or f"{rule.field} already exists")


class FakeDestination:
    """A `Destination` over dictionaries."""

    def __init__(self, rules: Rules, clock: Callable[[], datetime]) -> None:
        self.state = State()
        self.place = "nowhere"
        self._rules = rules
        self._clock = clock
        self._runs: list[Run] = []

    @contextmanager
    def unit(self) -> Iterator[FakeUnit]:
        state = copy.deepcopy(self.state)
        yield FakeUnit(state, self._rules, self._clock())
        self.state = state

    @contextmanager
    def rehearsal(self) -> Iterator[FakeUnit]:
        yield FakeUnit(copy.deepcopy(self.state), self._rules, self._clock())

    def watermark(self) -> datetime | None:
        return self.state.watermark

    def errors(
        self, status: ErrorStatus | None = ErrorStatus.OPEN, limit: int = 1000
    ) -> Sequence[ErrorEntry]:
        entries = [entry for entry in self.state.errors.values() if status in (None, entry.status)]
        return sorted(entries, key=lambda entry: (entry.last_at, entry.id), reverse=True)[:limit]

    def error(self, entry_id: int) -> ErrorEntry | None:
        return self.state.errors.get(entry_id)

    def dismiss(self, entry_id: int) -> bool:
        entry = self.state.errors.get(entry_id)
        if entry is None or entry.status is not ErrorStatus.OPEN:
            return False
        self.state.errors[entry_id] = replace(entry, status=ErrorStatus.DISMISSED, closed_at=self._clock())
        return True

    def open_error_numbers(self) -> Sequence[int]:
        return sorted(entry.id for entry in self.state.errors.values() if entry.status is ErrorStatus.OPEN)

    def due_error_numbers(self, version: str, now: datetime, limit: int) -> Sequence[int]:
        entries = [self.state.errors[number] for number in self.open_error_numbers()]
        timed = [
            (entry.failure.next_retry, entry.id)
            for entry in entries
            if entry.failure.next_retry and entry.failure.next_retry <= now
        ]
        changed = [
            (entry.failure.version or "", entry.id)
            for entry in entries
            if not (entry.failure.next_retry or entry.failure.transient) and entry.failure.version != version
        ]
        return [number for _, number in (*sorted(timed)[:limit], *sorted(changed)[:limit])]

    def backlog(self) -> Backlog:
        kinds = [WaitsFor.of(self.state.errors[number].failure).value for number in self.open_error_numbers()]
        return Backlog(*map(kinds.count, Backlog._fields))

    def prune_errors(self, before: datetime, limit: int) -> int:
        old = [
            entry
            for entry in self.state.errors.values()
            if entry.closed_at and entry.closed_at < before and entry.failure.record is not None
        ][:limit]
        for entry in old:
            pruned = replace(entry, failure=replace(entry.failure, record=None))
            self.state.errors[entry.id] = pruned
        return len(old)

    def prune_journal(self, before: datetime, limit: int) -> int:
        return 0

    def drop_previous(self) -> None:
        self.state.previous.clear()

    def errors_by_code(self) -> Mapping[tuple[str, ErrorStatus], int]:
        return Counter((entry.failure.code, entry.status) for entry in self.state.errors.values())

    def take_lease(self, holder: str, until: datetime) -> Lease:
        held = self.state.lease
        if held and held.holder != holder and held.expires_at > self._clock():
            return held
        number = held.number + (held.holder != holder) if held else 1
        self.state.lease = Lease(holder, number, until)
        return self.state.lease

    def drop_lease(self, lease: Lease) -> None:
        held = self.state.lease
        if held and (held.holder, held.number) == (lease.holder, lease.number):
            self.state.lease = replace(held, expires_at=self._clock())

    def start_run(self, kind: str) -> int:
        self._runs.append(Run(len(self._runs) + 1, kind, self._clock(), None, RUNNING, {}, None))
        self.state.seen[len(self._runs)] = self._clock()
        return len(self._runs)

    def finish_run(self, run_id: int, status: str, counts: Mapping[str, int], message: str | None) -> None:
        run = self._runs[run_id - 1]
        self._runs[run_id - 1] = replace(
            run, finished_at=self._clock(), status=status, counts=dict(counts), message=message
        )

    def runs(
        self, limit: int = 10, *, kind: str | None = None, statuses: Collection[str] = ()
    ) -> Sequence[Run]:
        kept = [self._standing(run) for run in self._runs if kind in (None, run.kind)]
        return [run for run in reversed(kept) if not statuses or run.status in statuses][:limit]

    def _standing(self, run: Run) -> Run:
        silent = self._clock() - self.state.seen[run.id] > SILENCE
        return replace(run, status=INTERRUPTED) if run.status == RUNNING and silent else run

    def counts(self) -> Mapping[str, int]:
        return {
            "records": len(self.state.records),
            "children": sum(map(len, self.state.children.values())),
            "links": len(self.state.links),
            "open_errors": len(self.errors()),
        }

    def close(self) -> None: ...


class Tripwire:
    """A destination that raises at its n-th call, units' calls included; and counts calls."""

    def __init__(
        self, inner: Any, error: BaseException | None = None, at: int = -1, only: str | None = None
    ) -> None:
        self._inner = inner
        self._error = error
        self._at = at
        self._only = only
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name == "unit":
            return self._unit
        if name == "place":
            return self._inner.place
        return self._watched(getattr(self._inner, name), name)

    @contextmanager
    def _unit(self) -> Iterator[Any]:
        self._step("begin")
        with self._inner.unit() as unit:
            yield _Watching(self, unit)
            self._step("commit")

    def _watched(self, method: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._step(name)
            return method(*arguments, **named)

        return call

    def _step(self, name: str) -> None:
        if self._only is None or name == self._only:
            self.calls.append(name)
            if self._error is not None and len(self.calls) == self._at:
                raise self._error


class _Watching:
    """A unit that tells its tripwire of every call."""

    def __init__(self, wire: Tripwire, unit: Any) -> None:
        self._wire = wire
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        return self._wire._watched(getattr(self._unit, name), name)


class FakeSource:
    """Profiles by ID, paged like Klaviyo: strictly after, by time of change and ID, looked up page by page.

    A profile that changes during a walk moves behind its end. `before_page` is called with the number of each page
    before it is read, and may change profiles or raise.
    """

    def __init__(self, page_size: int = 3) -> None:
        self.profiles: dict[str, Record] = {}
        self.malformed: dict[int, tuple[Malformed, ...]] = {}
        self.page_size = page_size
        self.before_page: Callable[[int], None] = lambda number: None
        self.before_fetch: Callable[[str], None] = lambda external_id: None
        self.asked: list[datetime | None] = []
        self.fetched: list[str] = []
        self.closed = 0

    def put(self, external_id: str, updated: datetime | str | None, **attributes: Any) -> Record:
        time = format_timestamp(updated) if isinstance(updated, datetime) else updated
        record = {"id": external_id, "attributes": {"updated": time, **attributes}}
        self.profiles[external_id] = record
        return record

    def pages(self, since: datetime | None) -> Iterator[Page]:
        self.asked.append(since)
        last: tuple[datetime, str] | None = None
        number = 1
        try:
            while True:
                self.before_page(number)
                rows = sorted(self._places(since, last))
                page = [copy.deepcopy(self.profiles[place[1]]) for place in rows[: self.page_size]]
                if page or number in self.malformed:
                    yield Page(tuple(page), self.malformed.get(number, ()))
                if len(rows) <= self.page_size:
                    return
                last = rows[self.page_size - 1]
                number += 1
        finally:
            self.closed += 1

    def fetch(self, external_id: str) -> Record | None:
        self.fetched.append(external_id)
        self.before_fetch(external_id)
        return copy.deepcopy(self.profiles.get(external_id))

    def close(self) -> None: ...

    def _places(
        self, since: datetime | None, last: tuple[datetime, str] | None
    ) -> Iterator[tuple[datetime, str]]:
        for external_id, record in self.profiles.items():
            time = parse_timestamp(record["attributes"]["updated"]) or datetime.min.replace(tzinfo=UTC)
            if (since is None or time > since) and (last is None or (time, external_id) > last):
                yield time, external_id


def _has(record: Record, rules: Iterable[KeyRule], key: MatchKey) -> bool:
    keys = (
        match_key(rule.compare, record.get(rule.field), region=rule.region, ignore=rule.ignore)
        for rule in rules
    )
    return key.key in keys


def _unique(rule: KeyRule, record: Record) -> str | None:
    return unique_key(rule.compare, record.get(rule.field), region=rule.region, ignore=rule.ignore)


def _laid_on(record: Record, changes: Record) -> Record:
    result = copy.deepcopy(record)
    for name, value in changes.items():
        if name == "CustomFields":
            result[name] = {**result.get(name, {}), **value}
        elif value is None:
            result.pop(name, None)
        else:
            result[name] = copy.deepcopy(value)
    return result


def _refuse_odd(record: Record) -> None:
    if any(isinstance(value, str) and "\0" in value for value in record.values()):
        raise Fault("value-not-allowed", "a text holds a NUL character")
