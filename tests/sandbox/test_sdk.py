"""Klaviyo's own client against the sandbox. It speaks a newer revision and checks every answer with its models."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recordmap.sandbox import Sandbox
from sandbox.client import KEY, sandbox

with warnings.catch_warnings():
    # Its generated models give fields names that hide those of their base classes.
    warnings.simplefilter("ignore")
    from klaviyo_api import KlaviyoAPI
    from klaviyo_api.filter_builder import FilterBuilder
    from openapi_client.exceptions import ApiException


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandbox(230, nasty=0.1) as served:
        yield served


@pytest.fixture
def klaviyo(box: Sandbox) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = KlaviyoAPI(KEY, max_retries=1, test_host=box.url, options={})
        yield api
        api.api_client.rest_client.pool_manager.clear()


def cursor_of(link: str | None) -> str | None:
    return None if link is None else parse_qs(urlsplit(link).query)["page[cursor]"][0]


def test_a_walk_through_all_pages(box: Sandbox, klaviyo: Any) -> None:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = klaviyo.Profiles.get_profiles(
            page_cursor=cursor,
            page_size=100,
            sort="updated",
            additional_fields_profile=["subscriptions", "predictive_analytics"],
            filter="greater-than(updated,2020-01-01T00:00:00Z)",
        )
        found += [row.id for row in page.data]
        cursor = cursor_of(page.links.next)
        if cursor is None:
            break
    assert found == list(box.ids())


def test_one_profile(box: Sandbox, klaviyo: Any) -> None:
    for profile_id in list(box.ids())[:60]:
        answer = klaviyo.Profiles.get_profile(profile_id, additional_fields_profile=["subscriptions"])
        wanted = box.profile(profile_id)["attributes"]
        found = answer.data.attributes
        assert answer.data.id == profile_id
        assert found.email == wanted.get("email")
        assert found.first_name == wanted["first_name"]
        assert found.updated.isoformat() == wanted["updated"]
        assert (found.properties or {}) == (wanted["properties"] or {})
        assert found.location.city == wanted["location"].get("city")


def test_sparse_fields(klaviyo: Any) -> None:
    page = klaviyo.Profiles.get_profiles(
        fields_profile=["email", "location.city"], page_size=5, sort="-created"
    )
    # With sparse fields it gives plain data, for its models want every field.
    for row in page["data"]:
        assert row["attributes"].keys() <= {"email", "location"}
        assert row["attributes"]["location"].keys() <= {"city"}


def built(operator: str, field: str, value: Any) -> str:
    builder = FilterBuilder()
    getattr(builder, operator)(field, value)
    return str(builder.build())


def test_its_filters(box: Sandbox, klaviyo: Any) -> None:
    profile = box.profile(list(box.ids())[3])
    found = klaviyo.Profiles.get_profiles(
        filter=built("any", "email", ["x@example.org", profile["attributes"]["email"]])
    )
    assert [row.id for row in found.data] == [profile["id"]]
    moment = datetime.fromisoformat(profile["attributes"]["updated"]) - timedelta(seconds=1)
    builder = FilterBuilder()
    builder.greater_than("updated", moment)
    builder.less_than("updated", moment + timedelta(microseconds=2_400_000))
    found = klaviyo.Profiles.get_profiles(filter=builder.build(), page_size=100)
    assert profile["id"] in {row.id for row in found.data}


def test_writing(box: Sandbox, klaviyo: Any) -> None:
    made = klaviyo.Profiles.create_profile(
        {
            "data": {
                "type": "profile",
                "attributes": {"email": "sdk@example.org", "properties": {"Last active": "x"}},
            }
        }
    )
    assert box.profile(made.data.id)["attributes"]["email"] == "sdk@example.org"
    body = {"data": {"type": "profile", "id": made.data.id, "attributes": {"first_name": "Ada"}}}
    klaviyo.Profiles.update_profile(made.data.id, body)
    assert box.profile(made.data.id)["attributes"]["first_name"] == "Ada"
    box.remove(made.data.id)


def test_its_errors(box: Sandbox, klaviyo: Any) -> None:
    for status, ask in (
        (404, lambda: klaviyo.Profiles.get_profile("nobody")),
        (400, lambda: klaviyo.Profiles.get_profiles(filter="nonsense")),
        (400, lambda: klaviyo.Profiles.get_profiles(page_cursor="nonsense")),
    ):
        with pytest.raises(ApiException) as caught:
            ask()
        assert caught.value.status == status


def test_its_retries(box: Sandbox) -> None:
    box.script([{"kind": "throttled", "retry_after": 0}])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = KlaviyoAPI(KEY, max_retries=3, max_delay=0.001, test_host=box.url)
        assert len(api.Profiles.get_profiles(page_size=2).data) == 2
        api.api_client.rest_client.pool_manager.clear()
    assert [seen.fault for seen in box.requests[-2:]] == ["throttled", None]
