"""One record, transferred: what is written, what is told, what is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from recordmap import frozen
from recordmap.connectors.destination import KeyRule
from recordmap.diagnostics import Fault
from recordmap.diagnostics.codes import CODES
from recordmap.runtime.outcome import Kind, Outcome
from recordmap.sync.pipeline import MatchField
from recordmap.sync.results import FieldChange
from sync.fakes import START, FakeClock, FakeDestination, Tripwire
from sync.plans import (
    ADD,
    EMAIL,
    PIPELINE,
    RULES,
    UNSET,
    UPDATE,
    attribute,
    carry_forward,
    driven,
    email_driven,
    made,
    updating,
)
from sync.support import LOCATION, customer, link_of, open_error, page, profile, stored, transfer

ADA = profile(id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com", first_name="Ada")


def kinds(transfers: list[Any]) -> list[str]:
    return [str(came.result) for came in transfers]


def test_add_writes_the_record_and_its_link(destination: Any) -> None:
    given = profile(
        id="P1",
        updated="2024-06-01T11:00:00Z",
        email="ada@example.com",
        first_name="Ada",
        consent="SUBSCRIBED",
        location=LOCATION,
    )
    [came] = transfer(destination, [given])

    whole = stored(destination, came.record_id)
    assert whole.record == {
        "EmailAddress": "ada@example.com",
        "CustomerNumber": "N/A",
        "FirstName": "Ada",
        "CustomFields": {"Consent": "SUBSCRIBED"},
    }
    assert [(child.record["Address1"], child.origin) for child in whole.children["Addresses"]] == [
        ("1 Main St", "P1")
    ]
    link = link_of(destination, "P1")
    assert link is not None
    assert (link.record_id, link.rule, link.version) == (came.record_id, "added", "v1")
    assert link.source_updated == START - timedelta(hours=1)
    assert link.source_hash == page([given])[0].digest
    assert (came.result, came.rule, came.collection, came.before) == ("added", "added", ADD, None)
    assert came.field_changes() == (
        FieldChange("EmailAddress", None, "ada@example.com"),
        FieldChange("CustomerNumber", None, "N/A"),
        FieldChange("FirstName", None, "Ada"),
        FieldChange("CustomFields.Consent", None, "SUBSCRIBED"),
    )


def test_update_as_delivered_preserves_and_writes_nothing(destination: Any) -> None:
    transfer(destination, [ADA])
    changed = profile(id="P1", updated="2024-06-01T11:30:00Z", email="ada@example.com", first_name="Augusta")
    wire = Tripwire(destination)
    [came] = transfer(wire, [changed])
    assert (came.result, came.collection, came.changes) == ("unchanged", UPDATE, {})
    assert stored(destination, came.record_id).record["FirstName"] == "Ada"
    assert not {"add", "update", "add_child", "replace_child"} & set(wire.calls)


def test_update_after_remapping_propagates(destination: Any) -> None:
    transfer(destination, [ADA])
    changed = profile(id="P1", updated="2024-06-01T11:30:00Z", email="ada@example.com", first_name="Augusta")
    [came] = transfer(destination, [changed], updating(driven))
    assert came.result == "updated"
    assert came.field_changes() == (FieldChange("FirstName", "Ada", "Augusta"),)
    assert came.before is not None
    assert stored(destination, came.record_id).record["FirstName"] == "Augusta"


def test_the_formula_sees_the_whole_existing_record(destination: Any) -> None:
    seen: list[Any] = []

    def watch(attributes: Any, existing: Any) -> Any:
        seen.append(existing)
        return carry_forward(attributes, existing)

    transfer(destination, [profile(id="P1", email="ada@example.com", location=LOCATION)])
    transfer(destination, [profile(id="P1", email="ada@example.com")], updating(watch))
    assert seen == [
        {
            "EmailAddress": "ada@example.com",
            "CustomerNumber": "N/A",
            "Addresses": [{"Address1": "1 Main St", "City": "Baltimore", "Country": "United States"}],
        }
    ]


def test_formulas_get_the_time_of_the_run(destination: Any) -> None:
    times: list[Any] = []

    def run(record: Any, existing: Any, parent: Any, now: Any, previous: Any) -> Outcome:
        times.append(now)
        return (
            PIPELINE.add.function(record, existing, parent, now, previous)
            if PIPELINE.add
            else Outcome(Kind.SKIPPED)
        )

    assert PIPELINE.add is not None
    transfer(destination, [ADA], replace(PIPELINE, add=frozen.replace(PIPELINE.add, function=run)))
    assert times == ["2024-06-01T12:00:00Z"]


def test_missing_email_fails_and_writes_nothing_but_its_entry(destination: Any) -> None:
    given = profile(id="P1", updated="2024-06-01T11:00:00Z", first_name="Ada")
    [came] = transfer(destination, [given])
    assert came.problem is not None
    assert (came.result, came.problem.message) == ("failed", "An email address is required")
    assert destination.counts() == {"records": 0, "children": 0, "links": 0, "open_errors": 1}
    entry = open_error(destination, "P1")
    assert entry is not None
    failure = entry.failure
    assert (failure.code, failure.message) == ("required-field-missing", "An email address is required")
    assert (failure.collection, failure.field, failure.version) == (ADD, "EmailAddress", "v1")
    assert (failure.external_id, failure.record) == ("P1", given)
    assert (failure.transient, failure.next_retry, entry.attempts) == (False, None, 1)


def test_the_destinations_own_rules_fail_the_record(destination: Any) -> None:
    no_number = made(ADD, "add", lambda attributes, existing: {"EmailAddress": attributes["email"]})
    [came] = transfer(destination, [ADA], replace(PIPELINE, add=no_number))
    assert came.problem is not None
    assert came.problem.message == "A customer number is required"
    assert destination.counts()["records"] == 0


def test_a_later_success_closes_the_entry(destination: Any) -> None:
    transfer(destination, [profile(id="P1")])
    transfer(destination, [profile(id="P1")])
    entry = open_error(destination, "P1")
    assert entry is not None
    assert entry.attempts == 2
    transfer(destination, [ADA])
    assert open_error(destination, "P1") is None


def test_a_filter_skips_and_closes_the_entry(destination: Any) -> None:
    transfer(destination, [profile(id="P1")])
    [came] = transfer(destination, [profile(id="P1", leave_out=True)])
    assert came.problem is not None
    assert (came.result, came.problem.code, came.problem.message) == (
        "skipped",
        "filtered",
        "The filter left it out",
    )
    assert destination.counts() == {"records": 0, "children": 0, "links": 0, "open_errors": 0}


@pytest.mark.parametrize("disabled", ["add", "update"])
def test_a_disabled_collection_skips_and_settles_nothing(disabled: str, destination: Any) -> None:
    if disabled == "update":
        customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    transfer(destination, [profile(id="P1")])
    pipeline = replace(PIPELINE, add=None) if disabled == "add" else replace(PIPELINE, update=None)
    [came] = transfer(destination, [ADA], pipeline)
    assert came.problem is not None
    assert (came.result, came.problem.code) == ("skipped", "collection-disabled")
    assert disabled in came.problem.message
    assert link_of(destination, "P1") is None
    assert open_error(destination, "P1") is not None


def test_unchanged_source_record_is_not_mapped_again(destination: Any) -> None:
    transfer(destination, [ADA])

    def never(attributes: Any, existing: Any) -> Any:
        raise AssertionError("mapped although nothing changed")

    same_version = updating(never, version="v1")
    assert kinds(transfer(destination, [ADA], same_version)) == ["unchanged"]


def test_mapping_again_without_effect_writes_nothing(destination: Any) -> None:
    given = profile(id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com", location=LOCATION)
    transfer(destination, [given])
    wire = Tripwire(destination)
    assert kinds(transfer(wire, [given], always=True)) == ["unchanged"]
    assert not {"add", "update", "add_child", "replace_child", "save_link"} & set(wire.calls)


@pytest.mark.parametrize(("version", "always"), [("v2", False), ("v1", True)])
def test_a_new_version_or_a_persons_wish_maps_again(version: str, always: bool, destination: Any) -> None:
    transfer(destination, [ADA])
    person = {"FirstName": "A person's choice"}
    with destination.unit() as unit:
        unit.update(unit.links(["P1"])["P1"].record_id, person)
    [came] = transfer(destination, [ADA], updating(driven, version=version), always=always)
    assert came.result == "updated"
    link = link_of(destination, "P1")
    assert link is not None
    assert link.version == version


def test_an_older_version_is_stale(destination: Any) -> None:
    newer = profile(id="P1", updated="2024-06-01T11:00:01Z", email="ada@example.com", first_name="New")
    older = profile(id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com", first_name="Old")
    assert kinds(transfer(destination, [newer, older], updating(driven))) == ["added", "stale"]
    assert kinds(transfer(destination, [older], updating(driven), always=True)) == ["stale"]
    [again] = transfer(destination, [newer], updating(driven))
    assert stored(destination, again.record_id).record["FirstName"] == "New"


def test_two_changes_in_one_second_both_count(destination: Any) -> None:
    first = profile(id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com", first_name="One")
    second = profile(id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com", first_name="Two")
    assert kinds(transfer(destination, [first, second], updating(driven))) == ["added", "updated"]


def test_an_older_version_never_passes_for_one_that_failed(destination: Any) -> None:
    newer = profile(id="P1", updated="2024-06-01T11:00:01Z")
    older = profile(id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com")
    assert kinds(transfer(destination, [newer, older])) == ["failed", "stale"]
    assert kinds(transfer(destination, [older])) == ["stale"]
    entry = open_error(destination, "P1")
    assert entry is not None
    assert entry.failure.record == newer


@pytest.mark.parametrize("first", [{"email": "ada@example.com"}, {}])
def test_a_time_in_the_future_makes_nothing_stale(first: dict[str, str], destination: Any) -> None:
    future = profile(id="P1", updated="2099-01-01T00:00:00Z", **first)
    real = profile(id="P1", updated="2024-06-01T11:59:00Z", email="ada@example.com", first_name="Real")
    transfer(destination, [future], updating(driven))
    [came] = transfer(destination, [real], updating(driven))
    assert stored(destination, came.record_id).record["FirstName"] == "Real"
    assert open_error(destination, "P1") is None


def test_no_time_of_change_is_no_reason_to_skip(destination: Any) -> None:
    transfer(destination, [ADA])
    for time in (None, "not a time"):
        given = profile(id="P1", updated=time, email="ada@example.com", first_name=f"{time}")
        assert kinds(transfer(destination, [given], updating(driven))) == ["updated"]


def test_two_profiles_of_one_customer_keep_both_links(destination: Any) -> None:
    twin = profile(id="P2", updated="2024-06-01T11:00:00Z", email="ADA@example.com", first_name="Twin")
    assert kinds(transfer(destination, [ADA, twin])) == ["added", "linked"]
    links = [link_of(destination, one) for one in ("P1", "P2")]
    assert [link and link.rule for link in links] == ["added", "EmailAddress"]
    assert len({link and link.record_id for link in links}) == 1


def test_a_link_keeps_the_rule_that_made_it(destination: Any) -> None:
    customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    transfer(destination, [ADA])
    later = profile(id="P1", updated="2024-06-01T11:30:00Z", email="ada@example.com")
    [came] = transfer(destination, [later])
    assert came.rule == "external_id"
    link = link_of(destination, "P1")
    assert link is not None
    assert link.rule == "EmailAddress"
    assert link.source_updated == START - timedelta(minutes=30)


def test_a_conflict_is_told_and_stays_settled(destination: Any) -> None:
    transfer(destination, [ADA, profile(id="P2", email="bob@example.com")])
    moved = profile(id="P1", updated="2024-06-01T11:30:00Z", email="BOB@example.com", first_name="Ada")
    [came] = transfer(destination, [moved], updating(driven))
    other = link_of(destination, "P2")
    assert other is not None
    assert (came.result, came.record_id, came.rule) == ("updated", other.record_id, "EmailAddress")
    [notice] = came.notices
    assert notice.code == "match-conflict"
    assert "example" not in notice.message
    assert destination.counts()["records"] == 2
    [again] = transfer(destination, [moved], updating(driven), always=True)
    assert (again.result, again.rule, again.notices) == ("unchanged", "external_id", ())


def test_an_email_taken_under_another_path_is_linked_and_updated(destination: Any) -> None:
    """Add remapped to an address that no match rule looks at meets "Email address already exists"."""
    here = customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    add = made(
        ADD,
        "add",
        lambda attributes, existing: {"EmailAddress": attributes["second"], "CustomerNumber": "N/A"},
    )
    pipeline = replace(updating(driven), add=add)
    given = profile(id="P1", email="other@example.com", second="Ada@example.com", first_name="Ada")
    [came] = transfer(destination, [given], pipeline)
    assert (came.result, came.record_id, came.rule, came.collection) == (
        "updated",
        here,
        "EmailAddress",
        UPDATE,
    )
    assert stored(destination, here).record["FirstName"] == "Ada"
    assert destination.counts() == {"records": 1, "children": 0, "links": 1, "open_errors": 0}


def test_an_update_into_a_taken_email_goes_to_its_owner(destination: Any) -> None:
    pipeline = updating(email_driven)
    transfer(destination, [ADA], pipeline)
    owner = customer(destination, EmailAddress="bob@example.com", CustomerNumber="N/A")
    given = profile(id="P1", email="ada@example.com", second_email="bob@example.com")
    [came] = transfer(destination, [given], pipeline)
    assert came.record_id == owner
    assert [notice.code for notice in came.notices] == ["match-conflict"]
    assert destination.counts()["open_errors"] == 0


def test_the_owner_is_found_by_the_field_that_collides(clock: FakeClock) -> None:
    """With two unique fields, the record's own email must not hide whose number is in the way."""
    number = KeyRule("CustomerNumber", "exact", unique=True)
    destination = FakeDestination(replace(RULES, keys=(EMAIL, number)), clock)
    ada = customer(destination, EmailAddress="ada@example.com", CustomerNumber="1")
    owner = customer(destination, EmailAddress="bob@example.com", CustomerNumber="2")
    pipeline = replace(
        updating(lambda attributes, existing: {**existing, "CustomerNumber": attributes.get("number")}),
        match=(MatchField(EMAIL, attribute("email")), MatchField(number, attribute("nothing"))),
    )
    given = profile(id="P1", email="ada@example.com", number="2")
    [came] = transfer(destination, [given], pipeline)
    assert (came.record_id, came.rule) == (owner, "CustomerNumber")
    assert stored(destination, ada).record["CustomerNumber"] == "1"


def test_a_taken_email_does_not_hide_another_fault(destination: Any) -> None:
    customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    add = made(ADD, "add", lambda attributes, existing: {"EmailAddress": attributes["second"]})
    given = profile(id="P1", email="other@example.com", second="ada@example.com")
    [came] = transfer(destination, [given], replace(PIPELINE, add=add))
    assert came.problem is not None
    assert came.problem.message == "A customer number is required"


def test_a_taken_email_with_update_disabled_is_skipped(destination: Any) -> None:
    customer(destination, EmailAddress="ada@example.com", CustomerNumber="N/A")
    add = made(
        ADD,
        "add",
        lambda attributes, existing: {"EmailAddress": attributes["second"], "CustomerNumber": "N/A"},
    )
    given = profile(id="P1", email="other@example.com", second="ada@example.com")
    [came] = transfer(destination, [given], replace(PIPELINE, add=add, update=None))
    assert came.result == "skipped"


def test_an_odd_email_in_the_way_is_a_failure_not_a_match(destination: Any) -> None:
    transfer(destination, [profile(id="P1", email="nobody")])
    [came] = transfer(destination, [profile(id="P2", email="Nobody")])
    assert came.problem is not None
    assert (came.result, came.problem.message) == ("failed", "Email address already exists")


def test_pickers_that_fail_do_not_stop_a_page(destination: Any) -> None:
    def fails(record: Any) -> Any:
        if record.get("id") == "P1":
            raise Fault("source-failed", "the source failed")
        return record.get("attributes", {}).get("email")

    email = PIPELINE.match[1]
    picky = replace(PIPELINE, match=(PIPELINE.match[0], replace(email, value=fails)))  # type: ignore[call-arg]
    both = [ADA, profile(id="P2", email="bob@example.com")]
    [failed, added] = transfer(destination, both, picky)
    assert failed.problem is not None
    assert (failed.problem.code, added.result) == ("source-failed", "added")

    anonymous = replace(PIPELINE, external_id=fails, updated=fails)
    [failed] = transfer(destination, [ADA], anonymous)
    assert failed.problem is not None
    assert failed.problem.code == "source-record-without-id"


def deep() -> Any:
    value: Any = "end"
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("odd", [deep(), 10**5000], ids=["deep", "huge"])
def test_a_record_that_cannot_be_written_fails_alone(odd: Any, destination: Any) -> None:
    [failed, added] = transfer(destination, [{"id": "P1", "odd": odd}, {**ADA, "id": "P2"}])
    assert failed.problem is not None
    assert (failed.subject, failed.problem.code, added.result) == ("P1", "value-too-large", "added")


@pytest.mark.parametrize("odd", [2**70, "\ud800", "a\0b", float("nan"), float("inf")])
def test_odd_values_in_a_source_record_are_no_reason_to_fail(odd: Any, destination: Any) -> None:
    given = profile(id="P1", email="ada@example.com", odd=odd)
    assert kinds(transfer(destination, [given])) == ["added"]
    assert kinds(transfer(destination, [given])) == ["unchanged"]
    assert kinds(transfer(destination, [profile(id="P2", odd=odd)])) == ["failed"]


def test_a_fault_of_ours_costs_only_its_own_record(destination: Any) -> None:
    def breaks(attributes: Any, existing: Any) -> Any:
        if attributes["email"].startswith("bad"):
            raise ZeroDivisionError("ada@example.com")
        return {"EmailAddress": attributes["email"], "CustomerNumber": "N/A"}

    pipeline = replace(PIPELINE, add=made(ADD, "add", breaks))
    given = [profile(id=f"P{n}", email=f"{kind}{n}@example.com") for n, kind in enumerate(["a", "bad", "c"])]
    came = transfer(destination, given, pipeline)
    assert kinds(came) == ["added", "failed", "added"]
    assert came[1].problem is not None
    assert came[1].problem.code == "internal-error"
    assert came[1].problem.message == "The transfer failed on a fault of ours (ZeroDivisionError)"
    assert destination.counts() == {"records": 2, "children": 0, "links": 2, "open_errors": 1}


def test_a_commit_that_breaks_costs_only_its_own_record(clock: FakeClock) -> None:
    destination = FakeDestination(RULES, clock)
    wire = Tripwire(destination, RuntimeError("disk"), at=2, only="commit")
    transfer(wire, [ADA])
    given = [profile(id=f"P{n}", email=f"{n}@example.com") for n in (2, 3)]
    assert kinds(transfer(wire, given)) == ["added", "added"]
    assert wire.calls.count("commit") == 4, "once for Ada, once in vain, once each"


def test_every_code_is_in_the_table(destination: Any) -> None:
    import ast
    from pathlib import Path

    import recordmap.sync

    used = {
        call.args[0].value
        for path in Path(recordmap.sync.__path__[0]).glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("Fault", "Problem")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(used) >= 6
    assert used <= CODES.keys()


def test_versions_are_compared_as_instants(destination: Any) -> None:
    east = profile(id="P1", updated="2024-06-01T13:00:00+02:00", email="ada@example.com", first_name="East")
    west = profile(id="P1", updated="2024-06-01T06:00:01-05:00", email="ada@example.com", first_name="West")
    assert kinds(transfer(destination, [east, west], updating(driven))) == ["added", "updated"]
    link = link_of(destination, "P1")
    assert link is not None
    assert link.source_updated == datetime.fromisoformat("2024-06-01T11:00:01+00:00")


def if_changed(name: str, version: str) -> Any:
    """Return the pipeline whose Update lets the source drive FirstName only where it really changed."""
    pipeline = updating(carry_forward, version)
    assert pipeline.update is not None

    def run(record: Any, existing: Any, parent: Any, now: Any, previous: Any) -> Outcome:
        mapped = carry_forward(record["attributes"], existing)
        before = (previous or {}).get("attributes", {}).get(name)
        if previous is not None and record["attributes"].get(name) != before:
            mapped["FirstName"] = record["attributes"].get(name)
        return Outcome(Kind.MAPPED, {key: value for key, value in mapped.items() if value is not UNSET})

    return replace(pipeline, update=frozen.replace(pipeline.update, function=run, reads_previous=True))


def test_what_was_synced_before_tells_a_change_of_the_source_from_one_of_a_person(destination: Any) -> None:
    pipeline = if_changed("first_name", "v2")
    assert kinds(transfer(destination, [ADA], pipeline)) == ["added"]
    link = link_of(destination, "P1")
    assert link is not None
    with destination.unit() as unit:
        assert unit.previous(["P1", "P2"]) == {"P1": ADA}
        unit.update(link.record_id, {"FirstName": "Countess"})
    again = profile(
        id="P1", updated="2024-06-01T11:01:00Z", email="ada@example.com", first_name="Ada", city="x"
    )
    assert kinds(transfer(destination, [again], pipeline)) == ["unchanged"]
    assert stored(destination, link.record_id).record["FirstName"] == "Countess"
    # Twice in one page: each is told from the one before it, not from the one that the page began with.
    other = profile(id="P1", updated="2024-06-01T11:02:00Z", email="ada@example.com", first_name="Augusta")
    last = profile(
        id="P1", updated="2024-06-01T11:03:00Z", email="ada@example.com", first_name="Augusta", city="y"
    )
    assert kinds(transfer(destination, [other, last], pipeline)) == ["updated", "unchanged"]
    assert stored(destination, link.record_id).record["FirstName"] == "Augusta"


def test_nothing_is_kept_of_a_record_that_failed_or_that_no_template_asks_for(destination: Any) -> None:
    transfer(destination, [ADA])
    with destination.unit() as unit:
        assert unit.previous(["P1"]) == {}
    pipeline = if_changed("first_name", "v2")
    # Nothing is known of what was synced before, so the person's value stays.
    changed = profile(id="P1", updated="2024-06-01T11:01:00Z", email="ada@example.com", first_name="Augusta")
    assert kinds(transfer(destination, [changed], pipeline)) == ["unchanged"]
    bad = profile(id="P1", updated="2024-06-01T11:02:00Z", email="ada@example.com", first_name="nul\0")
    assert kinds(transfer(destination, [bad], pipeline)) == ["failed"]
    with destination.unit() as unit:
        assert unit.previous(["P1"]) == {"P1": changed}


def test_what_was_synced_by_another_template_since_is_not_taken_for_the_last_time(destination: Any) -> None:
    pipeline = if_changed("first_name", "v2")
    transfer(destination, [ADA], pipeline)
    other = profile(id="P1", updated="2024-06-01T11:01:00Z", email="ada@example.com", first_name="Augusta")
    transfer(destination, [other], updating(carry_forward, "v3"))
    again = profile(
        id="P1", updated="2024-06-01T11:02:00Z", email="ada@example.com", first_name="Augusta", city="x"
    )
    assert kinds(transfer(destination, [again], pipeline)) == ["unchanged"]
    destination.drop_previous()
    destination.drop_previous()
    with destination.unit() as unit:
        assert unit.previous(["P1"]) == {}


def test_a_record_that_was_synced_into_another_one_was_not_synced_into_this_one(destination: Any) -> None:
    pipeline = if_changed("first_name", "v2")
    [added] = transfer(destination, [ADA], pipeline)
    bob = customer(destination, EmailAddress="bob@example.com", CustomerNumber="N/A", FirstName="Bob")
    moved = profile(id="P1", updated="2024-06-01T11:01:00Z", email="bob@example.com", first_name="Robert")
    [came] = transfer(destination, [moved], pipeline)
    assert (came.record_id, came.record_id == added.record_id) == (bob, False)
    assert stored(destination, bob).record["FirstName"] == "Bob"
