"""Who may ask, what may be asked, and what an answer shows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap.sandbox import Settings, make_key
from recordmap.sandbox.revisions import REVISIONS
from sandbox.client import EVERYTHING, KEY, Clock, call, error, headers, ids, sandbox, walk

CASES = yaml.safe_load((Path(__file__).parent / "requests.yaml").read_text("utf-8"))
BOX = sandbox(120)
SOMEBODY = next(BOX.ids())


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in CASES])
def test_requests(case: dict[str, Any]) -> None:
    given = headers(**(case.get("headers") or {}))
    given = {name: value.replace("{key}", KEY) for name, value in given.items()}
    path = case.get("path", "/api/profiles/").replace("{id}", SOMEBODY)
    answer = call(
        BOX, f"http://localhost{path}", case.get("params"), method=case.get("method", "GET"), given=given
    )
    assert answer.status_code == case["status"], answer.text
    assert not answer.is_redirect
    if case.get("html"):
        assert "<html>" in answer.text
    elif case["status"] == 200:
        assert "data" in answer.json()
        assert len(answer.json()["data"]) == case.get("rows", len(answer.json()["data"]))
    else:
        found = error(answer)
        assert found["code"] == case.get("code", "invalid")
        for kind in ("parameter", "pointer"):
            if kind in case:
                assert found["source"] == {kind: case[kind]}


def test_no_error_and_no_log_holds_the_key() -> None:
    assert len(BOX.requests) >= len(CASES)
    for seen in BOX.requests:
        assert "authorization" not in seen.headers
        assert KEY not in repr(seen)
    for case in CASES:
        given = {n: v.replace("{key}", KEY) for n, v in headers(**(case.get("headers") or {})).items()}
        answer = call(BOX, "/api/profiles/", case.get("params"), given=given)
        assert KEY not in answer.text


def test_a_missing_revision_may_fall_forward() -> None:
    box = sandbox(1, settings=Settings(missing_revision="fall-forward"))
    assert call(box, "/api/profiles/", given=headers(revision=None)).status_code == 200


SHAPES = [
    # when, asked, whether locale and further channels are shown
    ("2024-01-01", "2023-10-15", False, False),
    ("2025-06-01", "2023-10-15", False, False),
    ("2025-10-14", "2023-10-15", False, False),
    ("2025-10-15", "2023-10-15", False, False),
    ("2026-02-14", "2023-10-15", False, False),
    ("2026-02-15", "2023-10-15", True, False),
    ("2026-11-24", "2023-10-15", True, True),
    ("2026-11-24", "2026-10-15", True, True),
    ("2026-11-24", "2026-12-24", True, True),
    ("2040-01-01", "2023-10-15", True, True),
]


@pytest.mark.parametrize(("when", "asked", "locale", "channels"), SHAPES)
def test_a_retired_revision_is_answered_by_the_oldest_alive(
    when: str, asked: str, locale: bool, channels: bool
) -> None:
    clock = Clock(datetime.fromisoformat(when).replace(tzinfo=UTC))
    rows = call(sandbox(20, clock=clock), "/api/profiles/", EVERYTHING, given=headers(revision=asked)).json()[
        "data"
    ]
    assert any("locale" in row["attributes"] for row in rows) == locale
    kinds = {kind for row in rows for kind in row["attributes"]["subscriptions"]}
    assert ("mobile_push" in kinds) == channels
    inner = {kind for row in rows for kind in row["attributes"]["subscriptions"].get("sms", {})}
    assert inner == ({"marketing", "transactional"} if channels else {"marketing"})


def test_retirement_can_be_switched_off() -> None:
    box = sandbox(20, settings=Settings(retirement=False))
    opted = headers(x_klaviyo_revision_fall_forward_opt_out="1")
    rows = call(box, "/api/profiles/", given=opted).json()["data"]
    assert not any("locale" in row["attributes"] for row in rows)
    gone = call(box, "/api/profiles/", given=opted | {"revision": "2023-09-15"})
    assert error(gone)["code"] == "gone"
    assert list(REVISIONS) == sorted(set(REVISIONS))


def attributes(**params: str) -> list[dict[str, Any]]:
    return [row["attributes"] for row in walk(BOX, **params)]


def test_what_is_given_on_request_only() -> None:
    for params in ({}, {"fields[profile]": "email,subscriptions,predictive_analytics"}):
        for row in attributes(**params):
            assert not row.keys() & {"subscriptions", "predictive_analytics"}
    for row in attributes(**{"additional-fields[profile]": "subscriptions"}):
        assert "subscriptions" in row
        assert "predictive_analytics" not in row
    for row in attributes(**EVERYTHING):
        assert {"subscriptions", "predictive_analytics"} <= row.keys()


def test_sparse_fields() -> None:
    whole = {profile["id"]: profile["attributes"] for profile in BOX}
    wanted = "email,location.city,location.zip,subscriptions.email.marketing.consent"
    rows = walk(BOX, **{"fields[profile]": wanted, "additional-fields[profile]": "subscriptions"})
    for row in rows:
        full, shown = whole[row["id"]], row["attributes"]
        assert set(shown) == {"email", "location", "subscriptions"} & full.keys()
        assert shown.get("email") == full.get("email")
        assert shown["location"] == {k: v for k, v in full["location"].items() if k in ("city", "zip")}
        marketing = full["subscriptions"].get("email", {}).get("marketing")
        if marketing is not None:
            assert shown["subscriptions"] == {"email": {"marketing": {"consent": marketing["consent"]}}}
        assert {"type", "id", "links", "relationships"} <= row.keys()
    both = attributes(**{"fields[profile]": "location,location.city"})
    assert any("country" in row["location"] for row in both), "the whole of it outdoes a part"


def test_links_stay_on_the_origin_and_repeat_the_parameters() -> None:
    params = {
        "page[size]": "7",
        "sort": "-updated",
        "filter": "greater-than(updated,2020-01-01T00:00:00+00:00)",
    }
    for origin in ("http://localhost", "http://127.0.0.1:1234", "http://localhost:65535"):
        for path in ("/api/profiles", "/api/profiles/"):
            links = call(BOX, f"{origin}{path}", params).json()["links"]
            assert links["prev"] is None
            for name in ("self", "next"):
                url = call(BOX, links[name]).request.url
                assert str(url).startswith(f"{origin}{path}?")
                sent = dict(url.params)
                assert (sent.pop("page[cursor]", None) is None) == (name == "self")
                assert sent == params
    row = call(BOX, f"/api/profiles/{SOMEBODY}").json()["data"]
    assert row["links"] == {"self": f"http://localhost/api/profiles/{SOMEBODY}/"}
    assert call(BOX, row["links"]["self"]).json()["data"] == row


@pytest.mark.parametrize(
    "host", ["a.klaviyo.com", "localhost.evil.example", "127.0.0.1.nip.io", "", "localhost:x"]
)
def test_a_request_for_another_host_is_refused(host: str) -> None:
    answer = call(BOX, "/api/profiles/", given=headers(host=host))
    assert answer.status_code == 421
    assert "data" not in answer.text


def test_keys() -> None:
    assert make_key(7) == make_key(7) != make_key(8)
    assert make_key() != make_key()
    for key in (make_key(), make_key(1)):
        assert key.startswith("pk_")
        assert len(key) == 37
        assert key.isascii()


def test_head_and_media_type() -> None:
    answer = call(BOX, "/api/profiles/", method="HEAD")
    assert answer.status_code == 200
    plain = sandbox(1, settings=Settings(media_type="application/json"))
    assert call(plain, "/api/profiles/").headers["content-type"] == "application/json"
    assert len(ids(walk(plain))) == 1
