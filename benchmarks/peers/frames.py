"""The mapping as expressions over columns, in Polars. A column has one type, so a location that is text is null."""

from __future__ import annotations

from typing import Any

import polars as pl

_TEXT: Any = pl.String


def _struct(**fields: Any) -> Any:
    return pl.Struct(fields)


_SCHEMA = {
    "attributes": _struct(
        email=_TEXT,
        phone_number=_TEXT,
        first_name=_TEXT,
        last_name=_TEXT,
        organization=_TEXT,
        location=_struct(address1=_TEXT, address2=_TEXT, city=_TEXT, region=_TEXT, country=_TEXT, zip=_TEXT),
        properties=pl.Struct({"Last active": _TEXT}),
        subscriptions=_struct(email=_struct(marketing=_struct(consent=_TEXT))),
    )
}


def map_file(source: str, target: str) -> None:
    """Map NDJSON to NDJSON."""
    attributes = pl.col("attributes").struct
    location = attributes.field("location").struct
    person = {
        "FirstName": attributes.field("first_name"),
        "LastName": attributes.field("last_name"),
        "Company": attributes.field("organization"),
    }
    needed = [location.field(name) for name in ("address1", "city", "country")]
    complete = pl.all_horizontal(*(one.is_not_null() & (one != "") for one in needed))
    address = pl.struct(
        **person,
        PhoneNumber=attributes.field("phone_number"),
        Address1=location.field("address1"),
        Address2=location.field("address2"),
        City=location.field("city"),
        Region=location.field("region"),
        Country=location.field("country"),
        PostalCode=location.field("zip"),
    )
    consent = attributes.field("subscriptions").struct.field("email").struct.field("marketing").struct
    pl.scan_ndjson(source, schema=_SCHEMA, ignore_errors=True).select(
        EmailAddress=attributes.field("email"),
        CustomerNumber=attributes.field("phone_number").fill_null("N/A"),
        **person,
        CustomFields=pl.struct(
            Consent=consent.field("consent"),
            C5_Custom_Customer=attributes.field("properties").struct.field("Last active"),
        ),
        Addresses=pl.when(complete).then(pl.concat_list(address)),
    ).sink_ndjson(target)
