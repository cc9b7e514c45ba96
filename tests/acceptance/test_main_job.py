"""The main job as a subscriber knows it: real HTTP to a local Klaviyo API, the shipped templates, a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acceptance.world import World, profile

MakeWorld = Callable[..., World]
ADDRESS = {
    "address1": "418 Tidewater Lane",
    "address2": "Suite 5",
    "city": "Baltimore",
    "region": "Maryland",
    "country": "United States",
    "zip": "21202",
}
MAPPED_ADDRESS = {
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Address1": "418 Tidewater Lane",
    "Address2": "Suite 5",
    "City": "Baltimore",
    "Region": "Maryland",
    "Country": "United States",
    "PostalCode": "21202",
}


def consent(value: Any) -> dict[str, Any]:
    return {"email": {"marketing": {"consent": value}}}


def addresses(world: World, external_id: str) -> list[dict[str, Any]]:
    stored = world.customer(external_id)
    assert stored is not None
    return [child.record for child in stored.children.get("Addresses", ())]


def record(world: World, external_id: str) -> dict[str, Any]:
    stored = world.customer(external_id)
    assert stored is not None
    return stored.record


def test_a_new_profile_becomes_a_customer(world: MakeWorld) -> None:
    here = world(
        profile(
            "01H8TVABCDEF1234567890",
            phone_number="+12025550142",
            organization="Harbor Light Foundation",
            subscriptions=consent("SUBSCRIBED"),
            properties={"Last active": "2024-02-10"},
            location=ADDRESS,
        )
    )
    report = here.poll()
    assert (report.status, report.counts["added"], report.records) == ("complete", 1, 1)
    assert record(here, "01H8TVABCDEF1234567890") == {
        "EmailAddress": "01h8tvabcdef1234567890@example.org",
        "CustomerNumber": "+12025550142",
        "FirstName": "Ada",
        "LastName": "Lovelace",
        "Company": "Harbor Light Foundation",
        "CustomFields": {"Consent": "SUBSCRIBED", "C5_Custom_Customer": "2024-02-10"},
    }
    assert addresses(here, "01H8TVABCDEF1234567890") == [
        {**MAPPED_ADDRESS, "Company": "Harbor Light Foundation", "PhoneNumber": "+12025550142"}
    ]
    assert here.rule("01H8TVABCDEF1234567890") == "added"


def test_the_update_as_delivered_keeps_the_customer(world: MakeWorld) -> None:
    here = world(profile("P1"))
    here.poll()
    before = record(here, "P1")
    here.sandbox.change(
        "P1", {"first_name": "Augusta", "email": "augusta@example.org", "organization": "New"}
    )
    report = here.poll()
    assert report.counts["unchanged"] == 1
    assert record(here, "P1") == before


def test_the_update_after_remapping_propagates(world: MakeWorld) -> None:
    here = world(profile("P1"))
    here.poll()
    here.edit(
        "customer_update.yaml", "    formula: existing.FirstName\n", "    source: attributes.first_name\n"
    )
    here.sandbox.change("P1", {"first_name": "Augusta", "last_name": "King"})
    report = here.poll()
    assert report.counts["updated"] == 1
    assert record(here, "P1")["FirstName"] == "Augusta"
    assert record(here, "P1")["LastName"] == "Lovelace", "only the remapped field follows Klaviyo"


@pytest.mark.parametrize("email", [None, "", "   "])
def test_a_missing_email_fails_and_writes_nothing(world: MakeWorld, email: str | None) -> None:
    here = world(profile("P1", email=email), profile("P2"))
    report = here.poll()
    assert (report.status, report.counts["failed"], report.counts["added"]) == ("complete", 1, 1)
    [entry] = here.errors()
    assert (entry.failure.external_id, entry.failure.message) == ("P1", "An email address is required")
    assert entry.failure.collection == "Add Klaviyo Profile TO iPaaS.com"
    assert entry.failure.field == "EmailAddress"
    assert here.customer("P1") is None
    assert here.counts()["records"] == 1


def test_a_corrected_profile_leaves_the_error_log(world: MakeWorld) -> None:
    here = world(profile("P1", email=None))
    here.poll()
    here.sandbox.change("P1", {"email": "ada@example.org"})
    assert here.poll().counts["added"] == 1
    assert here.errors() == []


def test_without_the_fallback_a_customer_number_is_required(world: MakeWorld) -> None:
    here = world(profile("P1"))
    here.edit("customer_add.yaml", '    formula: trim(value) or "N/A"\n', "")
    report = here.poll()
    assert report.counts["failed"] == 1
    assert [entry.failure.message for entry in here.errors()] == ["A customer number is required"]
    assert here.counts()["records"] == 0


@pytest.mark.parametrize("external_id", ["01H8TVABCDEF1234567890", "44552"])
def test_manual_sync_by_id(world: MakeWorld, external_id: str) -> None:
    here = world(profile(external_id), profile("OTHER"))
    transfer = here.manual(external_id)
    assert (transfer.result, transfer.subject) == ("added", external_id)
    assert here.customer(external_id) is not None
    assert here.customer("OTHER") is None, "a Manual Sync touches nothing else"
    assert here.poll().counts["added"] == 1, "a Manual Sync doesn't move the watermark"


def test_manual_sync_by_an_unknown_id(world: MakeWorld) -> None:
    here = world(profile("P1"))
    transfer = here.manual("01H8NOSUCHPROFILE00000")
    assert transfer.result == "failed"
    assert transfer.problem is not None
    assert transfer.problem.code == "source-record-not-found"


@pytest.mark.parametrize("written", ["ada@example.org", "Ada@Example.ORG", "  ADA@example.org "])
def test_an_email_match_links_instead_of_duplicating(world: MakeWorld, written: str) -> None:
    here = world(profile("P1", email="ada@example.org", first_name="Changed"))
    existing = here.given_customer({"EmailAddress": written, "CustomerNumber": "C-1", "FirstName": "Ada"})
    report = here.poll()
    assert (report.counts["linked"], report.counts["added"]) == (1, 0)
    stored = here.customer("P1")
    assert stored is not None
    assert (stored.id, stored.record["EmailAddress"], stored.record["FirstName"]) == (
        existing,
        written,
        "Ada",
    )
    assert here.rule("P1") == "EmailAddress"


@pytest.mark.parametrize("number", ["+12025550142", "+1 (202) 555-0142"])
def test_a_phone_match_links_instead_of_duplicating(world: MakeWorld, number: str) -> None:
    here = world(profile("P1", email="new@example.org", phone_number="+12025550142"))
    existing = here.given_customer({"EmailAddress": "old@example.org", "CustomerNumber": number})
    here.poll()
    stored = here.customer("P1")
    assert stored is not None
    assert (stored.id, stored.record["EmailAddress"]) == (existing, "old@example.org")
    assert here.rule("P1") == "CustomerNumber"


def test_two_profiles_without_a_phone_stay_two_customers(world: MakeWorld) -> None:
    here = world(profile("P1"), profile("P2", phone_number="  "))
    assert here.poll().counts["added"] == 2
    assert [record(here, one)["CustomerNumber"] for one in ("P1", "P2")] == ["N/A", "N/A"]
    assert here.counts()["records"] == 2


def test_two_profiles_with_one_email_become_one_customer_with_two_links(world: MakeWorld) -> None:
    here = world(profile("P1", email="ada@example.org"), profile("P2", email="ADA@example.org"))
    report = here.poll()
    assert (report.counts["added"], report.counts["linked"]) == (1, 1)
    first, second = here.customer("P1"), here.customer("P2")
    assert first is not None
    assert first == second
    assert (here.counts()["records"], here.counts()["links"]) == (1, 2)


@pytest.mark.parametrize("missing", ["address1", "city", "country"])
@pytest.mark.parametrize("value", [None, "", " "])
def test_an_incomplete_address_is_left_out(world: MakeWorld, missing: str, value: str | None) -> None:
    here = world(profile("P1", location={**ADDRESS, missing: value}))
    assert here.poll().counts["added"] == 1
    assert addresses(here, "P1") == []


def test_a_complete_address_arrives(world: MakeWorld) -> None:
    here = world(profile("P1", location={**ADDRESS, "address2": "", "zip": None}))
    here.poll()
    assert addresses(here, "P1") == [
        {key: value for key, value in MAPPED_ADDRESS.items() if key not in ("Address2", "PostalCode")}
    ]


def test_an_identical_address_is_not_doubled_and_a_changed_one_is_added(world: MakeWorld) -> None:
    here = world(profile("P1", location=ADDRESS))
    here.poll()
    here.sandbox.change("P1", {"title": "Dr."})
    assert here.poll().counts["unchanged"] == 1
    assert addresses(here, "P1") == [MAPPED_ADDRESS]
    here.sandbox.change("P1", {"location": {**ADDRESS, "city": "Annapolis"}})
    assert here.poll().counts["updated"] == 1
    assert addresses(here, "P1") == [MAPPED_ADDRESS, {**MAPPED_ADDRESS, "City": "Annapolis"}]
    here.sandbox.change("P1", {"location": ADDRESS})
    here.poll()
    assert len(addresses(here, "P1")) == 2


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, None),
        ({"Last active": None}, None),
        ({"Last active": ""}, None),
        ({"Last active": "  "}, None),
        ({"Last active": "2024-02-10"}, "2024-02-10"),
        ({"Last active": 20240210}, "20240210"),
        ({"Last Active": "another key"}, None),
    ],
)
def test_last_active(world: MakeWorld, properties: dict[str, Any], expected: str | None) -> None:
    here = world(profile("P1", properties=properties))
    here.poll()
    assert record(here, "P1").get("CustomFields", {}).get("C5_Custom_Customer") == expected


@pytest.mark.parametrize(
    "subscriptions",
    [
        None,
        {},
        {"email": None},
        {"email": {}},
        {"email": {"marketing": None}},
        {"email": {"marketing": {}}},
        consent(None),
    ],
)
def test_consent_missing_at_each_level(world: MakeWorld, subscriptions: Any) -> None:
    here = world(profile("P1", subscriptions=subscriptions))
    assert here.poll().counts["added"] == 1
    assert "CustomFields" not in record(here, "P1")


def test_an_unchanged_second_poll_writes_nothing(world: MakeWorld) -> None:
    here = world(profile("P1", location=ADDRESS), profile("P2"))
    here.poll()
    before = here.counts()
    report = here.poll()
    assert (report.counts["unchanged"], report.counts["added"], report.counts["updated"]) == (2, 0, 0)
    assert here.counts() == before


def test_a_failing_klaviyo_leaves_the_watermark(world: MakeWorld) -> None:
    here = world(*(profile(f"P{number}") for number in range(3)))
    here.edit("integration.yaml", "page_size: 100 ", "page_size: 1\n    attempts: 1 ")
    here.sandbox.script([{"kind": "server_error", "page": 3, "times": "always"}])
    report = here.poll()
    assert (report.status, report.message) == (
        "failed",
        "Klaviyo temporarily unavailable (HTTP 503; tried once)",
    )
    assert report.watermark_after is None
    here.sandbox.script([])
    report = here.poll()
    assert report.status == "complete"
    assert here.counts()["records"] == 3


def test_a_stop_ends_the_wait_for_another_try(world: MakeWorld) -> None:
    here = world(*(profile(f"P{number}") for number in range(3)))
    here.edit("integration.yaml", "page_size: 100 ", "page_size: 1\n    longest_wait: 3600 ")
    here.sandbox.script([{"kind": "throttled", "page": 2, "retry_after": "3600", "times": "always"}])
    report = here.poll(stop=lambda: len(here.sandbox.requests) == 2)
    assert (report.status, report.counts["added"], report.watermark_after) == ("stopped", 1, None)
    here.sandbox.script([])
    assert here.poll().counts["added"] == 2


def test_ten_profiles_of_one_second_and_a_late_one_are_all_there(world: MakeWorld) -> None:
    here = world(*(profile(f"P{number}") for number in range(10)))
    here.edit("integration.yaml", "page_size: 100 ", "page_size: 3 ")
    assert here.poll().counts["added"] == 10
    here.sandbox.add({"email": "late@example.org", "updated": "2024-02-11T08:45:30+00:00"})
    assert here.poll().counts["added"] == 1
    assert here.counts()["records"] == 11
