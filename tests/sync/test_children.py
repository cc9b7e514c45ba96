"""What becomes of addresses: the case table of the decision, and its properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recordmap.connectors.destination import StoredChild
from recordmap.runtime.plan import ChildPolicy
from recordmap.sync.canonical import digest
from recordmap.sync.children import decide
from recordmap.sync.results import ChildAction
from sync.plans import ADDRESS_FIELDS, carry_forward, updating
from sync.support import LOCATION, customer, profile, stored, transfer

CASES = yaml.safe_load(Path(__file__).with_name("children.yaml").read_text(encoding="utf-8"))


def policy_of(duplicates: str = "skip", on_change: str = "add") -> ChildPolicy:
    return ChildPolicy("Addresses", "child", duplicates == "skip", on_change == "replace")


def children_of(given: list[dict[str, Any]]) -> list[StoredChild]:
    """Return stored children; `written_from` is what was mapped when one was written."""
    return [
        StoredChild(
            number,
            {name: value for name, value in one.items() if name not in ("origin", "written_from")},
            one.get("origin"),
            digest(one["written_from"]) if "written_from" in one else None,
        )
        for number, one in enumerate(given, 1)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    held = children_of(case.get("stored", []))
    came = list(decide(policy_of(**case.get("policy", {})), held, case["mapped"], ADDRESS_FIELDS, "P1"))

    told = [f"{change.action} {change.stored.id}" if change.stored else str(change.action) for change in came]
    assert told == case["expect"]
    if "becomes" in case:
        assert came[0].record == case["becomes"]


fields = st.dictionaries(
    st.sampled_from(["Address1", "City", "Other"]), st.sampled_from(["a", "A", "", None]), max_size=3
)
owners = st.sampled_from(["P1", "P2", None])
policies = st.builds(
    policy_of, duplicates=st.sampled_from(["skip", "allow"]), on_change=st.sampled_from(["add", "replace"])
)


@given(policies, st.lists(st.tuples(fields, owners), max_size=5), st.lists(fields, max_size=4))
def test_laws(policy: ChildPolicy, held: list[tuple[Any, str | None]], mapped: list[Any]) -> None:
    children = [StoredChild(number, record, origin) for number, (record, origin) in enumerate(held)]
    came = list(decide(policy, children, mapped, {"Address1", "City"}, "P1"))

    assert len(came) == len(mapped)
    replaced = [
        change.stored.id for change in came if change.action is ChildAction.REPLACED and change.stored
    ]
    assert len(replaced) == len(set(replaced)), "a child is replaced at most once"
    assert all(children[number].origin == "P1" for number in replaced)
    assert policy.replace or not replaced
    if policy.skip_duplicates or policy.replace:
        after = applied(children, came)
        again = list(decide(policy, after, mapped, {"Address1", "City"}, "P1"))
        assert all(change.action is ChildAction.DUPLICATE for change in again), (
            "a second transfer writes nothing"
        )


def applied(children: list[StoredChild], changes: list[Any]) -> list[StoredChild]:
    after = {child.id: child for child in children}
    for change in changes:
        if change.action is ChildAction.REPLACED:
            after[change.stored.id] = StoredChild(
                change.stored.id, change.record, change.stored.origin, change.written
            )
        elif change.action is ChildAction.ADDED:
            number = len(after)
            after[number] = StoredChild(number, change.record, "P1", change.written)
    return list(after.values())


def test_an_identical_address_is_written_once(destination: Any) -> None:
    given = profile(id="P1", email="ada@example.com", location=LOCATION)
    results = [transfer(destination, [given], always=True)[0] for _ in range(3)]
    assert [str(came.result) for came in results] == ["added", "unchanged", "unchanged"]
    assert destination.counts()["children"] == 1


def test_a_changed_address_is_added_by_default(destination: Any) -> None:
    transfer(destination, [profile(id="P1", email="ada@example.com", location=LOCATION)])
    moved = profile(id="P1", email="ada@example.com", location={**LOCATION, "address1": "2 High St"})
    [came] = transfer(destination, [moved])
    assert came.result == "updated"
    addresses = stored(destination, came.record_id).children["Addresses"]
    assert [(child.record["Address1"], child.origin) for child in addresses] == [
        ("1 Main St", "P1"),
        ("2 High St", "P1"),
    ]


def test_a_changed_address_replaces_when_the_template_says_so(destination: Any) -> None:
    pipeline = updating(carry_forward, replace=True)
    transfer(destination, [profile(id="P1", email="ada@example.com", location=LOCATION)], pipeline)
    transfer(destination, [profile(id="P2", email="ada@example.com", location=LOCATION)], pipeline)
    moved = profile(id="P1", email="ada@example.com", location={**LOCATION, "address1": "2 High St"})
    [came] = transfer(destination, [moved], pipeline)
    assert came.result == "updated"
    [address] = stored(destination, came.record_id).children["Addresses"]
    assert address.record["Address1"] == "2 High St"
    assert address.origin == "P1"


def test_children_written_in_a_page_are_known_later_in_it(destination: Any) -> None:
    both = [profile(id=one, email="ada@example.com", location=LOCATION) for one in ("P1", "P2", "P3")]
    assert [str(came.result) for came in transfer(destination, both)] == ["added", "linked", "linked"]
    assert destination.counts()["children"] == 1


def test_children_written_to_a_customer_in_a_page_are_known_later_in_it(destination: Any) -> None:
    customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    both = [profile(id=one, email="ada@example.com", location=LOCATION) for one in ("P1", "P2", "P3")]
    assert [str(came.result) for came in transfer(destination, both)] == ["updated", "linked", "linked"]
    assert destination.counts()["children"] == 1


def test_an_incomplete_address_brings_no_child(destination: Any) -> None:
    given = profile(id="P1", email="ada@example.com", location={**LOCATION, "city": ""})
    [came] = transfer(destination, [given])
    assert (came.result, came.children) == ("added", ())


def test_a_refused_address_leaves_nothing_of_its_record(destination: Any) -> None:
    odd = profile(id="P1", email="ada@example.com", location={**LOCATION, "city": "a\0b"})
    fine = profile(id="P2", email="bob@example.com", location=LOCATION)
    [failed, added] = transfer(destination, [odd, fine])
    assert failed.problem
    assert (failed.result, failed.problem.code, added.result) == ("failed", "value-not-allowed", "added")
    assert destination.counts() == {"records": 1, "children": 1, "links": 1, "open_errors": 1}


def test_a_refused_address_leaves_no_key_behind(destination: Any) -> None:
    """The next profile of the page must not match a customer that was taken back."""
    odd = profile(id="P1", email="ada@example.com", location={**LOCATION, "city": "a\0b"})
    same = profile(id="P2", email="ada@example.com")
    assert [str(came.result) for came in transfer(destination, [odd, same])] == ["failed", "added"]


@pytest.mark.parametrize("replace", [False, True], ids=["on_change: add", "on_change: replace"])
def test_an_address_that_a_person_corrected_stays_until_the_source_changes(
    destination: Any, replace: bool
) -> None:
    pipeline = updating(carry_forward, replace=replace)
    given = profile(id="P1", email="ada@example.com", location=LOCATION)
    [came] = transfer(destination, [given], pipeline)
    [address] = stored(destination, came.record_id).children["Addresses"]
    assert came.record_id is not None
    corrected = {**address.record, "Address1": "1 Main Street", "City": "Boston"}
    with destination.unit() as unit:
        unit.replace_child(came.record_id, address.id, corrected, address.written)

    again = profile(id="P1", email="ada@example.com", location=LOCATION, title="Countess")
    [same] = transfer(destination, [again], pipeline)
    assert (str(same.result), [str(one.action) for one in same.children]) == ("unchanged", ["duplicate"])
    assert [one.record for one in stored(destination, came.record_id).children["Addresses"]] == [corrected]

    moved = profile(id="P1", email="ada@example.com", location={**LOCATION, "address1": "2 High St"})
    transfer(destination, [moved], pipeline)
    streets = [one.record["Address1"] for one in stored(destination, came.record_id).children["Addresses"]]
    assert streets == (["2 High St"] if replace else ["1 Main Street", "2 High St"])
    [last] = transfer(destination, [moved], pipeline, always=True)
    assert str(last.result) == "unchanged"
