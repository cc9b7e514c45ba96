"""Which customer a profile becomes: the case table, over every destination."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap.connectors.destination import Link
from recordmap.diagnostics import Fault
from recordmap.sync.matching import Matcher
from recordmap.sync.pipeline import MatchField
from recordmap.sync.results import Transfer
from sync.fakes import FakeClock, FakeDestination, Tripwire
from sync.plans import PHONE, PIPELINE, RULES
from sync.support import customer, page, profile, transfer

CASES = yaml.safe_load(Path(__file__).with_name("matching.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any], destination: Any) -> None:
    numbers: dict[Any, int] = {}
    with destination.unit() as unit:
        for number, given in enumerate(case.get("customers", []), 1):
            numbers[number] = unit.add(given).id
        for external_id, number in case.get("links", {}).items():
            unit.save_link(Link(external_id, numbers[number], "EmailAddress"))

    check_told(destination, case["profiles"][0])
    transfers = transfer(destination, [profile(**given) for given in case["profiles"]])

    for given, expected, came in zip(case["profiles"], case["expect"], transfers, strict=True):
        check(expected, came, numbers)
        if came.record_id is not None:
            numbers.setdefault(str(given["id"]), came.record_id)
    if "records" in case:
        assert destination.counts()["records"] == case["records"]
    with destination.unit() as unit:
        for external_id, rule in case.get("linked", {}).items():
            assert unit.links([external_id])[external_id].rule == rule


def check_told(destination: Any, given: dict[str, Any]) -> None:
    """What is told of the rules ends where the match ends."""
    with destination.unit() as unit:
        matcher = Matcher(PIPELINE, unit)
        [incoming] = page([profile(**given)])
        if incoming.fault:
            return
        try:
            match = matcher.match(incoming)
        except Fault as fault:
            with pytest.raises(Fault, match=re.escape(fault.message)):
                matcher.attempts(incoming)
            return
        told = matcher.attempts(incoming)
    assert [one.rule for one in told] == [rule.name for rule in PIPELINE.match[: len(told)]]
    if match.record is None:
        assert [one.record_id for one in told] == [None] * len(PIPELINE.match)
    else:
        assert told[-1].record_id == match.record.id
        assert told[-1].rule == match.rule
        assert {one.record_id for one in told[:-1]} <= {None, match.instead_of}


def check(expected: dict[str, Any], came: Transfer, numbers: dict[Any, int]) -> None:
    assert came.result == expected["result"], came
    if "as" in expected and expected["as"] != "new":
        assert came.record_id == numbers[expected["as"]]
    if expected.get("as") == "new":
        assert came.record_id not in numbers.values()
    if "rule" in expected:
        assert came.rule == expected["rule"]
    if "code" in expected:
        assert came.problem is not None
        assert came.problem.code == expected["code"]
    assert [notice.code for notice in came.notices] == ([expected["notice"]] if "notice" in expected else [])


def test_the_order_of_rules_is_the_pipelines(destination: Any) -> None:
    by_email = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    by_phone = customer(destination, EmailAddress="bob@example.com", CustomerNumber="+12025550142")
    phone_first = replace(PIPELINE, match=PIPELINE.match[::-1])
    given = profile(id="P1", email="ada@example.com", phone_number="+12025550142")

    assert transfer(destination, [given])[0].record_id == by_email
    [came] = transfer(destination, [given], phone_first, always=True)

    assert (came.record_id, came.rule) == (by_phone, "CustomerNumber")
    assert [notice.code for notice in came.notices] == ["match-conflict"]


def test_without_the_link_rule_links_do_not_lead(destination: Any) -> None:
    linked = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    transfer(destination, [profile(id="P1", email="ada@example.com")])

    [came] = transfer(
        destination,
        [profile(id="P1", email="new@example.com")],
        replace(PIPELINE, match=PIPELINE.match[1:]),
    )

    assert came.result == "added"
    assert came.record_id != linked


def test_a_link_to_nothing_does_not_lead(clock: FakeClock) -> None:
    destination = FakeDestination(RULES, clock)
    [first] = transfer(destination, [profile(id="P1", email="ada@example.com")])
    assert first.record_id is not None
    del destination.state.records[first.record_id]

    [came] = transfer(destination, [profile(id="P1", email="ada@example.com")], always=True)

    assert came.result == "added"
    assert destination.state.links["P1"].record_id == came.record_id


def test_no_values_in_what_is_told(destination: Any) -> None:
    customer(destination, EmailAddress="one@example.com", CustomerNumber="+12025550142")
    customer(destination, EmailAddress="two@example.com", CustomerNumber="+12025550142")
    [ambiguous] = transfer(
        destination, [profile(id="P1", email="ada@example.com", phone_number="+12025550142")]
    )
    assert ambiguous.problem
    assert ambiguous.problem.message == "2 records have this CustomerNumber"


def test_a_page_is_read_in_bulk(destination: Any) -> None:
    for number in range(20):
        customer(destination, EmailAddress=f"p{number}@example.com", CustomerNumber=f"+1202555{number:04}")
    profiles = [
        profile(id=f"P{number}", email=f"p{number}@example.com", phone_number=f"+1202555{number:04}")
        for number in range(30)
    ]
    wire = Tripwire(destination)

    transfer(wire, profiles)

    reads = [call for call in wire.calls if call in ("links", "find", "load", "open_errors")]
    assert reads == ["links", "find", "load", "open_errors"]


def test_keys_not_loaded_beforehand_are_found_all_the_same(destination: Any) -> None:
    here = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    with destination.unit() as unit:
        matcher = Matcher(PIPELINE, unit)
        [incoming] = page([profile(id="P1", email="ada@example.com")])
        assert matcher.match(incoming).record == unit.load([here])[here]


def test_a_moved_key_is_followed_within_a_page(destination: Any) -> None:
    """A phone that an update gives away must find nobody, and the one it takes must find the record."""
    here = customer(destination, EmailAddress="ada@example.com", CustomerNumber="+12025550142")
    with destination.unit() as unit:
        matcher = Matcher(PIPELINE, unit)
        old, new = page(
            [profile(id="P1", phone_number="+12025550142"), profile(id="P2", phone_number="+12025550143")]
        )
        matcher.preload_links([old, new])
        matcher.preload_records([old, new])
        before = unit.load([here])[here]
        after = unit.update(here, {"CustomerNumber": "+12025550143"})
        matcher.wrote(before, after, Link("P9", here, "added"), whole=True)
        assert matcher.match(old).record is None
        assert matcher.match(new).record == after


def test_a_linked_profile_is_not_asked_for_keys_that_cannot_matter(destination: Any) -> None:
    """Reading a phone number costs more than all the rest of a match."""
    asked: list[str] = []

    def phone(record: Any) -> Any:
        asked.append(record["id"])
        return record["attributes"].get("phone_number")

    watched = replace(PIPELINE, match=(*PIPELINE.match[:2], MatchField(PHONE, phone)))
    linked = profile(id="P1", email="ada@example.com", phone_number="+12025550142")
    transfer(destination, [linked], watched)
    asked.clear()
    transfer(destination, [linked, profile(id="P2", email="bob@example.com")], watched, always=True)
    assert set(asked) == {"P2"}
