"""A small account whose profiles change, and what a store must hold of it, whatever happened on the way."""

from __future__ import annotations

import io
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from recordmap.connectors.destination import Stored
from recordmap.connectors.errorlog import ErrorStatus
from recordmap.connectors.store import Store
from recordmap.sync import applying
from recordmap.sync.applying import apply_plan
from recordmap.sync.canonical import digest
from recordmap.sync.planfile import PlanFile
from recordmap.sync.planning import make_plan
from recordmap.sync.poll import poll
from recordmap.sync.report import Report, RunStatus
from recordmap.sync.timestamps import parse_timestamp
from sync.fakes import FakeClock, FakeSource
from sync.plans import driven, updating

PIPELINE = updating(driven, skip_duplicates=True, replace=True)
applying.PAGE = 3  # as many units as a poll of this small account has


@dataclass
class World:
    """Profiles and a clock. `kinds` of broken promises are counted in `faults`, and told in `told`.

    Profiles that are `excused` may be missing, because a person has undone them or asked to forget them.
    """

    page_size: int = 2
    clock: FakeClock = field(default_factory=FakeClock)
    faults: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.source = FakeSource(page_size=self.page_size)
        self._names = 0

    def change(self, lot: random.Random, most: int, of: int) -> None:
        """Change up to `most` profiles out of `of`, new ones among them, and let time pass."""
        self.clock.forward(seconds=lot.choice([0, 1, 1, 30, 600]))
        for _ in range(most):
            number = lot.randrange(of)
            self._names += 1
            address = {
                "address1": f"{lot.randrange(3)} Main St",
                "city": "Boston",
                "country": "United States",
            }
            self.source.put(
                f"P{number}",
                self.clock.now,
                # Some have none and fail until they have one. Every fifth shares that of its neighbour, for ever:
                # where addresses move from one to another, customers stay behind unlinked, and can't be counted.
                email=None if lot.random() < 0.1 else f"e{number - (number % 5 == 0)}@example.com",
                first_name=f"name {self._names}",
                location=address if lot.random() < 0.5 else None,
            )
            self.clock.forward(seconds=lot.choice([0, 0, 1]))

    def poll(self, store: Store, **more: Any) -> Report:
        return poll(PIPELINE, self.source, store, clock=self.clock, **more)

    def plan(self, store: Store) -> bytes:
        """Make a plan, and look whether that left the store alone."""
        before, file = self.contents(store), io.BytesIO()
        make_plan(PIPELINE, self.source, store, file, clock=self.clock)
        if self.contents(store) != before:
            self.fault("written twice", "a plan wrote something")
        return file.getvalue()

    def apply(self, store: Store, plan: bytes) -> Report:
        return apply_plan(PIPELINE, store, PlanFile(io.BytesIO(plan)), clock=self.clock)

    def apply_again(self, store: Store, plan: bytes, where: str) -> None:
        """Apply a plan that was broken off, and look whether that is all of it: nothing is left to the next poll."""
        report = self.apply(store, plan)
        if report.status is not RunStatus.COMPLETE or report.counts.get("refused"):
            self.fault("not converged", f"{where}: applying again ended with {dict(report.counts)}")
        self.check_after_a_crash(store, where)
        left = self.poll(store).counts
        if left["added"] or left["updated"] or left["linked"]:
            self.fault("not converged", f"{where}: applying again left to the next poll {dict(left)}")

    def check_after_a_crash(self, store: Store, where: str) -> None:
        """Look for watermarks that promise too much, and for doubles."""
        watermark = store.watermark()
        for one, record in self.source.profiles.items():
            updated = parse_timestamp(record["attributes"]["updated"])
            if watermark and updated and updated < watermark and not self._settled(store, one):
                self.fault("watermarks ahead", f"{where}: the watermark has passed {one}")
        self._check_doubles(store, where)

    def converge(self, store: Store, where: str) -> None:
        """Poll once, and look for what is lost or double; poll again, and look for what is written twice."""
        report = self.poll(store)
        if report.status is not RunStatus.COMPLETE:
            self.fault("not converged", f"{where}: the next poll ended with {report.code}")
        for one in self.source.profiles:
            if not self._settled(store, one):
                self.fault("lost", f"{where}: {one} is neither transferred nor in the error log")
        self._check_doubles(store, where)
        again = self.poll(store)
        if again.counts["added"] or again.counts["updated"] or again.counts["linked"]:
            self.fault("written twice", f"{where}: {dict(again.counts)}")

    def contents(self, store: Store) -> dict[str, Any]:
        """Return what the store holds, without numbers and times: equal histories have equal contents."""
        with store.unit() as unit:
            links = unit.links(self.source.profiles)
            records = unit.load({link.record_id for link in links.values()})
        told = {}
        for one, link in links.items():
            kin = [child.record for each in records[link.record_id].children.values() for child in each]
            told[one] = [records[link.record_id].record, sorted(kin, key=repr), link.source_hash]
        failed = {entry.failure.subject: entry.failure.code for entry in store.errors(ErrorStatus.OPEN)}
        return {"customers": told, "failed": failed, "records": store.counts()["records"]}

    def _settled(self, store: Store, one: str) -> bool:
        if one in self.excused:
            return True
        record = self.source.profiles[one]
        with store.unit() as unit:
            link, entry = unit.links([one]).get(one), unit.open_errors([one]).get(one)
            if link is not None and link.source_hash == digest(record):
                return _has_address(unit.load([link.record_id])[link.record_id], record)
        return entry is not None and entry.failure.record == record

    def _check_doubles(self, store: Store, where: str) -> None:
        with store.unit() as unit:
            links = unit.links(self.source.profiles)
            records = unit.load({link.record_id for link in links.values()})
        if len(records) != store.counts()["records"]:
            self.fault(
                "doubles", f"{where}: {store.counts()['records']} records for {len(records)} customers"
            )
        emails = [each.record["EmailAddress"].lower() for each in records.values()]
        if len(emails) != len(set(emails)):
            self.fault("doubles", f"{where}: two customers have one email address")
        for each in records.values():
            kin = [repr(child.record) for lists in each.children.values() for child in lists]
            if len(kin) != len(set(kin)):
                self.fault("doubles", f"{where}: record {each.id} has an address twice")

    def fault(self, kind: str, told: str) -> None:
        self.faults[kind] += 1
        self.told.append(told)


def _has_address(customer: Stored, profile: dict[str, Any]) -> bool:
    location = profile["attributes"]["location"]
    kept = [child.record["Address1"] for child in customer.children.get("Addresses", ())]
    return location is None or location["address1"] in kept
