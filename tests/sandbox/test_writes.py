"""Profiles changed over HTTP, and from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap.diagnostics import ConfigurationError
from recordmap.sandbox import Sandbox, Settings
from sandbox.client import EVERYTHING, NOW, Clock, call, error, headers, ids, sandbox, walk, write

CASES = yaml.safe_load((Path(__file__).parent / "writes.yaml").read_text("utf-8"))
BEFORE = {
    "email": "a@example.org",
    "phone_number": "+12025550142",
    "external_id": "x-1",
    "first_name": "Old",
    "created": "2024-01-01T00:00:00+00:00",
    "updated": "2024-01-02T00:00:00+00:00",
    "location": {"city": "Leeds", "country": "United Kingdom"},
    "properties": {"n": 1, "tags": ["a", "b"]},
    "subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED", "can_receive_email_marketing": True}}},
}
PROFILE = "01HK3Z8Q5W7M2C9RNT4XVB6YDA"


def account(**options: Any) -> Sandbox:
    other = {"id": "44552", "attributes": {"email": "b@example.org", "updated": "2024-01-03T00:00:00+00:00"}}
    return sandbox([{"id": PROFILE, "attributes": BEFORE}, other], **options)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in CASES])
def test_writes(case: dict[str, Any]) -> None:
    box = account()
    data = case["data"]
    if isinstance(data, dict) and data.get("id") == "{id}":
        data = data | {"id": PROFILE}
    path = "/api/profiles/" if case["method"] == "POST" else f"/api/profiles/{PROFILE}/"
    answer = write(box, case["method"], path, data)
    assert answer.status_code == case["status"], answer.text
    if case["status"] >= 400:
        assert error(answer)["source"] == {"pointer": case["pointer"]}
        assert box.profile(PROFILE)["attributes"] == BEFORE
        assert len(list(box)) == 2
        return
    resource = answer.json()["data"]
    now = NOW.isoformat()
    assert resource["attributes"]["updated"] == now
    assert call(box, f"/api/profiles/{resource['id']}/").json()["data"] == resource
    assert ids(walk(box, sort="updated"))[-1] == resource["id"]
    assert BEFORE["first_name"] == "Old", "what was given is never changed"
    shown = resource["attributes"]
    if case["method"] == "POST":
        assert shown["created"] == now
        assert shown.items() >= {k: v for k, v in data["attributes"].items() if k != "location"}.items()
        assert len(list(box)) == 3
        assert len(resource["id"]) == 26
        return
    assert shown["created"] == BEFORE["created"]
    for name, value in case.get("shows", {}).items():
        assert shown[name] == value
    if "place" in case:
        assert set(shown["location"].values()) == {None}
    whole = call(box, f"/api/profiles/{PROFILE}/", EVERYTHING).json()["data"]
    assert whole["attributes"]["subscriptions"] == BEFORE["subscriptions"]


def test_bodies_that_are_no_json() -> None:
    box = account()
    base = headers(**{"content-type": "application/json"})
    for body in (b"", b"{", b'{"data": NaN}', b"\xff", b'{"data": "\\ud800"}', b"[" * 2000):
        answer = call(box, "/api/profiles/", method="POST", content=body, given=base)
        assert answer.status_code == 400
    for body in (b"[]", b"null", b'"data"', b"{}"):
        answer = call(box, "/api/profiles/", method="POST", content=body, given=base)
        assert error(answer)["source"] == {"pointer": "/data"}
    deep = {"email": "n@example.org", "properties": {"a": nested(200)}}
    answer = write(box, "POST", "/api/profiles/", {"type": "profile", "attributes": deep})
    assert answer.status_code == 400
    deep["properties"] = {"a": nested(90)}
    assert write(box, "POST", "/api/profiles/", {"type": "profile", "attributes": deep}).status_code == 201


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_media_types_and_size() -> None:
    box = account()
    body = b'{"data": {"type": "profile", "attributes": {"email": "n@example.org"}}}'
    for media_type, status in (
        ("text/plain", 415),
        ("", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/vnd.api+json", 201),
    ):
        given = headers(**{"content-type": media_type})
        assert call(box, "/api/profiles", method="POST", content=body, given=given).status_code == status
    given = headers(**{"content-type": "application/json; charset=utf-8"})
    large = b'{"data": "' + b"x" * 5_000_000 + b'"}'
    assert call(box, "/api/profiles", method="POST", content=large, given=given).status_code == 413
    assert (
        call(box, "/api/profiles", {"sort": "id"}, method="POST", content=body, given=given).status_code
        == 400
    )


def test_reading_keys_may_not_write() -> None:
    box = account(settings=Settings(scopes=frozenset({"profiles:read"})))
    assert len(walk(box)) == 2
    answer = write(
        box, "PATCH", f"/api/profiles/{PROFILE}/", {"type": "profile", "id": PROFILE, "attributes": {}}
    )
    assert error(answer)["code"] == "permission_denied"
    answer = write(
        account(), "PATCH", "/api/profiles/nobody/", {"type": "profile", "id": "nobody", "attributes": {}}
    )
    assert error(answer)["code"] == "not_found"


def test_changes_from_python() -> None:
    clock = Clock()
    box = account(clock=clock)
    clock.move(5)
    consent = {"subscriptions": {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}}
    box.change(PROFILE, consent, touch=False)
    attributes = box.profile(PROFILE)["attributes"]
    assert attributes["updated"] == BEFORE["updated"]
    assert attributes["subscriptions"]["email"]["marketing"] == {
        "consent": "UNSUBSCRIBED",
        "can_receive_email_marketing": True,
    }
    box.change(PROFILE, {"location": {"city": "York"}})
    assert box.profile(PROFILE)["attributes"]["updated"] == clock().isoformat()
    box.change(PROFILE, {"updated": None, "phone_number": "(202) 555-0142"})
    assert box.profile(PROFILE)["attributes"]["updated"] is None
    assert ids(walk(box, sort="updated"))[-1] == PROFILE, "without a time it comes last"
    added = box.add({"email": None, "properties": {"deep": {"er": 1}}})
    assert box.profile(added)["attributes"]["updated"] == clock().isoformat()
    assert list(box.ids()) == [PROFILE, "44552", added]
    box.remove("44552")
    assert list(box.ids()) == [PROFILE, added] == [profile["id"] for profile in box]
    for act in (box.remove, box.profile, lambda one: box.change(one, {})):
        with pytest.raises(KeyError):
            act("44552")
    assert call(box, "/api/profiles/44552/").status_code == 404


def test_nothing_handed_in_or_out_is_shared() -> None:
    mine = {"id": "1", "attributes": {"email": "a@example.org", "properties": {"list": [1]}}}
    box = sandbox([mine])
    mine["attributes"]["properties"]["list"].append(2)
    box.profile("1")["attributes"]["properties"]["list"].append(3)
    next(iter(box))["attributes"]["properties"]["list"].append(4)
    change = {"properties": {"more": [1]}}
    box.change("1", change)
    change["properties"]["more"].append(2)
    assert box.profile("1")["attributes"]["properties"] == {"list": [1], "more": [1]}


def test_generated_profiles_are_changed_in_place() -> None:
    box = sandbox(20)
    everybody = list(box.ids())
    box.change(everybody[4], {"first_name": "Changed"})
    box.remove(everybody[5])
    assert ids(walk(box)) == [*everybody[:5], *everybody[6:]]
    assert ids(walk(box, sort="updated"))[-1] == everybody[4]
    assert box.profile(everybody[4])["attributes"]["first_name"] == "Changed"


@pytest.mark.parametrize(
    "profiles",
    [
        -1,
        [{"id": "1"}],
        [{"attributes": None}],
        [{"id": "1", "attributes": {}}, {"id": "1", "attributes": {}}],
    ],
)
def test_profiles_that_cannot_be(profiles: Any) -> None:
    with pytest.raises(ConfigurationError):
        sandbox(profiles)
