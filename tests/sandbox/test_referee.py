"""Every answer against Klaviyo's own specification, and the error wording against recorded errors."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.response.exceptions import InvalidData

from recordmap.sandbox import Settings
from sandbox.client import DATA, EVERYTHING, KEY, call, error, headers, ids, pages, sandbox, walk, write

PROFILES = sandbox(400, nasty=0.3)


def loosened(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification, without what real answers are known to break."""
    schemas = spec["components"]["schemas"]
    # The specification's own samples have no offset.
    del schemas["PredictiveAnalytics"]["properties"]["expected_date_of_next_order"]["format"]
    # Consent times were recorded with a blank instead of the T.
    for channel in ("EmailMarketing", "SMSMarketing"):
        for name in ("consent_timestamp", "last_updated"):
            del schemas[channel]["properties"][name]["format"]
    # The file marks as nullable what reading returns; writing returns the same.
    read = schemas["ProfileResponseObjectResource"]["properties"]["attributes"]["properties"]
    for name in ("PostProfileResponse", "PatchProfileResponse"):
        resource = schemas[name]["properties"]["data"]["properties"]
        resource["attributes"]["properties"] |= read
        for relation in ("lists", "segments"):
            del resource["relationships"]["properties"][relation]["required"]
    return spec


@cache
def referee() -> OpenAPI:
    spec = json.loads((DATA / "openapi-profiles-nullable.json").read_text("utf-8"))
    return OpenAPI.from_dict(loosened(spec))


def judge(answer: httpx.Response, method: str = "get", path: str = "/api/profiles/") -> None:
    assert answer.headers["content-type"] == "application/vnd.api+json"
    referee().validate_response(
        MockRequest("https://a.klaviyo.com", method, path),
        MockResponse(answer.content, status_code=answer.status_code, content_type="application/json"),
    )


@pytest.mark.parametrize("revision", ["2023-10-15", "2024-07-15", "2026-10-15"])
@pytest.mark.parametrize("additional", [None, "subscriptions", "predictive_analytics", EVERYTHING])
def test_every_list_page(revision: str, additional: Any) -> None:
    params = {"page[size]": 100}
    if additional is not None:
        params |= additional if isinstance(additional, dict) else {"additional-fields[profile]": additional}
    answer = call(PROFILES, "/api/profiles/", params, given=headers(revision=revision))
    count = 0
    while True:
        judge(answer)
        document = answer.json()
        count += len(document["data"])
        if document["links"]["next"] is None:
            break
        answer = call(PROFILES, document["links"]["next"], given=headers(revision=revision))
    assert count == 400


def test_every_single_profile() -> None:
    for number, profile_id in enumerate(PROFILES.ids()):
        params = EVERYTHING | ({"include": "lists,segments"} if number % 2 else {})
        answer = call(PROFILES, f"/api/profiles/{profile_id}/", params)
        judge(answer, path=f"/api/profiles/{profile_id}/")
        assert answer.json()["data"]["id"] == profile_id
        assert ("included" in answer.json()) == bool(number % 2)


def test_writes() -> None:
    box = sandbox(3)
    made = write(
        box, "POST", "/api/profiles/", {"type": "profile", "attributes": {"email": "new@example.org"}}
    )
    assert made.status_code == 201
    judge(made, "post")
    profile_id = made.json()["data"]["id"]
    path = f"/api/profiles/{profile_id}/"
    changed = write(box, "PATCH", path, {"type": "profile", "id": profile_id, "attributes": {"title": "CEO"}})
    assert changed.status_code == 200
    judge(changed, "patch", path)


def test_the_referee_is_awake() -> None:
    answer = call(PROFILES, "/api/profiles/")
    document = answer.json()
    document["data"][0]["attributes"]["updated"] = "yesterday"
    with pytest.raises(InvalidData):
        judge(httpx.Response(200, json=document, headers={"content-type": "application/vnd.api+json"}))


ERRORS = {
    "400 bad cursor": (200, {"page[cursor]": "bmV4dDo6aWQ6OjAx"}, {}),
    "400 bad filter": (200, {"filter": "equals(updated,1)"}, {}),
    "401 no or wrong scheme": (200, {}, {"authorization": f"Bearer {KEY}"}),
    "401 key not valid": (200, {}, {"authorization": "Klaviyo-API-Key pk_other"}),
    "403 key lacks the scope": (Settings(scopes=frozenset()), {}, {}),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_worded_as_recorded(name: str) -> None:
    how, params, changes = ERRORS[name]
    box = sandbox(1, settings=how) if isinstance(how, Settings) else PROFILES
    answer = call(box, "/api/profiles/", params, given=headers(**changes))
    compare(answer, name)
    judge(answer)


def compare(answer: httpx.Response, name: str, **differing: Any) -> None:
    sample = json.loads((DATA / "error-samples.json").read_text("utf-8"))[name]
    (wanted,) = sample["body"]["errors"]
    found = error(answer)
    assert answer.status_code == sample["status"]
    assert found["id"] != wanted["id"]
    assert found | {"id": ""} == wanted | {"id": ""} | differing


def test_further_recorded_errors() -> None:
    first, second = list(PROFILES.ids())[:2]
    unknown = "01ZZZZZZZZZZZZZZZZZZZZZZZZ"
    answer = call(PROFILES, f"/api/profiles/{unknown}/")
    compare(answer, "404 no such profile")
    judge(answer, path=f"/api/profiles/{unknown}/")
    compare(
        call(PROFILES, "/api/profile-import", method="POST", json={}), "404 endpoint not in this revision"
    )
    answer = call(PROFILES, f"/api/profiles/{first}/", {"include": "profiless"})
    compare(answer, "400 unknown include value")
    answer = call(PROFILES, "/api/profiles/", {"filter": "less-than(updated,2999-01-01)"})
    # The sample comes from another endpoint.
    compare(answer, "400 filter date in the future", source={"parameter": "filter"})
    answer = write(PROFILES, "POST", "/api/profiles/", {"type": "profile", "attributes": {"first_name": "A"}})
    compare(answer, "400 identifier missing on write")
    judge(answer, "post")
    email = PROFILES.profile(second)["attributes"]["email"]
    answer = write(PROFILES, "POST", "/api/profiles/", {"type": "profile", "attributes": {"email": email}})
    compare(answer, "409 duplicate profile", meta={"duplicate_profile_id": second})
    answer = call(PROFILES, "/api/profiles/", given=headers(authorization="Klaviyo-API-Key pk_a b"))
    edge = json.loads((DATA / "error-samples.json").read_text("utf-8"))[
        "400 plain page from the network edge"
    ]
    assert (answer.status_code, answer.text) == (edge["status"], edge["body"])
    assert answer.headers["content-type"].startswith("text/html")


def test_recorded_profiles_come_back_as_they_are() -> None:
    sample = json.loads((DATA / "profile-samples.json").read_text("utf-8"))
    box = sandbox(sample["data"])
    rows = walk(box, sort="id", **{"additional-fields[profile]": "subscriptions"})
    assert ids(rows) == ids(sample["data"])
    for row, wanted in zip(rows, sample["data"], strict=True):
        assert row["attributes"] == wanted["attributes"]
        moved = json.loads(json.dumps(wanted).replace("https://a.klaviyo.com", "http://localhost"))
        assert row == moved
    tied = next(pages(box, {"sort": "-updated", "page[size]": 3}))
    assert [row["attributes"]["updated"] for row in tied][1:] == ["2024-02-11T08:45:30+00:00"] * 2
