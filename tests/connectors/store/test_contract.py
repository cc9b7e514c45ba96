"""What every store does, whatever database is behind it."""

from __future__ import annotations

import math
import tracemalloc
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, select

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import KeyRule, Link, MatchKey, Stored, StoredChild
from recordmap.connectors.errorlog import ErrorStatus, Failure
from recordmap.connectors.store import Store, errorbook
from recordmap.connectors.store.tables import children, links, records
from recordmap.diagnostics import Fault

ANN = {"EmailAddress": "ann@example.com", "CustomerNumber": "+14155550101", "FirstName": "Ann"}
BOB = {"EmailAddress": "bob@example.com", "CustomerNumber": "N/A", "FirstName": "Bob"}
HOME = {"Address1": "1 Main St", "City": "Boston", "Country": "United States"}
ANNS_KEY = MatchKey("EmailAddress", "email", "ann@example.com")
ANNS_PHONE = MatchKey("CustomerNumber", "phone", "+14155550101")
TIME = datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)


class BrokenOffError(Exception):
    """Ends a unit or an attempt on purpose."""


def add(store: Store, *records: dict) -> list[int]:
    with store.unit() as unit:
        return [unit.add(record).id for record in records]


def look(store: Store, record_id: int) -> Stored:
    with store.unit() as unit:
        return unit.load([record_id])[record_id]


def failure(subject: str = "p1", **more: object) -> Failure:
    return replace(Failure(subject, subject, "required-field-missing", "no email", transient=False), **more)


# Records


def test_an_added_record_is_found_in_its_unit_and_afterwards(store: Store) -> None:
    with store.unit() as unit:
        added = unit.add(ANN)
        assert unit.load([added.id]) == {added.id: added}
        assert unit.find([ANNS_KEY, ANNS_PHONE]) == {ANNS_KEY: (added.id,), ANNS_PHONE: (added.id,)}
    with store.unit() as unit:
        assert unit.load([added.id, 999]) == {added.id: Stored(added.id, ANN, {})}
        assert unit.find([ANNS_KEY, ANNS_PHONE]) == {ANNS_KEY: (added.id,), ANNS_PHONE: (added.id,)}


def test_order_of_fields_and_kinds_of_values_last(store: Store) -> None:
    record = {
        **BOB,
        "Z": 1,
        "A": 1.0,
        "T": True,
        "L": [1, None, {"b": 1, "a": ""}],
        "E": "",
        "U": "Zoë 李 🎈",
    }
    (record_id,) = add(store, record)
    found = look(store, record_id).record
    assert list(found) == list(record)
    assert [type(found[name]) for name in "ZAT"] == [int, float, bool]
    assert found == record


def test_nothing_that_was_given_or_returned_changes_the_store(store: Store) -> None:
    given = {**ANN, "CustomFields": {"Consent": "SUBSCRIBED"}}
    with store.unit() as unit:
        added = unit.add(given)
        given["FirstName"] = "X"
        given["CustomFields"]["Consent"] = "X"
        added.record["CustomFields"]["Consent"] = "Y"
        assert unit.load([added.id])[added.id].record["CustomFields"] == {"Consent": "SUBSCRIBED"}
    found = look(store, added.id).record
    assert (found["FirstName"], found["CustomFields"]) == ("Ann", {"Consent": "SUBSCRIBED"})


def test_null_fields_and_blank_custom_fields_are_left_out_of_a_new_record(store: Store) -> None:
    given = {**ANN, "LastName": None, "CustomFields": {"A": None, "B": " \t", "C": 0, "D": False, "E": []}}
    (ann, bob) = add(store, given, {**BOB, "CustomFields": {"A": ""}})
    assert look(store, ann).record == {**ANN, "CustomFields": {"C": 0, "D": False, "E": []}}
    assert look(store, bob).record == BOB


@pytest.mark.parametrize("missing", ["EmailAddress", "CustomerNumber"])
@pytest.mark.parametrize("value", [None, "", " \t ", "absent"])
def test_a_required_field_must_have_something_in_it(store: Store, missing: str, value: object) -> None:
    record = {**ANN, missing: value}
    if value == "absent":
        del record[missing]
    with store.unit() as unit:
        with pytest.raises(Fault) as caught:
            unit.add(record)
        kept = unit.add(BOB)
        with pytest.raises(Fault, match="is required"):
            unit.update(kept.id, {"FirstName": "X", missing: None})
        assert unit.load([kept.id])[kept.id].record == BOB
    label = "email address" if missing == "EmailAddress" else "customer number"
    article = "An" if missing == "EmailAddress" else "A"
    assert (caught.value.code, caught.value.message) == (
        "required-field-missing",
        f"{article} {label} is required",
    )
    assert store.counts()["records"] == 1
    assert look(store, kept.id).record == BOB


def test_numbers_start_at_one_and_are_never_given_twice(store: Store) -> None:
    with suppress(BrokenOffError), store.unit() as unit:
        unit.add(ANN)
        raise BrokenOffError
    ids = add(store, ANN, BOB)
    assert ids == [1, 2]
    with store.unit() as unit:
        assert unit.add({**ANN, "EmailAddress": "cleo@example.com"}).id == 3


# Changes


def test_changes_are_laid_on(store: Store) -> None:
    (record_id,) = add(store, {**ANN, "LastName": "Example", "CustomFields": {"A": "1", "B": "2"}})
    changes = {
        "FirstName": "Anna",
        "LastName": None,
        "Never": None,
        "Company": "ACME",
        "CustomFields": {"B": "3", "A": " ", "C": "4", "D": None},
    }
    expected = {
        "EmailAddress": "ann@example.com",
        "CustomerNumber": "+14155550101",
        "FirstName": "Anna",
        "CustomFields": {"A": "1", "B": "3", "C": "4"},
        "Company": "ACME",
    }
    with store.unit() as unit:
        assert unit.update(record_id, changes) == Stored(record_id, expected, {})
        assert unit.load([record_id])[record_id].record == expected
    assert look(store, record_id).record == expected


def test_custom_fields_that_are_null_leave_those_there_alone(store: Store) -> None:
    (record_id,) = add(store, {**ANN, "CustomFields": {"A": "1"}})
    with store.unit() as unit:
        assert unit.update(record_id, {"CustomFields": None}).record["CustomFields"] == {"A": "1"}
        with pytest.raises(Fault) as caught:
            unit.update(record_id, {"CustomFields": ["A"]})
    assert caught.value.code == "wrong-type"


def test_a_change_of_type_is_a_change_and_a_change_of_order_is_none(store: Store) -> None:
    (record_id,) = add(store, {**ANN, "Score": 1, "Nested": {"a": 1, "b": 2}})
    with store.unit() as unit:
        unit.update(record_id, {"Nested": {"b": 2, "a": 1}})
    assert list(look(store, record_id).record["Nested"]) == ["a", "b"]
    with store.unit() as unit:
        unit.update(record_id, {"Score": True})
    assert look(store, record_id).record["Score"] is True


def test_changes_that_change_nothing_write_nothing(store: Store, place) -> None:
    def written_at() -> list[datetime]:
        with store._engine.connect() as connection:
            return [
                connection.execute(select(table.c.updated_at)).scalar_one() for table in (records, children)
            ]

    made_at = place.clock.now
    with store.unit() as unit:
        ann = unit.add({**ANN, "CustomFields": {"A": "1"}})
        child = unit.add_child(ann.id, "Addresses", HOME, None)
    place.clock.move(hours=1)
    with store.unit() as unit:
        unit.update(ann.id, {**ANN, "LastName": None, "CustomFields": {"A": "1", "B": ""}})
        unit.replace_child(ann.id, child.id, {**HOME, "Address2": None})
    assert written_at() == [made_at, made_at]
    with store.unit() as unit:
        unit.update(ann.id, {"LastName": "Example"})
        unit.replace_child(ann.id, child.id, {**HOME, "Address2": "Flat 2"})
    assert written_at() == [place.clock.now, place.clock.now]


def test_a_record_can_be_added_and_changed_in_one_unit(store: Store) -> None:
    with store.unit() as unit:
        added = unit.add(ANN)
        unit.update(added.id, {"EmailAddress": "new@example.com"})
        new = MatchKey("EmailAddress", "email", "new@example.com")
        assert unit.find([ANNS_KEY, new]) == {new: (added.id,)}
        assert unit.add(ANN).id == 2
    with store.unit() as unit:
        assert unit.find([ANNS_KEY, new]) == {ANNS_KEY: (2,), new: (1,)}


def test_a_record_that_is_not_there_is_a_fault(store: Store) -> None:
    with store.unit() as unit:
        for act in (
            lambda: unit.update(7, {}),
            lambda: unit.add_child(7, "Addresses", HOME, None),
            lambda: unit.replace_child(7, 1, HOME),
            lambda: unit.save_link(Link("p1", 7, "manual")),
        ):
            with pytest.raises(Fault) as caught:
                act()
            assert caught.value.code == "record-gone"
        unit.add(ANN)
    assert store.counts() == {"records": 1, "children": 0, "links": 0, "open_errors": 0}


# Keys


@pytest.mark.parametrize(
    "same", ["ann@example.com", "ANN@Example.COM", "  ann@example.com\t", "Ann@EXAMPLE.com"]
)
def test_an_email_is_one_whatever_its_case_and_blanks(store: Store, same: str) -> None:
    add(store, ANN)
    with store.unit() as unit:
        with pytest.raises(Fault) as caught:
            unit.add({**BOB, "EmailAddress": same})
        bob = unit.add(BOB)
        with pytest.raises(Fault, match="Email address already exists"):
            unit.update(bob.id, {"EmailAddress": same, "FirstName": "X"})
    assert (caught.value.code, caught.value.message) == ("value-not-unique", "Email address already exists")
    assert store.counts()["records"] == 2
    assert look(store, bob.id).record == BOB


def test_an_email_is_one_within_a_unit_too(store: Store) -> None:
    with store.unit() as unit:
        unit.add(ANN)
        with pytest.raises(Fault, match="already exists"):
            unit.add({**BOB, "EmailAddress": "ANN@example.com"})
    assert store.counts()["records"] == 1


def test_an_odd_email_is_kept_apart_but_never_found(store: Store) -> None:
    odd = "no address at all"
    with store.unit() as unit:
        unit.add({**ANN, "EmailAddress": odd})
        with pytest.raises(Fault, match="already exists"):
            unit.add({**BOB, "EmailAddress": odd})
    with store.unit() as unit:
        assert unit.find([MatchKey("EmailAddress", "email", odd)]) == {}
        with pytest.raises(Fault, match="already exists"):
            unit.add({**BOB, "EmailAddress": odd})


def test_a_record_keeps_its_own_email(store: Store) -> None:
    (record_id,) = add(store, ANN)
    with store.unit() as unit:
        assert (
            unit.update(record_id, {"EmailAddress": "ANN@example.com"}).record["EmailAddress"]
            == "ANN@example.com"
        )
    assert look(store, record_id).record["EmailAddress"] == "ANN@example.com"


def test_two_records_swap_their_emails(store: Store) -> None:
    ann, bob = add(store, ANN, BOB)
    with store.unit() as unit:
        unit.update(ann, {"EmailAddress": "interim@example.com"})
        unit.update(bob, {"EmailAddress": "ann@example.com"})
        unit.update(ann, {"EmailAddress": "bob@example.com"})
    bobs_key = MatchKey("EmailAddress", "email", "bob@example.com")
    with store.unit() as unit:
        assert unit.find([ANNS_KEY, bobs_key]) == {ANNS_KEY: (bob,), bobs_key: (ann,)}


def test_two_without_a_phone_stay_two(store: Store) -> None:
    with store.unit() as unit:
        unit.add(BOB)
        unit.add({**BOB, "EmailAddress": "cleo@example.com"})
        assert unit.find([MatchKey("CustomerNumber", "phone", "N/A")]) == {}
    with store.unit() as unit:
        unit.add({**BOB, "EmailAddress": "dan@example.com"})
        assert unit.find([MatchKey("CustomerNumber", "phone", "N/A")]) == {}
    assert store.counts()["records"] == 3


def test_a_key_that_is_not_unique_finds_all_its_records_in_order(store: Store) -> None:
    ids = add(store, ANN, {**ANN, "EmailAddress": "b@example.com", "CustomerNumber": "+1 (415) 555-0101"})
    with store.unit() as unit:
        ids.append(unit.add({**ANN, "EmailAddress": "c@example.com"}).id)
        assert unit.find([ANNS_PHONE]) == {ANNS_PHONE: tuple(ids)}
        unit.update(ids[0], {"CustomerNumber": "N/A"})
        assert unit.find([ANNS_PHONE]) == {ANNS_PHONE: tuple(ids[1:])}
    with store.unit() as unit:
        assert unit.find([ANNS_PHONE]) == {ANNS_PHONE: tuple(ids[1:])}


def test_keys_are_found_in_bulk(store: Store) -> None:
    keys = [MatchKey("EmailAddress", "email", f"p{number}@example.com") for number in range(1200)]
    with store.unit() as unit:
        ids = [unit.add({**BOB, "EmailAddress": key.key}).id for key in keys[:1100]]
    with store.unit() as unit:
        assert unit.find(keys) == dict(zip(keys, ((record_id,) for record_id in ids), strict=False))
        assert len(unit.load(range(1, 1300))) == 1100


def test_a_key_without_a_rule_is_a_mistake(store: Store) -> None:
    with store.unit() as unit, pytest.raises(ValueError, match="no key rule for Company"):
        unit.find([MatchKey("Company", "exact", "ACME")])


def test_two_rules_of_one_field_are_joined(place, rules) -> None:
    both = replace(rules, keys=(*rules.keys, KeyRule("EmailAddress", "email", ignore=("ann@example.com",))))
    with closing(place.open(both)) as store, store.unit() as unit:
        ann = unit.add(ANN)
        with pytest.raises(Fault, match="Email address already exists"):
            unit.add({**BOB, "EmailAddress": "ANN@example.com"})
        assert unit.find([ANNS_KEY]) == {ANNS_KEY: (ann.id,)}


# What can't be stored


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a\0b", "value-not-allowed"),
        ("\ud83d", "value-not-allowed"),
        (["x", {"y": "\udc00"}], "value-not-allowed"),
        ({"\ud83d": 1}, "value-not-allowed"),
        ({"a\0": 1}, "value-not-allowed"),
        (math.nan, "value-not-allowed"),
        ([math.inf], "value-not-allowed"),
        (2**63, "value-too-large"),
        (-(2**63) - 1, "value-too-large"),
        ({1: "x"}, "wrong-type"),
        (datetime(2026, 1, 1, tzinfo=UTC), "wrong-type"),
        (b"x", "wrong-type"),
        ((1, 2), "wrong-type"),
    ],
)
def test_what_cannot_be_stored_is_the_fault_of_its_record_alone(
    store: Store, value: object, code: str
) -> None:
    with store.unit() as unit:
        ann = unit.add(ANN)
        child = unit.add_child(ann.id, "Addresses", HOME, None)
        before = unit.load([ann.id])
        for act in (
            lambda: unit.add({**BOB, "Company": value}),
            lambda: unit.update(ann.id, {"Company": value}),
            lambda: unit.add_child(ann.id, "Addresses", {**HOME, "City": value}, None),
            lambda: unit.replace_child(ann.id, child.id, {**HOME, "City": value}),
        ):
            with pytest.raises(Fault) as caught:
                act()
            assert caught.value.code == code
            assert "lone surrogate" in caught.value.message or any(
                name in caught.value.message for name in ("Company", "City")
            )
        assert unit.load([ann.id]) == before
    assert store.counts() == {"records": 1, "children": 1, "links": 0, "open_errors": 0}
    assert look(store, ann.id) == before[ann.id]


def test_the_greatest_and_deepest_that_can_be_stored(store: Store) -> None:
    deep: object = "x"
    for _ in range(64):
        deep = [deep]
    (record_id,) = add(store, {**ANN, "Least": -(2**63), "Most": 2**63 - 1, "Deep": deep[0]})
    found = look(store, record_id).record
    assert (found["Least"], found["Most"], found["Deep"]) == (-(2**63), 2**63 - 1, deep[0])
    with store.unit() as unit, pytest.raises(Fault, match="nested"):
        unit.update(record_id, {"Deep": deep})


@pytest.mark.parametrize("odd", ["a\0b", "\ud83d", "x" * 401])
def test_an_external_id_that_cannot_be_stored(store: Store, odd: str) -> None:
    with store.unit() as unit:
        ann = unit.add(ANN)
        assert unit.links([odd, "p1"]) == {}
        with pytest.raises(Fault) as caught:
            unit.save_link(Link(odd, ann.id, "added"))
        unit.save_link(Link("p1", ann.id, "added"))
    assert caught.value.code == "source-bad-id"
    assert store.counts()["links"] == 1


# Children


def test_children_stay_in_order_and_keep_where_they_came_from(store: Store) -> None:
    with store.unit() as unit:
        ann = unit.add(ANN)
        first = unit.add_child(ann.id, "Addresses", {**HOME, "Address2": None}, "p1")
        second = unit.add_child(ann.id, "Addresses", {**HOME, "City": "Salem"}, None)
        note = unit.add_child(ann.id, "Notes", {"Text": "x"}, "p2")
        assert unit.load([ann.id])[ann.id].children == {"Addresses": (first, second), "Notes": (note,)}
    assert first == StoredChild(1, HOME, "p1")
    with store.unit() as unit:
        third = unit.add_child(ann.id, "Addresses", HOME, "p3")
        replaced = unit.replace_child(ann.id, first.id, {"City": "Lynn"})
        assert replaced == StoredChild(first.id, {"City": "Lynn"}, "p1")
        assert unit.replace_child(ann.id, second.id, {**second.record}) == second
    expected = {"Addresses": (replaced, second, third), "Notes": (note,)}
    assert look(store, ann.id).children == expected
    assert look(store, ann.id).whole()["Addresses"] == [{"City": "Lynn"}, second.record, HOME]


def test_a_record_of_many_children_is_loaded_again_without_a_copy_of_each(store: Store) -> None:
    """As often as a page brings another version of it; what was replaced meanwhile is as it is now."""
    [ann] = add(store, ANN)
    with store.unit() as unit:
        for number in range(100):
            unit.add_child(ann, "Addresses", {**HOME, "Address2": str(number)}, "p1")
        first = unit.load([ann])[ann].children["Addresses"]
        tracemalloc.start()
        try:
            loaded = [unit.load([ann])[ann].children["Addresses"] for _ in range(100)]
            assert tracemalloc.get_traced_memory()[1] < 500_000
        finally:
            tracemalloc.stop()
        assert loaded == [first] * 100
        replaced = unit.replace_child(ann, first[7].id, {"City": "Lynn"})
        assert unit.load([ann])[ann].children["Addresses"] == (*first[:7], replaced, *first[8:])


def test_a_child_of_another_record_is_not_replaced(store: Store) -> None:
    ann, bob = add(store, ANN, BOB)
    with store.unit() as unit:
        child = unit.add_child(ann, "Addresses", HOME, None)
        with pytest.raises(Fault) as caught:
            unit.replace_child(bob, child.id, {"City": "X"})
    assert caught.value.code == "record-gone"
    assert look(store, ann).children == {"Addresses": (child,)}


# Links


def test_links_last_and_can_be_moved(store: Store) -> None:
    ann, bob = add(store, ANN, BOB)
    link = Link("p1", ann, "EmailAddress", TIME, "hash", "version")
    with store.unit() as unit:
        unit.save_link(link)
        assert unit.links(["p1", "p2"]) == {"p1": link}
    moved = Link("p1", bob, "manual", TIME + timedelta(microseconds=1), "other", None)
    with store.unit() as unit:
        assert unit.links(["p1", "p1", "p2"]) == {"p1": link}
        unit.save_link(moved)
        unit.save_link(Link("p2", bob, "external_id"))
        assert unit.links(["p2", "p1"]) == {"p1": moved, "p2": Link("p2", bob, "external_id")}
    with store.unit() as unit:
        assert unit.links(["p1", "p2"]) == {"p1": moved, "p2": Link("p2", bob, "external_id")}
    assert store.counts()["links"] == 2


def test_a_link_is_as_old_as_the_decision_that_made_it(store: Store, place) -> None:
    ann, bob = add(store, ANN, BOB)
    ages = []
    for record_id, version in ((ann, "1"), (ann, "2"), (bob, "3")):
        place.clock.move(hours=1)
        with store.unit() as unit:
            unit.save_link(Link("p1", record_id, "added", version=version))
        with store._engine.connect() as connection:
            linked_at = connection.execute(select(links.c.linked_at)).scalar_one()
        ages.append(place.clock.now - linked_at)
    assert ages == [timedelta(0), timedelta(hours=1), timedelta(0)]


def test_a_link_not_looked_up_before_is_replaced_all_the_same(store: Store) -> None:
    (ann,) = add(store, ANN)
    for version in ("1", "2"):
        with store.unit() as unit:
            unit.save_link(Link("p1", ann, "added", version=version))
    with store.unit() as unit:
        assert unit.links(["p1"])["p1"].version == "2"


def test_a_source_record_is_kept_with_its_link_as_it_is(store: Store) -> None:
    (ann,) = add(store, ANN)
    odd = {"id": "p1", "huge": 2**70, "half": "\ud800", "nul": "\0", "é": [1, 1.0, True, None]}
    with store.unit() as unit:
        unit.save_link(Link("p1", ann, "added"))
        unit.save_previous("p1", odd)
        assert repr(unit.previous(["p1", "p2", "\0"])) == repr({"p1": odd})
    with store.unit() as unit:
        assert repr(unit.previous(["p1"])) == repr({"p1": odd})
        with suppress(LookupError), unit.attempt():
            unit.save_previous("p1", {})
            raise LookupError
    with store.unit() as unit:
        assert unit.previous(["p1"])["p1"]["huge"] == 2**70
        unit.save_previous("p1", {"id": "p1"})
    with store.unit() as unit:
        assert unit.previous(["p1"]) == {"p1": {"id": "p1"}}
    with store._writer.begin() as connection:
        connection.execute(delete(links))
    with store.unit() as unit:
        assert unit.previous(["p1"]) == {}, "it goes with its link"


def test_times_are_instants_whatever_their_zone(store: Store) -> None:
    (ann,) = add(store, ANN)
    elsewhere = TIME.astimezone(timezone(timedelta(hours=-5)))
    with store.unit() as unit:
        unit.save_link(Link("p1", ann, "added", elsewhere))
        unit.save_watermark(elsewhere)
    with store.unit() as unit:
        found = unit.links(["p1"])["p1"].source_updated
    assert found is not None
    for instant in (found, store.watermark()):
        assert (instant, instant.tzinfo) == (TIME, UTC)


def test_a_time_without_a_zone_is_refused_where_it_comes_in(store: Store) -> None:
    naive = TIME.replace(tzinfo=None)
    with store.unit() as unit:
        ann = unit.add(ANN)
        with pytest.raises(ValueError, match="zone"):
            unit.save_watermark(naive)
        with pytest.raises(ValueError, match="zone"):
            unit.save_link(Link("p1", ann.id, "added", naive))
    assert store.watermark() is None
    assert store.counts() == {"records": 1, "children": 0, "links": 0, "open_errors": 0}


# Attempts and ends


def test_an_attempt_is_kept_whole_or_not_at_all(store: Store) -> None:
    (bob,) = add(store, BOB)
    with store.unit() as unit:
        before = unit.load([bob])
        with suppress(BrokenOffError), unit.attempt():
            ann = unit.add(ANN)
            unit.add_child(ann.id, "Addresses", HOME, "p1")
            unit.update(bob, {"FirstName": "X", "CustomerNumber": "+14155550102"})
            unit.add_child(bob, "Addresses", HOME, "p1")
            unit.save_link(Link("p1", ann.id, "added"))
            unit.log_failure(failure("p9"))
            unit.resolve("p8")
            unit.save_watermark(TIME)
            with pytest.raises(Fault, match="already exists"):
                unit.add({**ANN, "FirstName": "Another"})
            raise BrokenOffError
        assert unit.load([bob, ann.id]) == before
        assert unit.find([ANNS_KEY, MatchKey("CustomerNumber", "phone", "+14155550102")]) == {}
        assert unit.links(["p1"]) == {}
        assert unit.open_errors(["p9"]) == {}
        with unit.attempt():
            again = unit.add(ANN)
            unit.save_link(Link("p1", again.id, "added"))
    with store.unit() as unit:
        assert unit.find([ANNS_KEY]) == {ANNS_KEY: (again.id,)}
        assert unit.load([bob]) == before
    assert store.counts() == {"records": 2, "children": 0, "links": 1, "open_errors": 0}
    assert store.watermark() is None


def test_an_attempt_within_an_attempt(store: Store) -> None:
    with store.unit() as unit, unit.attempt():
        ann = unit.add(ANN)
        with suppress(BrokenOffError), unit.attempt():
            unit.update(ann.id, {"FirstName": "X"})
            with unit.attempt():
                unit.add(BOB)
            raise BrokenOffError
        unit.update(ann.id, {"LastName": "Example"})
    assert look(store, ann.id).record == {**ANN, "LastName": "Example"}
    assert store.counts()["records"] == 1


def test_an_exception_leaves_nothing_of_its_unit(store: Store) -> None:
    (bob,) = add(store, BOB)
    with suppress(BrokenOffError), store.unit() as unit:
        ann = unit.add(ANN)
        unit.add_child(ann.id, "Addresses", HOME, "p1")
        unit.update(bob, {"FirstName": "X"})
        unit.save_link(Link("p1", ann.id, "added"))
        unit.log_failure(failure())
        unit.save_watermark(TIME)
        raise BrokenOffError
    assert store.counts() == {"records": 1, "children": 0, "links": 0, "open_errors": 0}
    assert (store.watermark(), look(store, bob).record) == (None, BOB)


def test_a_store_can_be_opened_again(place) -> None:
    with closing(place.open()) as store:
        (ann,) = add(store, ANN)
    with closing(place.open()) as store:
        assert look(store, ann) == Stored(ann, ANN, {})


def test_systems_and_schemas_share_a_store_without_mixing(place, rules) -> None:
    with (
        closing(place.open()) as store,
        closing(place.open(replace(rules, system="shop"))) as other_system,
        closing(place.open(replace(rules, schema="ipaas/company", keys=()))) as other_schema,
    ):
        with store.unit() as unit:
            ann = unit.add(ANN)
            unit.save_link(Link("p1", ann.id, "added"))
            unit.log_failure(failure())
            unit.save_watermark(TIME)
        store.start_run("poll")
        with other_system.unit() as unit:
            assert unit.load([ann.id]) == {ann.id: ann}
            assert unit.links(["p1"]) == {}
            unit.save_link(Link("p1", ann.id, "EmailAddress"))
        with other_schema.unit() as unit:
            assert unit.load([ann.id]) == {}
            assert unit.links(["p1"]) == {}
            company = unit.add(ANN)
            unit.save_link(Link("p1", company.id, "added"))
        for other in (other_system, other_schema):
            assert (other.watermark(), other.errors(), other.runs()) == (None, [], [])
        assert other_system.counts() == {"records": 1, "children": 0, "links": 1, "open_errors": 0}
        assert other_schema.counts() == {"records": 1, "children": 0, "links": 1, "open_errors": 0}
        assert store.error(1) is not None
        assert other_system.error(1) is None
        assert not other_system.dismiss(1)


# The error log


@pytest.fixture(params=[0, 1000], ids=["many open errors", "few open errors"])
def asked_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let open errors count as many or as few: a unit asks for those that it is about, or for all of them."""
    monkeypatch.setattr(errorbook, "FEW", request.param)


@pytest.mark.usefixtures("asked_for")
def test_a_failure_is_counted_on_one_entry_until_it_is_resolved(store: Store, place) -> None:
    first_at = place.clock.now
    source = {"id": "p1", "attributes": {"email": None}}
    with store.unit() as unit:
        unit.log_failure(failure(record=source, version="v1", collection="Add", field="EmailAddress"))
        assert unit.open_errors(["p1"])["p1"].attempts == 1
    second_at = place.clock.move(minutes=20)
    last = failure(code="store-locked", message="busy", transient=True, next_retry=TIME, record="raw text")
    with store.unit() as unit:
        unit.log_failure(last)
        assert unit.open_errors(["p1", "p2"])["p1"].attempts == 2
    (entry,) = store.errors()
    assert (entry.status, entry.attempts, entry.first_at, entry.last_at) == (
        ErrorStatus.OPEN,
        2,
        first_at,
        second_at,
    )
    assert entry.failure == last
    assert store.error(entry.id) == entry
    third_at = place.clock.move(minutes=1)
    with store.unit() as unit:
        unit.resolve("p1")
        unit.resolve("p2")
    assert store.errors() == []
    closed = replace(entry, status=ErrorStatus.RESOLVED, last_at=third_at, closed_at=third_at)
    assert store.errors(None) == store.errors(ErrorStatus.RESOLVED) == [closed]
    with store.unit() as unit:
        unit.log_failure(failure())
    assert [(each.id, each.attempts) for each in store.errors(None)] == [(2, 1), (1, 2)]


@pytest.mark.usefixtures("asked_for")
def test_failures_and_successes_of_one_subject_within_a_unit(store: Store) -> None:
    with store.unit() as unit:
        unit.resolve("p1")
        unit.log_failure(failure())
        unit.log_failure(failure())
        unit.resolve("p1")
        assert unit.open_errors(["p1"]) == {}
        unit.log_failure(failure(message="again"))
        unit.resolve("p2")
        unit.log_failure(failure("p2"))
    entries = {entry.failure.subject: entry for entry in store.errors()}
    assert {subject: entry.attempts for subject, entry in entries.items()} == {"p1": 1, "p2": 1}
    assert entries["p1"].failure.message == "again"
    assert [entry.attempts for entry in store.errors(ErrorStatus.RESOLVED)] == [2]
    assert store.counts()["open_errors"] == 2
    code = failure().code
    assert store.errors_by_code() == {(code, ErrorStatus.OPEN): 2, (code, ErrorStatus.RESOLVED): 1}


@pytest.mark.usefixtures("asked_for")
def test_a_resolve_in_a_failed_attempt_is_taken_back_even_when_the_log_was_read(store: Store) -> None:
    with store.unit() as unit:
        unit.log_failure(failure())
    with store.unit() as unit:
        with suppress(BrokenOffError), unit.attempt():
            unit.resolve("p1")
            assert unit.open_errors(["p1"]) == {}
            raise BrokenOffError
        assert unit.open_errors(["p1"])["p1"].attempts == 1
    assert store.counts()["open_errors"] == 1


@pytest.mark.parametrize(
    "record",
    [
        {"text": "half \ud83d", "nul": "a\0b", "big": 2**70},
        {"infinite": math.inf, "deep": [[[[None, True, 1.5]]]]},
        '{"broken": "\ud83d\0',
        None,
    ],
)
def test_a_failure_is_logged_whatever_the_record_holds(store: Store, record: object) -> None:
    with store.unit() as unit:
        unit.log_failure(
            failure(record=record, message="a\0b \ud83d", field="\ud83d\ude00", external_id="x\0")
        )
    (entry,) = store.errors()
    assert entry.failure.record == record
    assert (entry.failure.message, entry.failure.field) == ("a\ufffdb \ufffd", "\U0001f600")


def test_a_record_that_cannot_be_written_down_does_not_stop_its_entry(store: Store) -> None:
    endless: dict = {}
    endless["self"] = endless
    with store.unit() as unit:
        unit.log_failure(failure(record=endless))
    assert store.errors()[0].failure.record is None


@pytest.mark.parametrize("subject", ["x" * 5000, "odd \ud83d\0 subject"])
def test_an_odd_subject_has_one_entry_too(store: Store, subject: str) -> None:
    for _ in range(2):
        with store.unit() as unit:
            unit.log_failure(failure(subject, external_id=None))
            assert list(unit.open_errors([subject])) == [subject]
    assert [entry.attempts for entry in store.errors()] == [2]
    with store.unit() as unit:
        unit.resolve(subject)
    assert store.errors() == []


def test_dismissing(store: Store) -> None:
    with store.unit() as unit:
        unit.log_failure(failure())
    assert store.dismiss(1)
    assert not store.dismiss(1)
    assert not store.dismiss(99)
    assert store.error(99) is None
    assert [entry.status for entry in store.errors(None)] == [ErrorStatus.DISMISSED]


def test_errors_come_latest_first_and_no_more_than_asked_for(store: Store, place) -> None:
    for subject in ("p1", "p2", "p3", "p1"):
        place.clock.move(seconds=1)
        with store.unit() as unit:
            unit.log_failure(failure(subject))
    assert [entry.failure.subject for entry in store.errors(limit=2)] == ["p1", "p3"]


# Watermark and runs


def test_the_watermark_is_what_was_saved_last(store: Store) -> None:
    assert store.watermark() is None
    for value in (TIME, TIME + timedelta(days=1), TIME):
        with store.unit() as unit:
            unit.save_watermark(TIME - timedelta(days=9))
            unit.save_watermark(value)
        assert store.watermark() == value


def test_runs(store: Store, place) -> None:
    began = place.clock.now
    first = store.start_run("poll")
    (running,) = store.runs()
    assert (running.id, running.kind, running.status) == (first, "poll", "running")
    assert (running.started_at, running.finished_at, running.counts) == (began, None, {})
    ended = place.clock.move(minutes=1)
    store.finish_run(first, "complete", {"added": 3}, None)
    second = store.start_run("manual")
    store.finish_run(second, "failed", {}, "Klaviyo is \ud83d away")
    latest, earlier = store.runs()
    assert (earlier.status, earlier.finished_at, earlier.counts, earlier.message) == (
        "complete",
        ended,
        {"added": 3},
        None,
    )
    assert (latest.kind, latest.status, latest.message) == ("manual", "failed", "Klaviyo is \ufffd away")
    assert [run.id for run in store.runs(limit=1)] == [second]
    assert [run.id for run in store.runs(1, kind="poll")] == [first]
    assert [run.id for run in store.runs(statuses=("failed", "running"))] == [second]
    assert list(store.runs(kind="poll", statuses=("failed",))) == []


def test_a_run_that_shows_no_sign_of_life_was_interrupted_until_it_shows_one(store: Store, place) -> None:
    def standing() -> list[str]:
        return [run.status for run in store.runs()]

    silent, seen = store.start_run("poll"), store.start_run("poll")
    since = place.clock.move(minutes=3)
    with store.unit() as unit:
        unit.see_run(seen)
    with suppress(ConnectorError), store.unit() as unit:
        unit.see_run(silent)
        raise ConnectorError("lost", "a sign lasts if its unit does", transient=True)
    place.clock.move(minutes=3)
    assert standing() == ["running", "interrupted"]
    assert [run.id for run in store.runs(statuses=("interrupted",))] == [silent]
    assert [run.id for run in store.runs(statuses=("running",))] == [seen]
    place.clock.move(minutes=3)
    assert standing() == ["interrupted", "interrupted"]
    assert store.runs(1)[0].message == (
        f"No sign of life since {since:%Y-%m-%d %H:%M:%S} UTC; what it had written by then stays"
    )
    with store.unit() as unit:
        unit.see_run(silent)
    assert standing() == ["interrupted", "running"]
    store.finish_run(seen, "complete", {"added": 1}, None)
    assert standing() == ["complete", "running"]


# Rules that change


def test_keys_are_made_anew_when_the_rules_change(place, rules) -> None:
    people = [
        {**BOB, "EmailAddress": f"p{number}@example.com", "Tag": f"t{number}"} for number in range(1500)
    ]
    with closing(place.open()) as store:
        add(store, *people)
    by_tag = replace(rules, keys=(rules.keys[0], KeyRule("Tag", "exact", unique=True)))
    tags = [MatchKey("Tag", "exact", f"t{number}") for number in range(1500)]
    with closing(place.open(by_tag)) as store, store.unit() as unit:
        assert unit.find(tags) == {tag: (number,) for number, tag in enumerate(tags, start=1)}
        with pytest.raises(Fault, match="Tag already exists"):
            unit.add({**ANN, "Tag": "t7"})
    with closing(place.open()) as store, store.unit() as unit:
        with pytest.raises(ValueError, match="no key rule"):
            unit.find(tags)
        unit.add({**ANN, "Tag": "t7"})


def test_rules_that_the_records_break_are_refused_and_change_nothing(place, rules) -> None:
    with closing(place.open()) as store:
        add(store, {**ANN, "Tag": "x"}, {**BOB, "Tag": "x"})
    with pytest.raises(ConnectorError) as caught:
        place.open(replace(rules, keys=(KeyRule("Tag", "exact", unique=True),)))
    assert (caught.value.code, caught.value.transient) == ("value-not-unique", False)
    assert "records 1 and 2" in caught.value.message
    assert "x" not in caught.value.message.split()
    with closing(place.open()) as store, store.unit() as unit:
        assert unit.find([ANNS_KEY]) == {ANNS_KEY: (1,)}


def test_a_store_that_is_open_notices_that_its_rules_were_replaced(place, rules) -> None:
    with closing(place.open()) as store:
        place.open(replace(rules, keys=())).close()
        with pytest.raises(ConnectorError) as caught, store.unit():
            pass
        assert (caught.value.code, caught.value.transient) == ("store-rules-changed", False)
        assert store.counts()["records"] == 0
