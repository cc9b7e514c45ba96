"""Generated profiles: the same for ever, without memory, realistic and nasty in the shares that were promised."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.keys import normalize_email, normalize_phone
from recordmap.sandbox.generator import NEWEST, People
from recordmap.sandbox.generator.contacts import is_twin

NUMBERS = st.integers(0, 900_000)
SEEDS = st.integers(-(2**70), 2**70)


@given(SEEDS, NUMBERS)
def test_a_profile_follows_from_seed_and_number(seed: int, number: int) -> None:
    one = People(number + 1, seed).profile(number)
    assert one == People(10_000_000, seed)[number]
    assert one != People(number + 1, seed + 1).profile(number)
    assert one["attributes"] == json.loads(orjson.dumps(one["attributes"]))


PINNED = [
    (
        0,
        "01F5A9T40G3XN4VG0ZADDTAARZ",
        "kai.omalley0@mail.example.org",
        "+12015550100",
        "2021-06-02T00:00:00+00:00",
    ),
    (17, "40024", "ines.tremblay17@mail.example.org", "1-220-555-0100", "2021-07-02T12:09:12+00:00"),
    (33, "HciInx", "someone.someone33@mail.example.org", "+12545550100", "2021-07-30T07:13:32+00:00"),
    (249, "01F293R1YR1VR02G22TPP90FJE", None, "+447700900012", "2022-05-31T19:56:44+00:00"),
    (
        261,
        "01FY4ZP5C09FA8AHKFQ83D65S2",
        "ZOE.SOMEONE260@EXAMPLE.ORG",
        "+12835550102",
        "2022-06-14T17:39:43+00:00",
    ),
]


@pytest.mark.parametrize(("number", "profile_id", "email", "phone", "updated"), PINNED)
def test_profiles_stay_the_same(
    number: int, profile_id: str, email: str | None, phone: str, updated: str
) -> None:
    """A profile that changes changes every recorded demonstration."""
    profile = People(1_000_000)[number]
    attributes = profile["attributes"]
    found = profile["id"], attributes.get("email"), attributes["phone_number"], attributes["updated"]
    assert found == (profile_id, email, phone, updated)


@given(SEEDS, NUMBERS)
def test_numbers_are_found_again(seed: int, number: int) -> None:
    people = People(1_000_000, seed)
    assert list(people.having("id", people.id(number))) == [number]
    for field in ("email", "phone_number", "external_id"):
        value = getattr(people, field)(number)
        if value:
            found = list(people.having(field, value))
            assert number in found
            assert len(found) <= 2
            assert all(getattr(people, field)(other) == value for other in found)


@given(
    SEEDS,
    st.sampled_from(["id", "email", "phone_number", "external_id"]),
    st.text() | st.from_regex("[0-9A-Z]+@?"),
)
def test_nobody_is_found_by_any_text(seed: int, field: str, text: str) -> None:
    people = People(50, seed)
    for number in people.having(field, text):
        assert getattr(people, field)(number) == text


@given(SEEDS, NUMBERS)
def test_times_rise_and_lie_in_the_past(seed: int, number: int) -> None:
    people = People(1_000_000, seed)
    first, second = people.updated(number), people.updated(number + 1)
    assert first <= second < NEWEST.timestamp()
    attributes = people[number]["attributes"]
    times = [datetime.fromisoformat(attributes[name]) for name in ("created", "updated")]
    assert times == sorted(times)
    assert times[1] == datetime.fromtimestamp(first, UTC)
    for name in ("created", "updated"):
        assert attributes[name].endswith("+00:00")
        assert len(attributes[name]) == 25


def test_a_million_profiles_need_no_memory() -> None:
    people = People(1_000_000)
    last = people[999_999]
    tracemalloc.start()
    try:
        for profile in islice(people, 2000):
            assert profile["id"]
        assert people.updated(999_999) >= people.updated(500_000)
        assert next(iter(people.having("id", last["id"]))) == 999_999
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.fixture(scope="module")
def thousand() -> list[dict[str, Any]]:
    return list(People(1000))


def test_what_a_thousand_profiles_hold(thousand: list[dict[str, Any]]) -> None:
    attributes = [profile["attributes"] for profile in thousand]
    without = [one for one in attributes if not one.get("email")]
    assert len(without) == 2
    assert all(one["phone_number"].startswith("+") for one in without)
    assert {"email" in one for one in without} == {False}
    ids = [profile["id"] for profile in thousand]
    assert len(set(ids)) == 1000
    lengths = Counter(map(len, ids))
    assert lengths == {26: 960, 5: 20, 6: 20}
    long = [one for one in ids if len(one) == 26]
    assert not set("".join(long)) & set("ILOUilou")
    assert sum(one.isdigit() for one in ids) == 20
    most = Counter(one["updated"] for one in attributes).most_common()
    assert most[0][1] == 130
    assert sum(count for _, count in most if count > 1) > 300


def test_emails_are_unique_but_for_planted_twins() -> None:
    people = People(20_000)
    folded = Counter(email.lower() for number in range(20_000) if (email := people.email(number)))
    exact = Counter(email for number in range(20_000) if (email := people.email(number)))
    assert max(exact.values()) == 1
    twins = [email for email, count in folded.items() if count == 2]
    assert len(twins) == sum(map(is_twin, range(20_000))) == 40
    assert max(folded.values()) == 2
    for email in islice(exact, 3000):
        assert len(email) <= 100
        assert normalize_email(email) is not None


def test_phone_numbers_are_unique_and_mostly_international() -> None:
    people = People(5000)
    phones = [phone for number in range(5000) if (phone := people.phone_number(number)) is not None]
    given = [phone for phone in phones if phone]
    keys = Counter(normalize_phone(phone, "US") for phone in given)
    assert keys.pop(None, 0) == 0
    assert max(keys.values()) == 1
    international = [phone for phone in given if normalize_phone(phone) == phone]
    assert 0.8 < len(international) / len(given) < 0.95
    assert len(phones) - len(given) > 100
    assert 5000 - len(phones) > 500


def test_every_kind_of_hole_occurs(thousand: list[dict[str, Any]]) -> None:
    attributes = [profile["attributes"] for profile in thousand]
    for name in ("first_name", "last_name", "organization", "title"):
        found = {kind(one[name]) for one in attributes}
        assert found >= {"null", "empty", "text"}, name
    locations = [one["location"] for one in attributes]
    assert {} in locations
    assert any(location and set(location.values()) == {None} for location in locations)
    assert any(
        location.get("address1") and location["city"] and location["country"] for location in locations
    )
    assert any(location.get("city") and not location["country"] for location in locations)
    assert {type(location.get("latitude")) for location in locations} == {str, float, type(None)}
    properties = [one["properties"] for one in attributes]
    assert None in properties
    assert {} in properties
    active = [one.get("Last active", "missing") for one in properties if one is not None]
    assert {kind(one) for one in active} >= {"null", "empty", "text"}
    assert active.count("missing") > 100
    keys = {key for one in properties if one for key in one}
    assert any(" " in key for key in keys)
    assert any("." in key for key in keys)
    assert any(key.startswith("$") for key in keys)


def test_every_level_of_consent_occurs(thousand: list[dict[str, Any]]) -> None:
    found = [profile["attributes"]["subscriptions"] for profile in thousand]
    assert {} in found
    assert {"email": {}} in found
    assert any(one.keys() == {"sms"} for one in found)
    marketing = [one["email"]["marketing"] for one in found if one.get("email")]
    assert {one["consent"] for one in marketing} == {"SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED"}
    assert any(len(one) == 2 for one in marketing)
    assert {kind(one.get("consent_timestamp")) for one in marketing} == {"null", "text"}
    assert any(one.get("suppression", []) is None for one in marketing)
    assert any(one.get("suppression") for one in marketing)
    assert any(one.get("list_suppressions") for one in marketing)
    stamps = [one["consent_timestamp"] for one in marketing if one.get("consent_timestamp")]
    assert {"." in stamp for stamp in stamps} == {True, False}
    worth = [profile["attributes"]["predictive_analytics"] for profile in thousand]
    assert any(set(one.values()) == {None} for one in worth)
    assert all(not (one["expected_date_of_next_order"] or "").endswith("+00:00") for one in worth)


def kind(value: Any) -> str:
    return (
        "null" if value is None else "empty" if value == "" else type(value).__name__.replace("str", "text")
    )


def spread(people: People) -> str:
    return "".join(
        str(profile["attributes"]["properties"]) + str(profile["attributes"]["title"]) for profile in people
    )


def test_nastiness_has_its_share() -> None:
    plain, nasty = People(400, nasty=0), People(400, nasty=1)
    differing = sum(one["attributes"] != other["attributes"] for one, other in zip(plain, nasty, strict=True))
    assert differing == 400
    some = sum(one != other for one, other in zip(plain, People(400, nasty=0.02), strict=True))
    assert some == 8
    for mark in ("=cmd", "\n", '"', "\u202e", "\U0001f44d", "DROP TABLE", "xxxxxxxxxx"):
        assert mark not in spread(plain)
    text = json.dumps([profile["attributes"] for profile in nasty], ensure_ascii=False)
    for mark in ("=cmd", "\\n", '\\"', "\u202e", "\U0001f44d", "DROP TABLE", "xxxxxxxxxx", "مرحبا"):
        assert mark in text
    assert all(one.email(number) == plain.email(number) for one in (nasty,) for number in range(400))


@pytest.mark.parametrize(
    ("share", "count"), [(0, 0), (0.001, 1), (0.002, 2), (0.003, 3), (0.5, 500), (1, 1000)]
)
def test_the_share_without_email_is_exact(share: float, count: int) -> None:
    people = People(1000, without_email=share)
    missing = [number for number in range(1000) if people.email(number) is None]
    assert len(missing) == count
    assert all(people.phone_number(number) for number in missing)


def test_impossible_wishes() -> None:
    for wish in (
        {"count": -1},
        {"count": 10**12},
        {"count": 1, "nasty": 1.5},
        {"count": 1, "without_email": -0.1},
    ):
        with pytest.raises(ValueError, match="number"):
            People(**wish)


def test_a_sequence_like_any_other() -> None:
    people = People(10)
    assert len(people) == 10
    assert people[-1] == people[9]
    assert people[2:4] == [people[2], people[3]]
    assert list(people)[5] == people[5]
    with pytest.raises(IndexError):
        people[10]
