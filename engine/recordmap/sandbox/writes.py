"""Bodies that create or update a profile, checked, and what becomes of the profile.

Klaviyo: at least one identifier; an e-mail address has at most 100 characters, an external id 255, a phone number
is E.164; an attribute that is absent stays as it is, null clears it; `meta.patch_properties` appends to, takes from
and removes properties. Everything that lies in the way is told by a pointer into the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from recordmap.sandbox import errors
from recordmap.sandbox.generator import Profile
from recordmap.sandbox.generator.places import ADDRESS_MEMBERS, COORDINATES, LOCATION_MEMBERS

IDENTIFIERS = ("email", "phone_number", "external_id")

_ATTRIBUTES = "/data/attributes"
_NAMES = ("first_name", "last_name", "organization", "locale", "title", "image")
_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_MOST_EMAIL, _MOST_EXTERNAL, _MOST_DEPTH = 100, 255, 100

Change = dict[str, Any]


def read_creation(body: Any) -> Change:
    """Return the attributes of a profile to be made.

    Raises:
        ApiError: the body is not right.
    """
    data = _data(body, ("type", "attributes"))
    attributes = _attributes(data)
    _refuse_without_identifier(attributes)
    return attributes


def read_update(body: Any, profile: Profile) -> Profile:
    """Return a profile as it is after an update. `profile` itself stays as it is.

    Raises:
        ApiError: the body is not right.
    """
    data = _data(body, ("type", "id", "attributes", "meta"))
    if data.get("id") != profile["id"]:
        raise errors.bad_body("/data/id", "The id in the body is not the id in the path.")
    attributes = merged(profile["attributes"], _attributes(data))
    _patch_properties(attributes, data.get("meta"))
    _refuse_without_identifier(attributes)
    return {"id": profile["id"], "attributes": attributes}


def merged(attributes: Mapping[str, Any], change: Mapping[str, Any], levels: int = 1) -> dict[str, Any]:
    """Return attributes with a change laid over them, in objects member by member for some levels below."""
    result = dict(attributes)
    for name, value in change.items():
        before = result.get(name)
        if levels > 0 and isinstance(before, dict) and isinstance(value, Mapping):
            result[name] = merged(before, value, levels - 1)
        else:
            result[name] = value
    return result


def _data(body: Any, known: tuple[str, ...]) -> dict[str, Any]:
    _refuse_deep(body)
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise errors.bad_body("/data", "The data member must be an object.")
    for name in data:
        if name not in known:
            raise errors.bad_body(f"/data/{name}", f"'{name}' is not a valid member of this resource.")
    if data.get("type") != "profile":
        raise errors.bad_body("/data/type", "The type must be 'profile'.")
    return data


def _refuse_deep(body: Any) -> None:
    """Refuse what could not be written out again."""
    level, depth = [body], 0
    while level:
        depth += 1
        if depth > _MOST_DEPTH:
            raise errors.bad_body("/data", f"The body is nested deeper than {_MOST_DEPTH} levels.")
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
        level = inner


def _attributes(data: Mapping[str, Any]) -> Change:
    attributes = data.get("attributes")
    if not isinstance(attributes, dict):
        raise errors.bad_body(_ATTRIBUTES, "The attributes member must be an object.")
    change: Change = {}
    for name, value in attributes.items():
        pointer = f"{_ATTRIBUTES}/{name}"
        check = _CHECKS.get(name)
        if check is None:
            raise errors.bad_body(pointer, f"'{name}' is not a valid field for the resource 'profile'.")
        if value is None and name == "location":
            value = dict.fromkeys(LOCATION_MEMBERS)  # noqa: PLW2901 - null clears each member
        elif value is not None:
            check(pointer, value)
        # It belongs to the browser's own calls, and no answer shows it.
        if name != "anonymous_id":
            change[name] = value
    return change


def _text(pointer: str, value: Any) -> None:
    if not isinstance(value, str):
        raise errors.bad_body(pointer, "The value must be text.")


def _email(pointer: str, value: Any) -> None:
    _text(pointer, value)
    if len(value) > _MOST_EMAIL or _EMAIL.fullmatch(value) is None:
        raise errors.bad_body(pointer, "Invalid email address.")


def _phone(pointer: str, value: Any) -> None:
    _text(pointer, value)
    if _PHONE.fullmatch(value) is None:
        raise errors.bad_body(pointer, "Invalid phone number format: use E.164.")


def _external_id(pointer: str, value: Any) -> None:
    _text(pointer, value)
    if len(value) > _MOST_EXTERNAL:
        raise errors.bad_body(pointer, f"The value is longer than {_MOST_EXTERNAL} characters.")


def _properties(pointer: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise errors.bad_body(pointer, "The value must be an object.")


def _location(pointer: str, value: Any) -> None:
    _properties(pointer, value)
    for name, inner in value.items():
        if name in COORDINATES:
            if inner is not None and (isinstance(inner, bool) or not isinstance(inner, str | int | float)):
                raise errors.bad_body(f"{pointer}/{name}", "The value must be text or a number.")
        elif name not in ADDRESS_MEMBERS:
            raise errors.bad_body(f"{pointer}/{name}", f"'{name}' is not a valid member of a location.")
        elif inner is not None:
            _text(f"{pointer}/{name}", inner)


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "email": _email,
    "phone_number": _phone,
    "external_id": _external_id,
    "anonymous_id": _text,
    **dict.fromkeys(_NAMES, _text),
    "location": _location,
    "properties": _properties,
}


def _refuse_without_identifier(attributes: Mapping[str, Any]) -> None:
    if not any(attributes.get(name) for name in IDENTIFIERS):
        raise errors.bad_body(_ATTRIBUTES, "One or more identifiers is required")


def _patch_properties(attributes: dict[str, Any], meta: Any) -> None:
    """Append to, take from and remove properties."""
    if meta is None:
        return
    pointer = "/data/meta"
    patch = meta.get("patch_properties", {}) if isinstance(meta, dict) else None
    if not isinstance(patch, dict) or not patch.keys() <= {"append", "unappend", "unset"}:
        raise errors.bad_body(pointer, "The meta member is not valid.")
    properties = dict(attributes.get("properties") or {})
    for kind in ("append", "unappend"):
        changes = patch.get(kind, {})
        if not isinstance(changes, dict):
            raise errors.bad_body(f"{pointer}/patch_properties/{kind}", "The value must be an object.")
        for name, value in changes.items():
            before = properties.get(name)
            items = before if isinstance(before, list) else [] if before is None else [before]
            values = value if isinstance(value, list) else [value]
            kept = [item for item in items if item not in values]
            properties[name] = [*items, *values] if kind == "append" else kept
    unset = patch.get("unset", [])
    names = [unset] if isinstance(unset, str) else unset
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise errors.bad_body(
            f"{pointer}/patch_properties/unset", "The value must be text or a list of texts."
        )
    for name in names:
        properties.pop(name, None)
    attributes["properties"] = properties
