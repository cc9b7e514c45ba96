"""Engines that map one Python object to another: each function returns such a mapping, compiled and ready.

None of the packages is a dependency of recordmap: the functions raise `ImportError` where one is not installed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Mapping = Callable[[Any], Any]


CAREFUL = "customer_careful"
"""A program that does all that the template does, rejects included; `customer` trusts its records."""


def program(suffix: str, name: str = "customer") -> str:
    """Return a mapping as it is written in the language with that file suffix."""
    return (Path(__file__).parent / f"{name}.{suffix}").read_text(encoding="utf-8")


def jmespath() -> Mapping:
    """Return one JMESPath expression for the whole record."""
    engine = import_module("jmespath")

    search: Mapping = engine.compile(program("jmespath")).search
    return search


def jsonata2py(name: str = "customer") -> Mapping:
    """Return JSONata translated to Python code."""
    engine = import_module("jsonata2py")

    evaluate: Mapping = engine.compile(program("jsonata", name)).evaluate
    return evaluate


def jsonata_python() -> Mapping:
    """Return JSONata in Python."""
    engine = import_module("jsonata")

    evaluate: Mapping = engine.Jsonata(program("jsonata")).evaluate
    return evaluate


def jsonatapy() -> Mapping:
    """Return JSONata in Rust."""
    engine = import_module("jsonatapy")

    evaluate: Mapping = engine.compile(program("jsonata")).evaluate
    return evaluate


def jlens(name: str = "customer") -> Mapping:
    """Return another JSONata in Rust."""
    engine = import_module("jlens")

    evaluate: Mapping = engine.Expression(program("jsonata", name)).evaluate
    return evaluate


def jq() -> Mapping:
    """Return jq, in C."""
    engine = import_module("jq")

    compiled = engine.compile(program("jq"))
    return lambda record: compiled.input_value(record).first()


def jaq() -> Mapping:
    """Return jq, in Rust."""
    engine = import_module("jaq")

    first: Mapping = engine.compile(program("jq")).first
    return first


def vrl() -> Mapping:
    """Return the Vector Remap Language, in Rust."""
    engine = import_module("pyvrl")

    remap: Mapping = engine.Transform(program("vrl")).remap
    return remap


def glom() -> Mapping:
    """Return glom, with a specification of Python objects."""
    engine = import_module("glom")
    Coalesce, Spec = engine.Coalesce, engine.Spec  # noqa: N806 - classes

    def optional(path: str) -> Any:
        return Coalesce(path, default=None)

    def complete(location: Any) -> bool:
        return isinstance(location, dict) and all(location[key] for key in ("address1", "city", "country"))

    person = {
        "FirstName": "attributes.first_name",
        "LastName": "attributes.last_name",
        "Company": "attributes.organization",
    }
    address = Spec(
        {
            **person,
            "PhoneNumber": "attributes.phone_number",
            "Address1": "attributes.location.address1",
            "Address2": "attributes.location.address2",
            "City": "attributes.location.city",
            "Region": "attributes.location.region",
            "Country": "attributes.location.country",
            "PostalCode": "attributes.location.zip",
        }
    )
    last_active = engine.T["attributes"]["properties"]["Last active"]
    whole = Spec(
        {
            "EmailAddress": "attributes.email",
            "CustomerNumber": Coalesce("attributes.phone_number", skip=None, default="N/A"),
            **person,
            "CustomFields": {
                "Consent": optional("attributes.subscriptions.email.marketing.consent"),
                "C5_Custom_Customer": Coalesce((last_active, str), default=None),
            },
            "Addresses": lambda record: (
                [address.glom(record)] if complete(record["attributes"]["location"]) else None
            ),
        }
    )
    mapping: Mapping = whole.glom
    return mapping


def singer() -> Mapping:
    """Return a stream map of the Singer SDK: simpleeval for every property."""
    engine = import_module("singer_sdk.mapper")

    logging.getLogger("singer_sdk").setLevel(logging.ERROR)
    place = "attributes['location']"
    channel = "attributes['subscriptions']['email']['marketing']"
    active = "attributes['properties']['Last active']"
    person = {
        "FirstName": "attributes['first_name']",
        "LastName": "attributes['last_name']",
        "Company": "attributes['organization']",
    }
    address = {
        **person,
        "PhoneNumber": "attributes['phone_number']",
        "Address1": f"{place}['address1']",
        "Address2": f"{place}['address2']",
        "City": f"{place}['city']",
        "Region": f"{place}['region']",
        "Country": f"{place}['country']",
        "PostalCode": f"{place}['zip']",
    }
    # Neither a text nor null has the key, so this is false for them.
    complete = f"{place} and 'address1' in {place} and " + " and ".join(
        f"{place}['{key}']" for key in ("address1", "city", "country")
    )
    shown = ", ".join(f"'{name}': {made}" for name, made in address.items())
    fields = {
        "EmailAddress": "attributes['email']",
        "CustomerNumber": "attributes['phone_number'] or 'N/A'",
        **person,
        "CustomFields": (
            f"{{'Consent': {channel}['consent'] if 'subscriptions' in attributes and {channel} else None,"
            f" 'C5_Custom_Customer': str({active}) if 'Last active' in attributes['properties'] else None}}"
        ),
        "Addresses": f"[{{{shown}}}] if {complete} else None",
        "__else__": None,
    }
    stream = engine.CustomStreamMap(
        "profiles", {}, {}, {"properties": {"attributes": {"type": "object"}}}, None, fields, None
    )
    transform: Mapping = stream.transform
    return transform
