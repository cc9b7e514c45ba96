"""The filter parameter: a table of filters against recorded profiles, and any text at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recordmap.sandbox import Settings
from sandbox.client import DATA, NOW, call, error, ids, sandbox, walk

CASES = yaml.safe_load((Path(__file__).parent / "filters.yaml").read_text("utf-8"))
RECORDED = json.loads((DATA / "profile-samples.json").read_text("utf-8"))["data"]
BOX = sandbox(RECORDED)
SORTS = [
    name
    for key in (
        *("id", "created", "updated", "email"),
        "subscriptions.email.marketing.suppression.timestamp",
        "subscriptions.email.marketing.list_suppressions.timestamp",
    )
    for name in (key, f"-{key}")
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in CASES])
def test_filters(case: dict[str, Any]) -> None:
    if "status" in case:
        answer = call(BOX, "/api/profiles/", {"filter": case["filter"]})
        assert answer.status_code == case["status"]
        assert error(answer)["source"] == {"parameter": "filter"}
        return
    wanted = {RECORDED[number]["id"] for number in case["gives"]}
    found = ids(walk(BOX, filter=case["filter"]))
    assert set(found) == wanted
    assert len(found) == len(wanted)
    for sort in SORTS:
        assert set(ids(walk(BOX, filter=case["filter"], sort=sort, **{"page[size]": 1}))) == wanted


def test_the_table_refuses_and_gives() -> None:
    assert len({case["why"] for case in CASES}) == len(CASES)
    assert sum("status" in case for case in CASES) > 50
    assert sum(bool(case.get("gives")) for case in CASES) > 30


FRAGMENTS = st.sampled_from(
    [
        *(
            "equals",
            "any",
            "greater-than",
            "less-than",
            "greater-or-equal",
            "and",
            "or",
            "(",
            ")",
            ",",
            "[",
            "]",
        ),
        *('"', "'", "\\", "\\u00e9", "\\ud800", " ", "+", "email", "id", "updated", "created", "_kx", "null"),
        *(
            "2024-02-11",
            "T08:45:29",
            "Z",
            "+00:00",
            ".5",
            "1",
            "-",
            "true",
            '"a"',
            "subscriptions.email.marketing.",
        ),
        *("suppression.timestamp", "list_suppressions.list_id", "\n", "é", "\U0001f600", "(email,"),
    ]
)
WELL_FORMED = st.builds(
    "{}({},{})".format,
    st.sampled_from(["equals", "any", "greater-than", "less-than", "less-or-equal"]),
    st.sampled_from(
        ["email", "updated", "created", "_kx", "subscriptions.email.marketing.suppression.timestamp"]
    ),
    st.one_of(
        st.text().map(json.dumps),
        st.lists(st.text(), max_size=3).map(json.dumps),
        st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        st.integers().map(str),
    ),
)
ANY_TEXT = (
    st.text()
    | st.lists(FRAGMENTS, max_size=12).map("".join)
    | st.lists(WELL_FORMED, max_size=3).map(",".join)
)


@given(ANY_TEXT)
@example("and(" * 1500)
@example("any(id,[" * 1500)
@example('equals(id,"' + "9" * 5000 + '")')
@example('equals(id,"' + "9" * 26 + '")')
@example('equals(phone_number,"+")')
@example('any(email,["' + '","'.join(f"x{number}@y" for number in range(500)) + '"])')
def test_any_text_is_answered_or_refused(text: str) -> None:
    answer = call(GENERATED, "/api/profiles/", {"filter": text, "sort": "-updated"})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert error(answer)["source"] == {"parameter": "filter"}


GENERATED = sandbox(300, nasty=0.2)
TIMES = [profile["attributes"]["updated"] for profile in GENERATED]


@settings(max_examples=30)
@given(st.integers(0, 299), st.integers(-1, 1), st.sampled_from(SORTS))
def test_bounds_split_all_profiles(number: int, step: int, sort: str) -> None:
    moment = datetime.fromisoformat(TIMES[number]) + timedelta(seconds=step)
    text = moment.isoformat()
    below = walk(GENERATED, sort=sort, filter=f"less-than(updated,{text})")
    above = walk(GENERATED, sort=sort, filter=f"greater-than(updated,{text})")
    assert all(row["attributes"]["updated"] < text for row in below)
    assert all(row["attributes"]["updated"] > text for row in above)
    assert len(below) + len(above) + TIMES.count(text) == 300


@pytest.mark.parametrize("field", ["id", "email", "phone_number", "external_id"])
def test_each_profile_is_found_by_its_identifiers(field: str) -> None:
    everybody = [(profile["id"], profile) for profile in GENERATED]
    by_value: dict[str, set[str]] = {}
    for profile_id, profile in everybody:
        value = profile_id if field == "id" else profile["attributes"].get(field)
        if value is not None:
            by_value.setdefault(value, set()).add(profile_id)
    for value, wanted in by_value.items():
        assert set(ids(walk(GENERATED, filter=f"equals({field},{json.dumps(value)})"))) == wanted
    assert len(by_value) > 100


def test_a_bound_may_have_to_be_older() -> None:
    box = sandbox(5, settings=Settings(newest_bound=5))
    for age, status in ((5, 200), (4, 400)):
        text = (NOW - timedelta(seconds=age)).isoformat()
        assert call(box, "/api/profiles/", {"filter": f"greater-than(updated,{text})"}).status_code == status


def test_bounds_may_include_their_own_second() -> None:
    box = sandbox(RECORDED, settings=Settings(inclusive_bounds=True))
    found = walk(box, filter="greater-than(updated,2024-02-11T08:45:30Z)")
    assert ids(found) == [RECORDED[number]["id"] for number in (0, 3, 4)]


def test_a_broken_offset_may_be_ignored() -> None:
    box = sandbox(RECORDED, settings=Settings(ignore_broken_bounds=True))
    assert len(walk(box, filter="greater-than(updated,2024-02-12T00:00:00 00:00)")) == 5
