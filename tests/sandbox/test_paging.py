"""Walks through all pages: everything once, in order, also where ties cross the edge of a page."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordmap.sandbox import Settings
from sandbox.client import Clock, call, error, ids, pages, sandbox, walk

BOX = sandbox(800)
KEYS = {
    "id": lambda row: row["id"],
    "created": lambda row: row["attributes"]["created"],
    "updated": lambda row: row["attributes"]["updated"],
    "email": lambda row: row["attributes"].get("email"),
    "subscriptions.email.marketing.suppression.timestamp": lambda row: latest(row, "suppression"),
    "subscriptions.email.marketing.list_suppressions.timestamp": lambda row: latest(row, "list_suppressions"),
}


def latest(row: dict[str, Any], kind: str) -> str | None:
    marketing = row["attributes"]["subscriptions"].get("email", {}).get("marketing", {})
    return max((each["timestamp"] for each in marketing.get(kind) or []), default=None)


def sortable(value: Any) -> tuple[bool, Any]:
    return (value is None, value or "")


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("sort", [None, *KEYS, *(f"-{key}" for key in KEYS)])
def test_every_walk_is_whole_and_sorted(sort: str | None, size: int) -> None:
    box = BOX if size > 1 else sandbox(130)
    params: dict[str, Any] = {"page[size]": size, "additional-fields[profile]": "subscriptions"}
    if sort:
        params["sort"] = sort
    found = list(pages(box, params))
    assert all(len(page) == size for page in found[:-1])
    rows = [row for page in found for row in page]
    assert len(set(ids(rows))) == len(rows)
    assert set(ids(rows)) == set(box.ids())
    if sort:
        values = [sortable(KEYS[sort.lstrip("-")](row)) for row in rows]
        assert values == sorted(values, reverse=sort.startswith("-"))


def test_ties_cross_the_edges_of_pages() -> None:
    found = list(pages(BOX, {"page[size]": 100, "sort": "updated"}))
    edges = [(before[-1], after[0]) for before, after in pairwise(found)]
    tied = [one["attributes"]["updated"] == other["attributes"]["updated"] for one, other in edges]
    assert any(tied), "an import of 130 profiles is more than a page"
    assert not all(tied)


@pytest.mark.parametrize("sort", ["updated", "-updated", "id", "-email"])
def test_back_again(sort: str) -> None:
    params = {"page[size]": 30, "sort": sort}
    forth = list(pages(BOX, params))
    answer = call(BOX, "/api/profiles/", params)
    while (link := answer.json()["links"]["next"]) is not None:
        answer = call(BOX, link)
    back = [answer.json()["data"]]
    while (link := answer.json()["links"]["prev"]) is not None:
        answer = call(BOX, link)
        back.append(answer.json()["data"])
        assert answer.json()["links"]["next"] is not None
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in forth]


@settings(max_examples=25)
@given(
    st.integers(0, 60),
    st.integers(0, 2**40),
    st.integers(1, 100),
    st.sampled_from([*KEYS, *(f"-{key}" for key in KEYS)]),
    st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["change", "remove", "add"])), max_size=20),
)
def test_any_account_is_walked_whole(
    count: int, seed: int, size: int, sort: str, edits: list[tuple[int, str]]
) -> None:
    clock = Clock()
    box = sandbox(count, seed=seed, clock=clock)
    edit(box, clock, edits)
    params = {"page[size]": size, "sort": sort, "additional-fields[profile]": "subscriptions"}
    rows = [row for page in pages(box, params) for row in page]
    assert sorted(ids(rows)) == sorted(box.ids())
    values = [sortable(KEYS[sort.lstrip("-")](row)) for row in rows]
    assert values == sorted(values, reverse=sort.startswith("-"))


def edit(box: Any, clock: Clock, edits: list[tuple[int, str]]) -> None:
    for place, kind in edits:
        there = list(box.ids())
        clock.move(place % 3)
        if kind == "add":
            box.add({"email": f"added{place}@example.org"})
        elif place < len(there):
            if kind == "change":
                box.change(there[place], {"first_name": "Changed"})
            else:
                box.remove(there[place])


def test_a_profile_changed_during_a_walk_comes_again_at_its_end() -> None:
    clock = Clock()
    box = sandbox(30, clock=clock)
    first = next(box.ids())
    walking = pages(box, {"page[size]": 10, "sort": "updated"})
    rows = next(walking)
    box.change(first, {"title": "Changed"})
    rows += [row for page in walking for row in page]
    assert ids(rows).count(first) == 2
    assert rows[-1]["id"] == first
    assert rows[-1]["attributes"]["title"] == "Changed"
    assert set(ids(rows)) == set(box.ids())


def test_a_profile_that_vanishes_disturbs_nobody() -> None:
    box = sandbox(30)
    everybody = list(box.ids())
    walking = pages(box, {"page[size]": 10, "sort": "updated"})
    first = ids(next(walking))
    box.remove(first[-1])
    box.remove(everybody[15])
    rest = ids(row for page in walking for row in page)
    assert set(first) | set(rest) == set(everybody) - {everybody[15]}
    assert len(first) + len(rest) == 29


def test_a_cursor_serves_its_own_walk_only() -> None:
    params = {"page[size]": 5, "sort": "updated"}
    link = call(BOX, "/api/profiles/", params).json()["links"]["next"]
    cursor = call(BOX, link).request.url.params["page[cursor]"]
    wrong = [
        params | {"sort": "-updated"},
        params | {"filter": "less-than(updated,2026-01-01)"},
        {"page[size]": 5},
    ]
    for other in wrong:
        answer = call(BOX, "/api/profiles/", other | {"page[cursor]": cursor})
        assert error(answer)["detail"] == "Invalid cursor provided."
    assert call(BOX, "/api/profiles/", params | {"page[cursor]": cursor, "page[size]": 50}).status_code == 200
    other_box = sandbox(800, key="pk_" + "0" * 34)
    answer = call(
        other_box, link, given={"authorization": "Klaviyo-API-Key pk_" + "0" * 34, "revision": "2026-10-15"}
    )
    assert error(answer)["detail"] == "Invalid cursor provided."


@given(st.data())
def test_a_damaged_cursor_is_refused(data: st.DataObject) -> None:
    params = {"page[size]": 5, "sort": "updated"}
    link = call(BOX, "/api/profiles/", params).json()["links"]["next"]
    cursor = call(BOX, link).request.url.params["page[cursor]"]
    place = data.draw(st.integers(0, len(cursor) - 1))
    damage = data.draw(st.sampled_from(["", "A", "B", "-", "=", "é", "\x00", "AA"]))
    damaged = cursor[:place] + damage + cursor[place + 1 :]
    answer = call(BOX, "/api/profiles/", params | {"page[cursor]": damaged})
    assert answer.status_code == (200 if damaged == cursor else 400)


def test_a_cursor_may_grow_old() -> None:
    clock = Clock()
    box = sandbox(10, clock=clock, settings=Settings(cursor_lifetime=60))
    link = call(box, "/api/profiles/", {"page[size]": 5}).json()["links"]["next"]
    clock.move(60)
    assert call(box, link).status_code == 200
    clock.move(1)
    assert error(call(box, link))["detail"] == "Invalid cursor provided."


def test_a_change_may_be_seen_late() -> None:
    clock = Clock()
    box = sandbox(5, clock=clock, settings=Settings(visible_after=30))
    first = next(box.ids())
    box.change(first, {"title": "Changed"})
    added = box.add({"email": "new@example.org"})
    assert call(box, f"/api/profiles/{first}").json()["data"]["attributes"]["title"] == "Changed"
    assert call(box, f"/api/profiles/{added}").status_code == 200
    assert first == ids(walk(box, sort="updated"))[0]
    assert len(walk(box)) == 5
    assert walk(box, filter='equals(email,"new@example.org")') == []
    clock.move(30)
    assert ids(walk(box, sort="updated"))[-2:] == [first, added]
    assert len(walk(box, filter='equals(email,"new@example.org")')) == 1
