"""A Klaviyo account that goes wrong, a store, and what must hold between them after every poll and every plan."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import yaml

from acceptance.world import World, profile
from recordmap.connectors.base import Source
from recordmap.connectors.klaviyo.options import read_options
from recordmap.connectors.klaviyo.source import KlaviyoSource
from recordmap.connectors.times import read_time
from recordmap.sandbox import Sandbox
from recordmap.starter import make_project
from recordmap.sync.planfile import PlanFile
from recordmap.sync.report import Report, RunStatus

FAULTS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text("utf-8"))
PAGES: tuple[int | str, ...] = (1, 2, "last")
PROFILES = 11
PAGE_SIZE = 4
DEADLINE = 0.3
"""Seconds for a request: some faults end with nothing else."""


def people(count: int = PROFILES) -> list[dict[str, Any]]:
    """Return profiles of which many share a second, one has no email address, and two have the same one."""
    emails = {1: None, 2: "p3@Example.org"}
    return [
        profile(
            f"P{number}",
            email=emails.get(number, f"p{number}@example.org"),
            updated=f"2024-02-11T08:45:{number // 3:02}+00:00",
            location={"address1": f"{number} Mill Road", "city": "Leeds", "country": "United Kingdom"},
        )
        for number in range(count)
    ]


class Account:
    """Profiles, faults, polls, and the checks. Klaviyo drives the first name; `store` is the store's address."""

    def __init__(self, store: str | None = None) -> None:
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name) / "project"
        make_project(folder, "klaviyo")
        self.sandbox = Sandbox(people()).start()
        self.world = World(folder, self.sandbox, connectors={"klaviyo": self._source}, store=store)
        self.world.edit(
            "customer_update.yaml", "formula: existing.FirstName", "source: attributes.first_name"
        )
        self._names = 0
        self._hidden = False
        # Also of profiles that are removed later: a customer keeps what came from one, and nobody tells of removals.
        self._given = {one["id"]: (_folded(one), one["attributes"]["first_name"]) for one in self.sandbox}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sandbox.stop()
        self._folder.cleanup()

    @staticmethod
    def _source(options: Mapping[str, Any], environ: Mapping[str, str]) -> Source:
        """Make the real source, but for its waits: they take no time."""
        given = {**options, "page_size": PAGE_SIZE, "deadline": DEADLINE}
        return KlaviyoSource(read_options(given, environ), pause=lambda _seconds: None)

    def change(self, external_id: str) -> None:
        """Give a profile a first name that no profile has had."""
        self._names += 1
        name = f"name {self._names}"
        self.sandbox.change(external_id, {"first_name": name})
        self._given[external_id] = (self._given[external_id][0], name)

    def poll(self, faults: Iterable[Mapping[str, Any]] = ()) -> Report:
        """Poll while these faults play, and check what must hold however the poll ends."""
        self._play(faults)
        report = self.world.poll()
        self.sandbox.script(())
        return self._checked(report)

    def plan_and_apply(self, faults: Iterable[Mapping[str, Any]] = ()) -> Report:
        """Make a plan while these faults play, and apply it; then check the same as after a poll."""
        self._play(faults)
        before, file = self.world.counts(), io.BytesIO()
        with self.world.session() as session:
            foreseen = session.plan(file)
            self.sandbox.script(())
            assert self.world.counts() == before, "a plan wrote something"
            plan = PlanFile(file)
            report: Report = session.apply(plan)
        assert report.status is RunStatus.COMPLETE
        assert not report.counts.get("refused"), "a record is refused, and nothing happened since the plan"
        for name in ("added", "updated", "linked", "failed"):
            assert report.counts[name] == foreseen.counts[name], f"{name}: not as many as were foreseen"
        assert report.watermark_after == foreseen.watermark_after
        return self._checked(replace(report, status=foreseen.status))

    def _play(self, faults: Iterable[Mapping[str, Any]]) -> None:
        played = [dict(fault) for fault in faults]
        hides = [fault.pop("hides", False) for fault in played]
        self._hidden |= any(hides)
        self.sandbox.script(played)

    def _checked(self, report: Report) -> Report:
        if report.status is not RunStatus.COMPLETE:
            assert report.watermark_after == report.watermark_before, (
                "the watermark moved without a complete walk"
            )
        self.check_promises(report)
        return report

    def check_promises(self, report: Report) -> None:
        """Check that no customer is there twice, and that nothing the watermark has passed is lost."""
        with self.world.session() as session, session.destination.unit() as unit:
            links = unit.links(self.sandbox.ids())
            records = unit.load({link.record_id for link in links.values()})
            errors = [entry.failure.external_id for entry in session.destination.errors()]
            total = session.destination.counts()["records"]
        emails = Counter(stored.record["EmailAddress"].lower() for stored in records.values())
        assert emails.total() == len(emails), "two customers have one email address"
        assert total >= len(records)
        for stored in records.values():
            addresses = Counter(str(child.record) for child in stored.children.get("Addresses", ()))
            assert addresses.total() == len(addresses), "a customer has an address twice"
        passed = [one["id"] for one in self.sandbox if _is_passed(one, report.watermark_after)]
        lost = [each for each in passed if each not in links and each not in errors]
        assert self._hidden or not lost, f"lost: {lost}"

    def check_settled(self) -> None:
        """Poll twice without faults, and check that everything is where it belongs."""
        assert self.world.poll(full=self._hidden).status is RunStatus.COMPLETE
        self._hidden = False
        again = self.poll()
        assert again.status is RunStatus.COMPLETE
        assert not again.counts["added"] + again.counts["updated"], "a second poll found something to write"
        wanted: dict[str, set[str]] = {}
        for one in self.sandbox:
            email = one["attributes"]["email"]
            if email is None:
                assert any(entry.failure.external_id == one["id"] for entry in self.world.errors())
                continue
            stored = self.world.customer(one["id"])
            assert stored is not None, f"{one['id']} has no customer"
            assert stored.record["EmailAddress"].lower() == email.lower()
            wanted.setdefault(email.lower(), set()).add(one["attributes"]["first_name"])
            names = {name for address, name in self._given.values() if address == email.lower()}
            assert stored.record["FirstName"] in names
        assert self.world.counts()["records"] >= len(wanted)


def _folded(one: Mapping[str, Any]) -> str:
    return (one["attributes"]["email"] or "").lower()


def _is_passed(one: Mapping[str, Any], watermark: datetime | None) -> bool:
    changed = read_time(one["attributes"]["updated"])
    return watermark is not None and changed is not None and changed <= watermark


def one_fault(fault: Mapping[str, Any], page: int | str, store: str | None = None) -> str:
    """Let one fault play at one page of the first poll, then in a plan and in a poll; return how the first ended."""
    with Account(store) as account:
        first = account.poll([{**fault, "page": page}])
        account.change(next(account.sandbox.ids()))
        account.plan_and_apply([{**fault, "page": 1}])
        account.change(next(account.sandbox.ids()))
        account.poll([{**fault, "page": 1}])
        account.check_settled()
        return first.status.value


def many_faults(seed: int, store: str | None = None) -> Counter[str]:
    """Let random faults play in random polls, while profiles change; return how the polls ended."""
    lots = Random(seed)
    ended: Counter[str] = Counter()
    with Account(store) as account:
        for _ in range(3):
            for _ in range(lots.randrange(3)):
                account.change(lots.choice(list(account.sandbox.ids())))
            faults = [{**lots.choice(FAULTS), "share": 0.3, "times": lots.randrange(1, 4)} for _ in range(3)]
            faults += [
                {"kind": "duplicate_rows", "share": 0.2},
                {"kind": "shuffled_rows", "share": 0.2, "seed": seed},
            ]
            act = account.plan_and_apply if lots.random() < 0.3 else account.poll
            ended[act(faults).status.value] += 1
        account.check_settled()
    return ended
