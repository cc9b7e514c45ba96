"""Whatever is done to a store, in whatever order, it holds what a few dictionaries would hold."""

from __future__ import annotations

import copy
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from connectors.store.conftest import RULES
from postgres.database import empty_database
from recordmap.connectors.destination import Link, MatchKey
from recordmap.connectors.errorlog import Failure
from recordmap.connectors.store import Store, open_store
from recordmap.diagnostics import Fault

EMAILS = ("a@x.org", "A@X.org ", "b@x.org", "B@x.ORG", "c@x.org", "odd one", "", None)
NUMBERS = ("N/A", "+14155550101", "+1 415 555 0101", "+14155550102", "", None)
PHONES = {"+14155550101": "+14155550101", "+1 415 555 0101": "+14155550101", "+14155550102": "+14155550102"}
SUBJECTS = ("p1", "p2", "p3")
INTO = ("Addresses", "Notes")
EMAIL_KEYS = [MatchKey("EmailAddress", "email", text) for text in ("a@x.org", "b@x.org", "c@x.org")]
PHONE_KEYS = [MatchKey("CustomerNumber", "phone", text) for text in sorted(set(PHONES.values()))]

# Most steps should succeed, so what is sound comes up more often than what is not.
emails = st.sampled_from(EMAILS[:6] * 3 + EMAILS)
numbers = st.sampled_from(NUMBERS[:4] * 3 + NUMBERS)
values = st.sampled_from(("", "x", 1, True, 1.0, None, ["x"], "bad\0"))
customs = st.dictionaries(
    st.sampled_from(("A", "B")), st.sampled_from(("", " ", None, "1", 2, "bad\0")), max_size=2
)
which = st.sampled_from((0, 0, 0, 1, 1, 2, 3))
records = st.fixed_dictionaries(
    {"EmailAddress": emails, "CustomerNumber": numbers},
    optional={"FirstName": values, "CustomFields": customs},
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "EmailAddress": emails,
        "CustomerNumber": numbers,
        "FirstName": values,
        "CustomFields": customs,
    },
)
subjects = st.sampled_from(SUBJECTS)
steps = st.one_of(
    st.tuples(st.just("add"), records),
    st.tuples(st.just("update"), which, changes),
    st.tuples(st.just("add_child"), which, st.sampled_from(INTO), values),
    st.tuples(st.just("replace_child"), which, which, values),
    st.tuples(st.just("link"), subjects, which, st.sampled_from(("1", "2"))),
    st.tuples(st.just("log_failure"), subjects),
    st.tuples(st.just("resolve"), subjects),
)
seldom = st.sampled_from((False, False, False, True))
attempts = st.tuples(st.lists(steps, min_size=1, max_size=4), seldom)
units = st.tuples(st.lists(attempts, min_size=1, max_size=4), seldom)
BEGINNING = (
    [
        (
            [
                ("add", {"EmailAddress": "a@x.org", "CustomerNumber": "+14155550101"}),
                ("add", {"EmailAddress": "b@x.org", "CustomerNumber": "N/A"}),
                ("add_child", 0, "Addresses", "x"),
                ("link", "p1", 0, "1"),
                ("log_failure", "p1"),
            ],
            False,
        )
    ],
    False,
)


class BrokenOffError(Exception):
    """Ends an attempt or a unit."""


@dataclass
class Model:
    """What a store should hold."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    children: dict[int, list[tuple[int, str, dict[str, Any]]]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    open_errors: dict[str, int] = field(default_factory=dict)

    def pick(self, number: int) -> int:
        """Turn a small number into a record's ID, or into one that isn't there."""
        ids = sorted(self.records)
        return ids[number] if number < len(ids) else 99

    def laid_on(self, record: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        result = {**record}
        for name, value in given.items():
            if name == "CustomFields":
                kept = {key: each for key, each in value.items() if not is_blank(each)}
                if kept or "CustomFields" in record:
                    result["CustomFields"] = {**record.get("CustomFields", {}), **kept}
            elif value is None:
                result.pop(name, None)
            else:
                result[name] = value
        return result

    def fault(self, record_id: int | None, record: dict[str, Any]) -> str | None:
        """Return the code of the fault that keeps this record out."""
        if "bad" in repr(record):
            return "value-not-allowed"
        if is_blank(record.get("EmailAddress")) or is_blank(record.get("CustomerNumber")):
            return "required-field-missing"
        mine = same_email(record["EmailAddress"])
        others = (other for other_id, other in self.records.items() if other_id != record_id)
        if any(same_email(other["EmailAddress"]) == mine for other in others):
            return "value-not-unique"
        return None

    def found(self) -> dict[MatchKey, tuple[int, ...]]:
        """Return who is found by which key."""
        holders: dict[MatchKey, tuple[int, ...]] = {}
        for record_id, record in sorted(self.records.items()):
            email = MatchKey("EmailAddress", "email", same_email(record["EmailAddress"]))
            phone = MatchKey("CustomerNumber", "phone", PHONES.get(record["CustomerNumber"], ""))
            for key in (email, phone):
                if key in EMAIL_KEYS or key in PHONE_KEYS:
                    holders[key] = (*holders.get(key, ()), record_id)
        return holders


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def same_email(text: str) -> str:
    return text.strip().lower()


class Hand:
    """Does each step to the store's unit and to the model, and holds the two against each other."""

    def __init__(self, unit, model: Model) -> None:
        self.unit = unit
        self.model = model

    def do(self, step: tuple) -> None:
        expected = getattr(self, f"expect_{step[0]}")(*step[1:])
        name, arguments, code, settle = expected
        if code is not None:
            with pytest.raises(Fault) as caught:
                getattr(self.unit, name)(*arguments)
            assert caught.value.code == code
        else:
            settle(getattr(self.unit, name)(*arguments))

    def expect_add(self, given: dict) -> tuple:
        record = self.model.laid_on({}, given)

        def settle(stored) -> None:
            assert (stored.record, stored.children) == (record, {})
            assert stored.id not in self.model.records
            self.model.records[stored.id] = record
            self.model.children[stored.id] = []

        return "add", (given,), self.model.fault(None, record), settle

    def expect_update(self, number: int, given: dict) -> tuple:
        record_id = self.model.pick(number)
        before = self.model.records.get(record_id)
        if before is None:
            return "update", (record_id, given), "record-gone", None
        record = self.model.laid_on(before, given)

        def settle(stored) -> None:
            assert repr(stored.record) == repr(record)
            self.model.records[record_id] = record

        return "update", (record_id, given), self.model.fault(record_id, record), settle

    def expect_add_child(self, number: int, into: str, value: object) -> tuple:
        record_id = self.model.pick(number)
        code = "record-gone" if record_id == 99 else "value-not-allowed" if value == "bad\0" else None

        def settle(child) -> None:
            record = {} if value is None else {"V": value}
            assert (child.record, child.origin) == (record, "p")
            self.model.children[record_id].append((child.id, into, record))

        return "add_child", (record_id, into, {"V": value}, "p"), code, settle

    def expect_replace_child(self, number: int, place: int, value: object) -> tuple:
        record_id = self.model.pick(number)
        kin = self.model.children.get(record_id, [])
        if not kin:
            return "replace_child", (record_id, 99, {"V": value}), "record-gone", None
        place %= len(kin)
        child_id, into, _ = kin[place]

        def settle(child) -> None:
            record = {} if value is None else {"V": value}
            assert repr(child.record) == repr(record)
            kin[place] = (child_id, into, record)

        code = "value-not-allowed" if value == "bad\0" else None
        return "replace_child", (record_id, child_id, {"V": value}), code, settle

    def expect_link(self, subject: str, number: int, version: str) -> tuple:
        link = Link(subject, self.model.pick(number), "added", version=version)

        def settle(_nothing: None) -> None:
            self.model.links[subject] = link

        return "save_link", (link,), "record-gone" if link.record_id == 99 else None, settle

    def expect_log_failure(self, subject: str) -> tuple:
        def settle(_nothing: None) -> None:
            self.model.open_errors[subject] = self.model.open_errors.get(subject, 0) + 1

        failure = Failure(subject, subject, "code", "message", transient=False)
        return "log_failure", (failure,), None, settle

    def expect_resolve(self, subject: str) -> tuple:
        def settle(_nothing: None) -> None:
            self.model.open_errors.pop(subject, None)

        return "resolve", (subject,), None, settle

    def compare(self) -> None:
        """Hold everything that can be read against the model."""
        model = self.model
        loaded = self.unit.load([*model.records, 99])
        assert {key: repr(each.record) for key, each in loaded.items()} == {
            key: repr(record) for key, record in model.records.items()
        }
        for record_id, stored in loaded.items():
            expected: dict[str, list] = {}
            for child_id, into, record in model.children[record_id]:
                expected.setdefault(into, []).append((child_id, repr(record)))
            found = {
                into: [(child.id, repr(child.record)) for child in kin]
                for into, kin in stored.children.items()
            }
            assert found == expected
        assert self.unit.find([*EMAIL_KEYS, *PHONE_KEYS]) == model.found()
        assert self.unit.links(SUBJECTS) == model.links
        attempts_so_far = {key: entry.attempts for key, entry in self.unit.open_errors(SUBJECTS).items()}
        assert attempts_so_far == model.open_errors


def carry_out(store: Store, model: Model, unit_plan: tuple, *, looking: bool) -> Model:
    """Do a unit; return the model of what the store holds afterwards."""
    attempts_of_unit, unit_fails = unit_plan
    after = copy.deepcopy(model)
    try:
        with store.unit() as unit:
            hand = Hand(unit, after)
            for steps_of_attempt, attempt_fails in attempts_of_unit:
                before = copy.deepcopy(hand.model)
                try:
                    with unit.attempt():
                        for step in steps_of_attempt:
                            hand.do(step)
                        if attempt_fails:
                            raise BrokenOffError
                except BrokenOffError:
                    hand.model = before
                if looking:
                    hand.compare()
            if unit_fails:
                raise BrokenOffError
    except BrokenOffError:
        return model
    return hand.model


plans = st.lists(units, min_size=1, max_size=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans, looking=st.booleans())
def test_a_file_holds_what_the_model_holds(made_file: Path, plan: list, looking: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hold_against_the_model(Path(shutil.copy(made_file, folder)), plan, looking)


@settings(max_examples=20)
@given(plan=plans, looking=st.booleans())
def test_a_server_holds_what_the_model_holds(plan: list, looking: bool) -> None:
    hold_against_the_model(empty_database(), plan, looking)


def hold_against_the_model(where: Path | URL, plan: list, looking: bool) -> None:
    """`looking` reads after each attempt, so that staged writes are met with and without cached answers."""
    model = Model()
    with closing(open_store(where, RULES)) as store:
        for unit_plan in (BEGINNING, *plan):
            model = carry_out(store, model, unit_plan, looking=looking)
            with store.unit() as unit:
                Hand(unit, model).compare()
        assert store.counts() == {
            "records": len(model.records),
            "children": sum(len(kin) for kin in model.children.values()),
            "links": len(model.links),
            "open_errors": len(model.open_errors),
        }
