"""Forgetting a person: all of them goes, nothing of it stays readable, and nobody else loses anything."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.store.conftest import Place
from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import Link
from recordmap.connectors.errorlog import Failure
from recordmap.connectors.persons import Forgetting
from recordmap.connectors.store import Store, mentions
from recordmap.connectors.store.engines import open_engine
from recordmap.connectors.store.mentions import Mentions
from recordmap.connectors.store.persons import names_a_person
from recordmap.connectors.store.tables import METADATA

CANARY, MARK = "Canary.Quartermain@example.org", "canary"
ID, OTHER_ID = "01CANARYPROFILE", "01OTHERPROFILE"
BOB = {"EmailAddress": "bob@example.org", "CustomerNumber": "+14155550101"}
NOBODYS = {"watermarks", "leases", "runs", "counters", "meta", "key_places", "kept_out"}
"""Tables without anything that tells of a person: of who is kept out they hold a hash."""


def profile(email: str, external_id: str | None = None) -> dict[str, Any]:
    return {"id": external_id, "attributes": {"email": email, "first_name": "canary" * 400}}


def fail(store: Store, subject: str, external_id: str | None, record: Any) -> None:
    with store.unit() as unit:
        unit.log_failure(
            Failure(subject, external_id, "internal-error", "broken", transient=False, record=record)
        )


@pytest.fixture
def canary(store: Store) -> int:
    """A person of whom the store holds all that it can, beside Bob; several versions have been there."""
    with store.unit() as unit:
        bob = unit.add(BOB).id
        unit.save_link(Link("01BOB", bob, "added"))
        person = unit.add({"EmailAddress": CANARY, "CustomerNumber": "N/A"}).id
        unit.save_link(Link(ID, person, "added", source_hash="h"))
        unit.save_link(Link(OTHER_ID, person, "EmailAddress"))
        unit.save_previous(ID, profile(CANARY, ID))
        unit.save_previous("01BOB", {"id": "01BOB"})
        child = unit.add_child(person, "Addresses", {"Address1": "1 Canary Road"}, ID).id
        unit.add_child(bob, "Addresses", {"Address1": "2 Canary Road"}, ID)
        unit.add_child(bob, "Addresses", {"Address1": "3 Robert Road"}, "01BOB")
    for number in range(3):
        with store.unit() as unit:
            unit.update(
                person, {"Comment": f"canary {number} " * 900, "CustomerNumber": f"+1415555012{number}"}
            )
            unit.replace_child(person, child, {"Address1": f"{number} Canary Road"})
    fail(store, ID, ID, profile(CANARY, ID))
    with store.unit() as unit:
        unit.resolve(ID)
    fail(store, ID, ID, None)
    fail(store, OTHER_ID, OTHER_ID, profile("someone@else.example", OTHER_ID))
    fail(store, "#1", None, f'{{"canary cut short": "{CANARY.upper()}", "attr')
    fail(store, "01BOB", "01BOB", {"id": "01BOB", "email": f"not.{CANARY.lower().replace('canary', 'bird')}"})
    return int(person)


def remains(place: Place, store: Store) -> list[str]:
    """Where the canary can still be read: files of SQLite, tables of PostgreSQL."""
    if isinstance(place.where, Path):
        files = [file for file in place.where.parent.iterdir() if file.name.startswith(place.where.name)]
        return [file.name for file in files if MARK.encode() in file.read_bytes().lower()]
    found = []
    with store._engine.connect() as connection:
        for table in METADATA.sorted_tables:
            rows = connection.exec_driver_sql(f"SELECT t::text FROM {table.name} t").scalars()
            found += [table.name for row in rows if MARK in row.lower()]
    return found


@pytest.mark.parametrize("who", [ID, OTHER_ID, CANARY, f"  {CANARY.upper()} "])
def test_nothing_remains_of_a_person(store: Store, place: Place, canary: int, who: str) -> None:
    assert isinstance(store, Forgetting)
    assert remains(place, store)
    held = store.holdings(who)
    assert held.external_ids == (ID, OTHER_ID)
    assert held.counts == {
        "children": 2,
        "record_keys": 2,
        "links": 2,
        "previous_records": 1,
        "errors": 4,
        "records": 1,
    }
    assert store.holdings(who) == held, "looking deletes nothing"
    forgotten = store.forget(who, keep_out=False)
    assert forgotten.external_ids == held.external_ids
    assert forgotten.counts == held.counts
    store.scrub()
    assert remains(place, store) == []
    assert store.holdings(who).counts == {}
    assert (
        dict(store.counts()) | {"records": 1, "children": 1, "links": 1, "open_errors": 1} == store.counts()
    )
    with store.unit() as unit:
        assert unit.kept_out([ID, OTHER_ID]) == set()
        assert unit.links([ID, OTHER_ID, "01BOB"]).keys() == {"01BOB"}
        unit.add({"EmailAddress": CANARY, "CustomerNumber": "N/A"})


def test_a_person_who_only_ever_failed(store: Store, place: Place) -> None:
    fail(store, ID, ID, profile(CANARY, ID))
    assert store.holdings(ID).counts == store.holdings(CANARY).counts == {"errors": 1}
    assert store.forget(CANARY, keep_out=False).counts == {"errors": 1}
    store.scrub()
    assert remains(place, store) == []


def test_links_of_other_systems_lead_to_a_person_too(store: Store, place: Place, rules, canary: int) -> None:
    with closing(place.open(replace(rules, system="shop"))) as shop:
        with shop.unit() as unit:
            unit.save_link(Link("canary in the shop", canary, "EmailAddress"))
        fail(shop, "canary in the shop", "canary in the shop", None)
        fail(shop, ID, ID, {"of": "somebody else with this ID there"})
        assert store.holdings(ID).external_ids == (ID, OTHER_ID)
        assert store.forget(ID, keep_out=False).counts["links"] == 3
        assert [entry.failure.subject for entry in shop.errors()] == [ID]


def test_an_odd_address_finds_its_own_record_only(store: Store) -> None:
    with store.unit() as unit:
        unit.add({"EmailAddress": "none@none", "CustomerNumber": "N/A"})
        unit.add(BOB)
    assert store.holdings("none@none").counts["records"] == 1
    for nobody in ("one@none", "ob@example.org", "bob@example.or", "x" * 5000, "\ud83d", "a\0@b", "%", ""):
        assert store.holdings(nobody).counts == {}


@pytest.mark.parametrize(
    ("held", "asked", "is_theirs"),
    [
        (" 01X", " 01X", True),
        ("01X", " 01X ", True),
        (" 01X", "01X", False),
        ("01x", "01X", False),
        ("x@shop", "x@shop", True),
        ("x@shop ", "x@shop ", True),
        ("%", "_", False),
        ("01X", "%", False),
        ("01X", "01_", False),
        ("01X", "0?*", False),
        ("01X", "' OR 1=1 --", False),
        ("01X", "01X\0", False),
        ("\u0430", "a", False),
        ("#1", "#1", True),
    ],
)
@pytest.mark.parametrize("is_linked", [False, True])
def test_an_id_is_compared_exactly(
    store: Store, held: str, asked: str, is_theirs: bool, is_linked: bool
) -> None:
    """Whether the record of the ID came through or only ever failed, and nothing is known of it but the ID."""
    with store.unit() as unit:
        if is_linked:
            unit.save_link(Link(held, unit.add(BOB).id, "added"))
    fail(store, held, held, None)
    assert bool(store.forget(asked, keep_out=False).counts) is is_theirs
    assert bool(store.errors()) is not is_theirs


def test_both_with_and_without_a_blank(store: Store) -> None:
    fail(store, " 01X", " 01X", None)
    fail(store, "01X", "01X", None)
    assert store.forget(" 01X", keep_out=False).counts == {"errors": 1}
    assert [entry.failure.external_id for entry in store.errors()] == ["01X"]


def test_who_is_kept_out_is_known_by_a_hash_alone(store: Store, place: Place, canary: int) -> None:
    assert store.forget(CANARY, keep_out=True).external_ids == (ID, OTHER_ID)
    store.forget(ID, keep_out=True)
    store.forget("01NEVERSEEN", keep_out=True)
    store.scrub()
    assert remains(place, store) == []
    with store.unit() as unit:
        everybody = {ID, OTHER_ID, "01NEVERSEEN", "01BOB", *map(str, range(600))}
        assert unit.kept_out(everybody) == {ID, OTHER_ID, "01NEVERSEEN"}
    assert store.let_in(ID)
    assert not store.let_in(ID)
    with store.unit() as unit:
        assert unit.kept_out(everybody) == {OTHER_ID, "01NEVERSEEN"}


def test_every_table_is_a_persons_or_nobodys() -> None:
    """A new table has columns by which `persons` finds a person's rows in it, or stands among those without any."""
    tables = {table.name: names_a_person(table) for table in METADATA.sorted_tables}
    assert {name for name, personal in tables.items() if not personal} == NOBODYS


def test_a_file_in_use_is_told(path: Path, rules) -> None:
    place = Place(path)
    with closing(place.open()) as store:
        engine = open_engine(path, 0.05)
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT * FROM records").all()
            store._engine.dispose()
            store._engine = open_engine(path, 0.05)
            with pytest.raises(ConnectorError) as caught:
                store.scrub()
        engine.dispose()
        assert (caught.value.code, caught.value.transient) == ("store-locked", True)
        store.scrub()


@pytest.mark.parametrize(
    ("record", "is_named"),
    [
        ({"email": "ada@example.org"}, True),
        ({"email": "ADA@Example.ORG"}, True),
        ({"deep": [{"note": "mail\nada@example.org, please"}]}, True),
        ({"note": "mailto:ada@example.org."}, True),
        ({"ada@example.org": 1}, True),
        ('{"email": "ada@example.org", "cut', True),
        ({"email": "ada@example.organic"}, False),
        ({"email": "canada@example.org"}, False),
        ({"email": "ada@example.org-x.net"}, False),
        ({"email": "ÉVE@example.org"}, True),
        ({"email": "steve@example.org"}, False),
        ({"email": "E\u0301ve@example.org"}, True),
        ({"email": "ada@EXAMPLE.org\u200b"}, True),
        ('{"email": "ada\\u0040example.org", "cut', True),
        ('{"quoted": "{\\"email\\": \\"\\\\u0061da@example.org', True),
        ('{"email": "can\\u0061da@example.org", "cut', False),
        ({"email": "%", "slashes": "\\" * 200_000 + "\\u00"}, False),
        ({"email": "a_a@example.org"}, False),
        ({"email": "аda@example.org"}, False),  # noqa: RUF001 - a Cyrillic letter, so somebody else
    ],
)
def test_an_error_names_a_person_by_the_whole_address(store: Store, record: Any, is_named: bool) -> None:
    fail(store, "#1", None, record)
    counts = [store.holdings(email).counts for email in ("ada@example.org", "éve@example.org")]
    assert ({"errors": 1} in counts) is is_named


def test_what_is_written_while_the_error_log_is_searched_is_found_too(
    store: Store, canary: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each entry is a slice of its own; one is written over, one is added and one settled after they were read."""
    monkeypatch.setattr(mentions, "_SLICE", 1)
    search, read = Mentions.search, Mentions._read
    again: list[int] = []

    def search_and_be_overtaken(self: Mentions, connect: Any) -> None:
        search(self, connect)
        fail(store, "01BOB", "01BOB", {"id": "01BOB", "friend": CANARY})
        fail(store, "#2", None, f"<{CANARY}>")
        with store.unit() as unit:
            unit.resolve("#1")
        monkeypatch.setattr(Mentions, "_read", count)

    def count(self: Mentions, connection: Any, after: int, last: int, rows: Any) -> Any:
        again.append(last)
        return read(self, connection, after, last, rows)

    monkeypatch.setattr(Mentions, "search", search_and_be_overtaken)
    store.forget(ID, keep_out=False)
    assert {entry.failure.subject for entry in store.errors(None)} == set()
    assert len(again) == 2, "only what was written since is read under the lock"


def test_an_address_that_comes_while_the_error_log_is_searched_is_looked_for_too(
    store: Store, canary: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Mentions.search

    def search_and_be_overtaken(self: Mentions, connect: Any) -> None:
        search(self, connect)
        fail(store, "#3", None, "<second@example.org>")
        with store.unit() as unit:
            unit.update(canary, {"EmailAddress": "second@example.org"})

    monkeypatch.setattr(Mentions, "search", search_and_be_overtaken)
    store.forget(ID, keep_out=False)
    assert "#3" not in {entry.failure.subject for entry in store.errors(None)}
