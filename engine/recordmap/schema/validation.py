"""Whether a record is what its schema says: the door to jsonschema. Slow; for explanations and tests, not for maps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT7

from recordmap.schema.library import SUFFIX, SchemaLibrary
from recordmap.schema.record import SchemaError

# Only a base for relative references: a name that can't exist, and nothing is ever fetched from it.
_BASE = "https://recordmap.invalid/"


def misfits(name: str, record: Any, library: SchemaLibrary) -> Iterator[str]:
    """Yield, for each part of a record that doesn't fit its schema, where it stands and what is wrong, without values.

    References are read from the library and from nowhere else.

    Raises:
        SchemaError: there is no such schema, or it can't be used.
    """
    library.load(name)
    if name == "any":
        return
    registry: Registry[Any] = Registry(retrieve=lambda uri: _resource(uri, library))  # type: ignore[call-arg]
    validator = Draft7Validator({"$ref": f"{_BASE}{name}{SUFFIX}"}, registry=registry)
    for error in validator.iter_errors(record):
        place = ".".join(str(part) for part in error.absolute_path) or "the record"
        yield f"{place}: {_told(error.validator, error.validator_value)}"


def _resource(uri: str, library: SchemaLibrary) -> Resource[Any]:
    try:
        data = library.read(uri.removeprefix(_BASE).removesuffix(SUFFIX))
    except SchemaError:
        raise NoSuchResource(ref=uri) from None  # type: ignore[call-arg]  # attrs, which mypy does not see through
    return Resource.from_contents({**json.loads(data), "$id": uri}, default_specification=DRAFT7)


def _told(keyword: object, demanded: object) -> str:
    """Return a sentence about a keyword; jsonschema's own messages repeat values."""
    match keyword:
        case "type":
            kinds = demanded if isinstance(demanded, list) else [demanded]
            return f"the schema says {' or '.join(map(str, kinds))}"
        case "required":
            return "something that the schema requires is missing"
        case "additionalProperties":
            return "there is more than the schema allows"
        case _:
            return f"the schema says {keyword} {json.dumps(demanded)}"
