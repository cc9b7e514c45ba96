"""Klaviyo's collections in plain Python, as the compiler would make them, and a pipeline of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from recordmap.connectors.destination import KeyRule, Rules
from recordmap.runtime.outcome import Kind, Outcome, Reason, Record
from recordmap.runtime.plan import ChildPolicy, Plan
from recordmap.sync.pipeline import MatchField, MatchLink, Pipeline

ADD = "Add Klaviyo Profile TO iPaaS.com"
UPDATE = "Update Klaviyo Profile TO iPaaS.com"
ADDRESS_FIELDS = frozenset({"FirstName", "Address1", "Address2", "City", "Country"})

EMAIL = KeyRule("EmailAddress", "email", unique=True, message="Email address already exists")
PHONE = KeyRule("CustomerNumber", "phone", ignore=("N/A",), region="US")
RULES = Rules(
    schema="ipaas/customer",
    system="klaviyo",
    required={
        "EmailAddress": "An email address is required",
        "CustomerNumber": "A customer number is required",
    },
    keys=(EMAIL, PHONE),
)


def attribute(name: str) -> Callable[[Record], Any]:
    return lambda record: record.get("attributes", {}).get(name)


def made(
    name: str, operation: str, function: Callable[[Record, Record], Record | str], **policy: bool
) -> Plan:
    """Make a plan of a function that returns a mapped record, or the message of its rejection."""

    def run(record: Any, existing: Any, parent: Any, now: Any, previous: Any) -> Outcome:
        attributes = record.get("attributes") or {}
        if attributes.get("leave_out"):
            return Outcome(Kind.SKIPPED, reason=Reason("filtered", "The filter left it out", name))
        mapped = function(attributes, existing or {})
        if isinstance(mapped, str):
            reason = Reason("required-field-missing", mapped, name, "EmailAddress")
            return Outcome(Kind.REJECTED, reason=reason)
        return Outcome(Kind.MAPPED, {key: value for key, value in mapped.items() if value is not UNSET})

    skip, renew = policy.get("skip_duplicates", True), policy.get("replace", False)
    children = (ChildPolicy("Addresses", f"{name} Address", skip, renew),)
    return Plan(name, operation, f"version of {name}", children, run)


UNSET: Any = object()


def addresses(attributes: Record) -> list[Record]:
    location = attributes.get("location") or {}
    if not all(location.get(part) for part in ("address1", "city", "country")):
        return []
    address = {
        "FirstName": attributes.get("first_name"),
        "Address1": location["address1"],
        "Address2": location.get("address2"),
        "City": location["city"],
        "Country": location["country"],
    }
    return [{name: value for name, value in address.items() if value}]


def add(attributes: Record, existing: Record) -> Record | str:
    if not attributes.get("email"):
        return "An email address is required"
    consent = attributes.get("consent")
    return {
        "EmailAddress": attributes["email"],
        "CustomerNumber": attributes.get("phone_number") or "N/A",
        "FirstName": attributes.get("first_name") or UNSET,
        "CustomFields": {"Consent": consent} if consent else UNSET,
        "Addresses": addresses(attributes),
    }


def carry_forward(attributes: Record, existing: Record) -> Record:
    fields = ("EmailAddress", "CustomerNumber", "FirstName", "Comment")
    return {**{name: existing.get(name, UNSET) for name in fields}, "Addresses": addresses(attributes)}


def driven(attributes: Record, existing: Record) -> Record:
    """Update with FirstName remapped to Klaviyo."""
    return {**carry_forward(attributes, existing), "FirstName": attributes.get("first_name") or UNSET}


def email_driven(attributes: Record, existing: Record) -> Record:
    """Update with EmailAddress remapped to a property that no match rule looks at."""
    return {**carry_forward(attributes, existing), "EmailAddress": attributes.get("second_email") or UNSET}


PIPELINE = Pipeline(
    system="klaviyo",
    version="v1",
    add=made(ADD, "add", add),
    update=made(UPDATE, "update", carry_forward),
    external_id=lambda record: record.get("id"),
    updated=attribute("updated"),
    match=(MatchLink(), MatchField(EMAIL, attribute("email")), MatchField(PHONE, attribute("phone_number"))),
    child_fields={"Addresses": ADDRESS_FIELDS},
)


def updating(
    function: Callable[[Record, Record], Record | str], version: str = "v2", **policy: bool
) -> Pipeline:
    """Return the pipeline with another Update collection, and so another version."""
    return replace(PIPELINE, version=version, update=made(UPDATE, "update", function, **policy))
