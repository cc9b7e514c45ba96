"""Whether a record is what its schema says: the door to jsonschema. Slow; for explanations and tests, not for maps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from jsonschema import Draft7Validator
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT7

from recordmap.schema.library import SUFFIX, SchemaLibrary
from recordmap.schema.record import SchemaError

# Only a base for relative references: a name that can't exist, and nothing is ever fetched from it.
_BASE = "https://recordmap.invalid/"


_STRICT = extend(  # type: ignore[no-untyped-call]  # its type information has a gap
    Draft7Validator,
    # JSON Schema takes 1.0 for an integer. A destination that asks for one would not.
    type_checker=Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int),
)


class Misfit(NamedTuple):
    """A part of a record that doesn't fit: the keys and positions that lead to it, and what is wrong with it."""

    path: tuple[str | int, ...]
    words: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'the record'}: {self.words}"


class Validator:
    """Holds records against one schema. References are read from the library and from nowhere else.

    Raises:
        SchemaError: there is no such schema, or it can't be used.
    """

    def __init__(self, name: str, library: SchemaLibrary) -> None:
        library.load(name)
        registry: Registry[Any] = Registry(retrieve=lambda uri: _resource(uri, library))  # type: ignore[call-arg]
        schema = True if name == "any" else {"$ref": f"{_BASE}{name}{SUFFIX}"}
        self._validator = _STRICT(schema, registry=registry)

    def misfits(self, record: Any, *, partial: bool = False) -> Iterator[Misfit]:
        """Yield each part of a record that doesn't fit.

        With `partial` the record is the part that an update writes, which may leave out what the schema requires.
        """
        for error in self._validator.iter_errors(record):
            if partial and error.validator == "required" and not error.absolute_path:
                continue
            yield Misfit(tuple(error.absolute_path), _told(error.validator, error.validator_value))


def misfits(name: str, record: Any, library: SchemaLibrary) -> Iterator[Misfit]:
    """Yield what of a record doesn't fit the schema of that name; see `Validator`.

    Raises:
        SchemaError: there is no such schema, or it can't be used.
    """
    return Validator(name, library).misfits(record)


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
