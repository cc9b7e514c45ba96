"""The mapping of a profile as an engineer would write it by hand, three times.

`customer` is the reference that every time is compared with: readable, and as careful as the template. It does what the
template does, rejects included, but for the limits that nobody writes by hand (length of a text and of a record, NUL
characters, halves of characters). `customer_tuned` is the same written for speed alone, `customer_trusting` what is
left when types, blanks and required fields are not looked at.
"""

from __future__ import annotations

from typing import Any


class RejectedError(ValueError):
    """The record can't become a customer."""


def text(value: Any, field: str) -> str | None:
    """Return a text that is more than blanks, else None.

    Raises:
        RejectedError: it is something else.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise RejectedError(f"{field} must be text")
    return value if value.strip() else None


def customer(profile: dict[str, Any]) -> dict[str, Any]:
    """Return the customer that a Klaviyo profile becomes.

    Raises:
        RejectedError: it has no email address, or something in it has the wrong type.
    """
    attributes = profile.get("attributes") or {}
    email = text(attributes.get("email"), "email")
    if email is None:
        raise RejectedError("An email address is required")
    phone = text(attributes.get("phone_number"), "phone_number")
    first_name = text(attributes.get("first_name"), "first_name")
    last_name = text(attributes.get("last_name"), "last_name")
    company = text(attributes.get("organization"), "organization")

    result: dict[str, Any] = {"EmailAddress": email, "CustomerNumber": phone.strip() if phone else "N/A"}
    if first_name:
        result["FirstName"] = first_name
    if last_name:
        result["LastName"] = last_name
    if company:
        result["Company"] = company

    custom = {}
    email_channel = (attributes.get("subscriptions") or {}).get("email") or {}
    consent = text((email_channel.get("marketing") or {}).get("consent"), "consent")
    if consent:
        custom["Consent"] = consent
    last_active = (attributes.get("properties") or {}).get("Last active")
    if isinstance(last_active, int) and not isinstance(last_active, bool):
        last_active = str(last_active)
    last_active = text(last_active, "Last active")
    if last_active:
        custom["C5_Custom_Customer"] = last_active
    if custom:
        result["CustomFields"] = custom

    location = attributes.get("location")
    if location is not None:
        address = _address(location, first_name, last_name, company, phone)
        if address:
            result["Addresses"] = [address]
    return result


def _address(
    location: Any, first_name: str | None, last_name: str | None, company: str | None, phone: str | None
) -> dict[str, str] | None:
    if not isinstance(location, dict):
        raise RejectedError("location must be an object")
    street = text(location.get("address1"), "address1")
    city = text(location.get("city"), "city")
    country = text(location.get("country"), "country")
    if not (street and city and country):
        return None
    address2 = text(location.get("address2"), "address2")
    region = text(location.get("region"), "region")
    postcode = text(location.get("zip"), "zip")

    address = {}
    if first_name:
        address["FirstName"] = first_name
    if last_name:
        address["LastName"] = last_name
    if company:
        address["Company"] = company
    if phone:
        address["PhoneNumber"] = phone
    address["Address1"] = street
    if address2:
        address["Address2"] = address2
    address["City"] = city
    if region:
        address["Region"] = region
    address["Country"] = country
    if postcode:
        address["PostalCode"] = postcode
    return address


def customer_tuned(profile: dict[str, Any]) -> dict[str, Any]:  # noqa: C901, PLR0912, PLR0915 - that's the point
    """Return the same as `customer`, with every call taken out and every check where it costs least.

    Raises:
        RejectedError: as there.
    """
    attributes = profile.get("attributes") or {}
    get = attributes.get
    email = get("email")
    if not email or not email.strip():
        raise RejectedError("An email address is required")
    phone = get("phone_number")
    result: dict[str, Any] = {
        "EmailAddress": email,
        "CustomerNumber": (phone.strip() or "N/A") if phone else "N/A",
    }
    first_name = get("first_name")
    if first_name and (first_name := first_name if first_name.strip() else None):
        result["FirstName"] = first_name
    last_name = get("last_name")
    if last_name and (last_name := last_name if last_name.strip() else None):
        result["LastName"] = last_name
    company = get("organization")
    if company and (company := company if company.strip() else None):
        result["Company"] = company

    custom = {}
    if (
        (subscriptions := get("subscriptions"))
        and (channel := subscriptions.get("email"))
        and (marketing := channel.get("marketing"))
    ):
        consent = marketing.get("consent")
        if consent and consent.strip():
            custom["Consent"] = consent
    properties = get("properties")
    if properties and (last_active := properties.get("Last active")) is not None:
        if type(last_active) is int:
            custom["C5_Custom_Customer"] = str(last_active)
        elif last_active.strip():
            custom["C5_Custom_Customer"] = last_active
    if custom:
        result["CustomFields"] = custom

    location = get("location")
    if location is None:
        return result
    if type(location) is not dict:
        raise RejectedError("location must be an object")
    get = location.get
    street, city, country = get("address1"), get("city"), get("country")
    if not (street and city and country and street.strip() and city.strip() and country.strip()):
        return result
    address: dict[str, Any] = {}
    if first_name:
        address["FirstName"] = first_name
    if last_name:
        address["LastName"] = last_name
    if company:
        address["Company"] = company
    if phone and phone.strip():
        address["PhoneNumber"] = phone
    address["Address1"] = street
    if (address2 := get("address2")) and address2.strip():
        address["Address2"] = address2
    address["City"] = city
    if (region := get("region")) and region.strip():
        address["Region"] = region
    address["Country"] = country
    if (postcode := get("zip")) and postcode.strip():
        address["PostalCode"] = postcode
    result["Addresses"] = [address]
    return result


def customer_trusting(profile: dict[str, Any]) -> dict[str, Any]:
    """Return what a profile becomes when nothing about it is checked, and nothing is rejected."""
    attributes = profile["attributes"]
    first_name, last_name = attributes["first_name"], attributes["last_name"]
    company, phone = attributes["organization"], attributes["phone_number"]
    result: dict[str, Any] = {"EmailAddress": attributes["email"], "CustomerNumber": phone or "N/A"}
    if first_name:
        result["FirstName"] = first_name
    if last_name:
        result["LastName"] = last_name
    if company:
        result["Company"] = company
    custom = {}
    email_channel = (attributes.get("subscriptions") or {}).get("email") or {}
    consent = (email_channel.get("marketing") or {}).get("consent")
    if consent:
        custom["Consent"] = consent
    last_active = attributes["properties"].get("Last active")
    if last_active:
        custom["C5_Custom_Customer"] = str(last_active)
    if custom:
        result["CustomFields"] = custom
    location = attributes["location"]
    if isinstance(location, dict) and location["address1"] and location["city"] and location["country"]:
        address = {}
        if first_name:
            address["FirstName"] = first_name
        if last_name:
            address["LastName"] = last_name
        if company:
            address["Company"] = company
        if phone:
            address["PhoneNumber"] = phone
        address["Address1"] = location["address1"]
        if location["address2"]:
            address["Address2"] = location["address2"]
        address["City"] = location["city"]
        if location["region"]:
            address["Region"] = location["region"]
        address["Country"] = location["country"]
        if location["zip"]:
            address["PostalCode"] = location["zip"]
        result["Addresses"] = [address]
    return result
