"""The journal and what undoing does: on both databases, because a journal is a store's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from postgres.database import empty_database
from recordmap.connectors.journal import Action, JournalEntry
from recordmap.connectors.store import Store, open_store
from recordmap.sync.poll import poll
from recordmap.sync.runs import RunNote
from recordmap.sync.undo import Undone, undo, undo_all
from sync.fakes import START, FakeClock, FakeSource
from sync.plans import PIPELINE, RULES, UPDATE, carry_forward, driven, updating
from sync.support import LOCATION, customer, link_of, open_error, profile, stored, transfer

ADA = profile(
    id="P1", updated="2024-06-01T11:00:00Z", email="ada@example.com", first_name="Ada", consent="YES"
)
DRIVEN = updating(driven)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Iterator[Store]:
    where = tmp_path / "store.db" if request.param == "sqlite" else empty_database()
    opened = open_store(where, RULES, clock=clock)
    yield opened
    opened.close()


def undone(store: Store, *, dry_run: bool = False, **wanted: Any) -> list[Undone]:
    return list(undo(store, store.journal(**wanted), run=RunNote(9), dry_run=dry_run))


def last(store: Store) -> JournalEntry:
    return store.journal(limit=1)[0]


def records(store: Store) -> int:
    return int(store.counts()["records"])


def test_each_write_stands_in_the_journal_with_its_rule(store: Store) -> None:
    bob = customer(store, EmailAddress="bob@example.com", CustomerNumber="N/A", FirstName="Bob")
    given = profile(id="P2", email="bob@example.com", first_name="Robert", location=LOCATION)
    transfer(store, [ADA, given], DRIVEN)
    transfer(store, [ADA, given], DRIVEN, always=True)
    linked, added = store.journal()
    assert (added.action, added.rule, added.external_id) == (Action.ADDED, "added", "P1")
    assert (added.before, added.after, added.children, added.link, added.at) == ({}, {}, (), None, START)
    assert added.digest is not None
    assert (linked.action, linked.rule, linked.record_id, linked.collection) == (
        *(Action.UPDATED, "EmailAddress"),
        *(bob, UPDATE),
    )
    assert (linked.before, linked.after) == ({"FirstName": "Bob"}, {"FirstName": "Robert"})
    assert [(one.into, one.before, (one.after or {})["City"]) for one in linked.children] == [
        ("Addresses", None, "Baltimore")
    ]
    assert linked.makes_link
    assert [one.id for one in store.journal(record_id=bob)] == [linked.id]
    assert [one.id for one in store.journal(external_id="P1")] == [added.id]
    assert [one.id for one in store.journal(before=linked.id)] == [added.id]
    assert store.journal_entry(added.id) == added
    assert store.journal_entry(99) is None


def test_a_link_without_a_change_is_an_entry_and_a_failure_is_none(store: Store) -> None:
    customer(store, EmailAddress="ada@example.com", CustomerNumber="N/A", FirstName="Ada")
    transfer(store, [ADA, profile(id="P2", first_name="Nobody")], updating(carry_forward))
    [entry] = store.journal()
    assert (entry.action, entry.before, entry.after) == (Action.LINKED, {}, {})


def test_an_undo_shows_by_each_entry_that_it_goes_on(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordmap.sync.runs.EVERY", 0.0)
    transfer(store, [ADA, profile(id="P2", email="bob@example.com", first_name="Bob")], DRIVEN)
    told: list[str] = []

    def tell(_: Undone) -> None:
        told.append(store.runs(1)[0].status)
        clock.forward(minutes=4)

    undo_all(store, store.journal(), tell=tell)
    assert (told, store.runs(1)[0].status) == (["running", "running"], "complete")


def test_entries_name_their_run_and_are_pruned_by_age(store: Store, clock: FakeClock) -> None:
    source = FakeSource()
    source.put("P1", "2024-06-01T11:00:00Z", email="ada@example.com")
    report = poll(PIPELINE, source, store, clock=clock)
    assert [one.run_id for one in store.journal(run_id=report.run_id)] == [report.run_id]
    assert store.prune_journal(clock.now - timedelta(days=1), 10) == 0
    clock.forward(days=40)
    source.put("P2", "2024-06-02T11:00:00Z", email="bob@example.com")
    poll(PIPELINE, source, store, clock=clock, tend_errors=True)
    assert [one.external_id for one in store.journal()] == ["P2"]


def test_an_update_goes_back_and_is_not_done_again_by_itself(store: Store) -> None:
    transfer(store, [ADA], DRIVEN)
    changed = profile(id="P1", updated="2024-06-01T11:01:00Z", email="ada@example.com", first_name="Augusta")
    [came] = transfer(store, [changed], DRIVEN)
    [one] = undone(store, record_id=came.record_id, limit=1)
    assert (str(one.ending), one.restored, one.unlinks) == ("undone", ("FirstName",), False)
    assert stored(store, came.record_id).record["FirstName"] == "Ada"
    assert [str(one.result) for one in transfer(store, [changed], DRIVEN)] == ["unchanged"]
    entry = last(store)
    assert (entry.action, entry.undoes, entry.run_id, entry.rule) == (Action.UNDONE, one.entry.id, 9, "undo")
    assert (entry.before, entry.after) == ({"FirstName": "Augusta"}, {"FirstName": "Ada"})
    again = [two for two in undone(store) if two.entry.id != 1]
    assert [(str(two.ending), (two.reason or "")[:20]) for two in again] == [
        ("left", "it tells of an undo,"),
        ("left", "it was undone before"),
    ]


def test_what_people_changed_since_is_left_and_told(store: Store) -> None:
    ada = customer(
        store,
        EmailAddress="ada@example.com",
        CustomerNumber="N/A",
        FirstName="A",
        CustomFields={"Tier": "gold"},
    )
    given = profile(id="P1", email="ada@example.com", first_name="Ada", location=LOCATION)
    transfer(store, [given], DRIVEN)
    [address] = stored(store, ada).children["Addresses"]
    with store.unit() as unit:
        unit.update(ada, {"FirstName": "Countess"})
        unit.replace_child(ada, address.id, {**address.record, "City": "London"}, address.written)
    [one] = undone(store)
    assert (str(one.ending), one.restored, one.unlinks) == ("partly", (), True)
    assert one.left == ("FirstName", f"Addresses #{address.id}")
    after = stored(store, ada)
    assert after.record["FirstName"] == "Countess"
    assert after.children["Addresses"][0].record["City"] == "London"
    assert link_of(store, "P1") is None


def test_fields_and_addresses_that_were_not_there_go_again(store: Store) -> None:
    ada = customer(store, EmailAddress="ada@example.com", CustomerNumber="N/A")
    before = stored(store, ada)
    transfer(store, [profile(id="P1", email="ada@example.com", first_name="Ada", location=LOCATION)], DRIVEN)
    assert stored(store, ada) != before
    [told] = undone(store, dry_run=True)
    assert (told.removes, told.unlinks, str(told.ending)) == (False, True, "undone")
    assert stored(store, ada) != before
    assert undone(store) == [told]
    assert stored(store, ada) == before


def test_a_wrong_link_is_not_made_again(store: Store) -> None:
    phone = "+14155552671"
    other = customer(store, EmailAddress="other@example.com", CustomerNumber=phone)
    wrong = profile(id="P1", email="ada@example.com", phone_number=phone)
    [came] = transfer(store, [wrong])
    assert (came.rule, came.record_id) == ("CustomerNumber", other)
    [one] = undone(store)
    assert (str(one.ending), one.unlinks) == ("undone", True)
    [again] = transfer(store, [wrong])
    assert (str(again.result), again.record_id == other) == ("added", False)
    # With a key that only one record may have there is no other record to go to: it fails, and says so.
    [undo_add] = undone(store, limit=1)
    assert undo_add.removes
    taken = profile(id="P3", email="other@example.com", first_name="Eve")
    transfer(store, [taken], DRIVEN)
    undone(store, limit=1)
    [refused] = transfer(store, [taken], DRIVEN)
    assert (str(refused.result), refused.problem and refused.problem.code) == ("failed", "value-not-unique")
    assert open_error(store, "P3") is not None


def test_an_added_record_goes_and_comes_again_only_when_it_changes(store: Store) -> None:
    [came] = transfer(store, [profile(id="P1", email="ada@example.com", location=LOCATION)])
    removed = stored(store, came.record_id)
    [one] = undone(store)
    assert last(store).before == removed.record, "it stands nowhere else any more"
    assert [child.before for child in last(store).children] == [removed.children["Addresses"][0].record]
    assert (one.removes, records(store), link_of(store, "P1")) == (True, 0, None)
    assert store.counts()["children"] == 0
    same = profile(id="P1", email="ada@example.com", location=LOCATION)
    [skipped] = transfer(store, [same])
    assert (str(skipped.result), skipped.problem and skipped.problem.code) == ("skipped", "undone")
    [manual] = transfer(store, [same], always=True)
    assert str(manual.result) == "added"
    undone(store, limit=1)
    [changed] = transfer(store, [profile(id="P1", email="ada@example.com", title="Countess")])
    assert (str(changed.result), changed.record_id == came.record_id) == ("added", False)


def test_an_added_record_that_was_touched_stays_whole(store: Store) -> None:
    [came] = transfer(store, [ADA])
    assert came.record_id is not None
    entry = last(store)
    transfer(store, [profile(id="P2", email="ada@example.com")])
    [linked] = undo(store, [entry])
    assert (str(linked.ending), linked.reason) == (
        "left",
        f"record {came.record_id} is linked to klaviyo P2 too, so it stays",
    )
    with store.unit() as unit:
        unit.update(came.record_id, {"Comment": "A good customer"})
    [touched] = undo(store, [entry])
    assert (touched.reason or "").endswith("was changed since, so it stays as it is")
    assert link_of(store, "P1") is not None


def test_a_run_is_undone_from_its_end(store: Store) -> None:
    pages = [
        profile(id="P1", email="ada@example.com", first_name="Ada"),
        profile(id="P1", email="ada@example.com", first_name="Augusta"),
        profile(id="P2", email="bob@example.com"),
    ]
    transfer(store, pages, DRIVEN)
    assert [one.restored or one.removes for one in undone(store)] == [True, ("FirstName",), True]
    assert (records(store), store.counts()["links"]) == (0, 0)


def test_a_link_that_moved_goes_back(store: Store) -> None:
    [came] = transfer(store, [ADA])
    bob = customer(store, EmailAddress="bob@example.com", CustomerNumber="N/A")
    [moved] = transfer(store, [profile(id="P1", email="bob@example.com", first_name="Ada")])
    assert moved.record_id == bob
    [one] = undone(store, limit=1)
    assert one.unlinks
    back = link_of(store, "P1")
    assert back is not None
    assert (back.record_id, back.source_hash) == (came.record_id, None)


def test_what_the_store_refuses_leaves_all_as_it_was(store: Store) -> None:
    transfer(store, [ADA], DRIVEN)
    email = updating(lambda attributes, existing: {**existing, "EmailAddress": attributes["email"]}, "v9")
    transfer(store, [profile(id="P1", email="new@example.com", first_name="Ada")], email)
    customer(store, EmailAddress="ada@example.com", CustomerNumber="N/A")
    [one] = undone(store, limit=1)
    assert (str(one.ending), one.reason) == (
        "left",
        "it can't go back to what it was: Email address already exists",
    )
    assert last(store).action is Action.UPDATED


def test_forgetting_a_person_takes_the_journal_along(store: Store) -> None:
    transfer(store, [ADA, profile(id="P2", email="bob@example.com")])
    undone(store, external_id="P2")
    store.forget("P1", keep_out=False)
    store.forget("P2", keep_out=False)
    assert list(store.journal()) == []
    with store.unit() as unit:
        assert unit.partings(["P1", "P2"]) == {}


def test_an_entry_that_another_process_undid_meanwhile_is_left(store: Store) -> None:
    bob = customer(store, EmailAddress="ada@example.com", CustomerNumber="N/A", FirstName="A.")
    transfer(store, [ADA], DRIVEN)
    stale = last(store)
    [first] = undo(store, [stale])
    with store.unit() as unit:
        unit.update(bob, {"FirstName": "Ada"})  # by hand, what the sync had written
    [second] = undo(store, [stale])
    assert first.restored[0] == "FirstName"
    assert (second.ending.value, second.reason) == (
        "left",
        f"it was undone before, by entry {last(store).id}",
    )
    assert stored(store, bob).record["FirstName"] == "Ada"


def test_an_entry_that_was_forgotten_meanwhile_is_left(store: Store) -> None:
    transfer(store, [ADA], DRIVEN)
    stale = last(store)
    store.forget("P1", keep_out=False)
    [told] = undo(store, [stale])
    assert (told.ending.value, told.reason) == ("left", "the journal has it no more")
    assert store.journal() == []
