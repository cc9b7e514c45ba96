"""Record schemas: what a source or destination record looks like.

A record schema is JSON Schema draft-07, and a strict part of it: what this module doesn't know is refused, so that
nothing in a schema is silently without effect. References stay within the file or go to a sibling file of the same
library; nothing is ever fetched. Our own keywords: `x-messages` (the destination's error texts), `x-unique` (a kind
of key that no two records share), `x-recommended` (a field that records should have), `x-custom-fields` (the property
that holds custom fields).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics import RecordmapError
from recordmap.frozen import Frozen, replace
from recordmap.schema.keywords import limits_said, may_be_falsy, texts_said
from recordmap.schema.narrowing import filled
from recordmap.schema.types import ANY, ANY_LISTS, ANY_OBJECTS, Kind, Lists, Objects, Type
from recordmap.schema.unions import kind_of

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_TYPES = 20_000
MAX_TEXT = 100_000
"""Characters that a text can be asked to have: no value has more."""
MAX_LISTED = 1_000
"""Values of an `enum`."""
MAX_REFERENCES = 50
"""References that lead to each other before something is said."""

DEFAULT_CUSTOM_CONTAINER = "CustomFields"
"""Where custom fields go when the destination schema doesn't say."""

_KINDS = {
    "null": Kind.NULL,
    "boolean": Kind.BOOLEAN,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "string": Kind.TEXT,
    "array": Kind.LIST,
    "object": Kind.OBJECT,
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or _is_number(value)


def _is_length(value: Any) -> bool:
    return type(value) is int and 0 <= value <= sys.maxsize


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_KEYWORDS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("$schema", "$id", "$ref", "title", "description", "format", "x-unique"), _is_text),
    **dict.fromkeys(("definitions", "properties", "items"), _is_object),
    "required": _are_names,
    "minLength": lambda value: _is_length(value) and value <= MAX_TEXT,
    "maxLength": _is_length,
    **dict.fromkeys(("minimum", "maximum"), _is_number),
    "examples": lambda value: isinstance(value, list),
    "type": lambda value: _is_text(value) or (_is_list(value) and _are_names(value)),
    "enum": lambda value: _is_list(value) and all(map(_is_scalar, value)),
    "const": _is_scalar,
    "additionalProperties": lambda value: isinstance(value, bool | dict),
    "x-messages": lambda value: _is_object(value) and all(map(_is_text, value.values())),
    **dict.fromkeys(("x-custom-fields", "x-recommended"), lambda value: isinstance(value, bool)),
}
"""What record schemas have, and whether a value is of the kind that it takes."""


class SchemaError(RecordmapError):
    """A record schema can't be used. The message names the place inside it."""


class FieldSchema(Frozen):
    """One field of a record: its type, whether it must or should be there, and the destination's own messages."""

    name: str
    type: Type
    required: bool = False
    description: str | None = None
    messages: Mapping[str, str] = MappingProxyType({})
    unique: str | None = None
    recommended: bool = False

    @property
    def required_message(self) -> str:
        """What a person reads when the field is missing."""
        return self.messages.get("required", f"{self.name} is required")


class RecordSchema(Frozen):
    """A record schema by name. `custom_fields` is the property that holds custom fields, where there is one."""

    name: str
    type: Type
    fields: Mapping[str, FieldSchema]
    custom_container: str | None = None
    custom_fields: Mapping[str, FieldSchema] = MappingProxyType({})
    open_custom_fields: bool = False

    @property
    def existing(self) -> Type:
        """The type of a record that is held as this: what is required is there, and not empty."""
        objects = self.type.objects
        properties = dict(objects.properties)
        for name in objects.required & properties.keys():
            properties[name] = filled(properties[name])
        return replace(self.type, objects=replace(objects, properties=MappingProxyType(properties)))


ANY_SCHEMA = RecordSchema("any", ANY, MappingProxyType({}))
"""The schema that says nothing: any field may be read or written."""


def load_schema(name: str, read: Callable[[str], bytes]) -> RecordSchema:
    """Load the record schema `name`; `read` returns the bytes of a schema by name ("klaviyo/profile").

    Raises:
        SchemaError: there is no such schema, or it uses what record schemas don't have.
    """
    return _Loader(read).load(name)


class _Loader:
    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._documents: dict[str, Any] = {}
        self._count = 0

    def load(self, name: str) -> RecordSchema:
        document = self._document(name)
        whole = self._type(document, name, "", ())
        fields, container, custom, is_open = {}, None, {}, False
        for key, node in document.get("properties", {}).items():
            fields[key] = self._field(key, node, whole)
            if self._resolve(node, name, ())[0].get("x-custom-fields"):
                container = key
                inner = self._resolve(node, name, ())[0]
                custom = {
                    k: self._field(k, n, whole.objects.properties[key])
                    for k, n in inner.get("properties", {}).items()
                }
                is_open = inner.get("additionalProperties", True) is not False
        return RecordSchema(
            name, whole, MappingProxyType(fields), container, MappingProxyType(custom), is_open
        )

    def _document(self, name: str) -> dict[str, Any]:
        if name not in self._documents:
            try:
                data = self._read(name)
            except OSError:
                raise SchemaError(f"there is no record schema '{name}'") from None
            if len(data) > MAX_BYTES:
                raise SchemaError(f"the record schema '{name}' is larger than {MAX_BYTES:,} bytes")
            try:
                document = json.loads(data)
            except (ValueError, RecursionError):
                raise SchemaError(f"the record schema '{name}' is not valid JSON") from None
            if not isinstance(document, dict):
                raise SchemaError(f"the record schema '{name}' is not an object")
            self._documents[name] = document
        document = self._documents[name]
        assert isinstance(document, dict)  # noqa: S101 - just put there
        return document

    def _field(self, key: str, node: Any, owner: Type) -> FieldSchema:
        return FieldSchema(
            name=key,
            type=owner.objects.properties[key],
            required=key in owner.objects.required,
            description=node.get("description"),
            messages=MappingProxyType(dict(node.get("x-messages", {}))),
            unique=node.get("x-unique"),
            recommended=node.get("x-recommended") is True,
        )

    def _resolve(
        self, node: Any, file: str, seen: tuple[str, ...]
    ) -> tuple[dict[str, Any], str, tuple[str, ...]]:
        """Follow `$ref` to the schema it means, and return it with its file and the references on the way."""
        while isinstance(node, dict) and "$ref" in node:
            reference = node["$ref"]
            path, _, pointer = str(reference).partition("#")
            if path:
                file = self._sibling(path, file)
            place = f"{file}#{pointer}"
            if place in seen:
                raise SchemaError(f"{file}: '{reference}' refers to itself")
            if len(seen) >= MAX_REFERENCES:
                raise SchemaError(
                    f"{file}: '{reference}' is one of more than {MAX_REFERENCES} references in a row"
                )
            seen = (*seen, place)
            node = self._document(file)
            for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
                node = node.get(part) if isinstance(node, dict) else None
            if node is None:
                raise SchemaError(f"{file}: '{reference}' refers to nothing")
        if not isinstance(node, dict):
            raise SchemaError(f"{file}: a schema is an object")
        return node, file, seen

    @staticmethod
    def _sibling(path: str, file: str) -> str:
        suffix = ".schema.json"
        folder = file.rpartition("/")[0]
        stem = path.removesuffix(suffix)
        if not path.endswith(suffix) or not all(part.isalnum() for part in stem.replace("_", "-").split("-")):
            raise SchemaError(f"{file}: '{path}' is not a schema beside this one; nothing else is read")
        return f"{folder}/{stem}" if folder else stem

    def _type(self, node: Any, file: str, place: str, seen: tuple[str, ...]) -> Type:
        _refuse_unfit(node, file, place)
        if "$ref" in node:
            node, file, seen = self._resolve(node, file, seen)
            _refuse_unfit(node, file, place)
        self._count += 1
        if self._count > MAX_TYPES or place.count("/") > MAX_DEPTH:
            raise SchemaError(f"{file}: the schema is too large once its references are followed")
        return self._narrowed(node, file, place, seen)

    def _narrowed(self, node: dict[str, Any], file: str, place: str, seen: tuple[str, ...]) -> Type:
        values = [node["const"]] if "const" in node else list(node["enum"]) if "enum" in node else None
        names = node.get("type", list(_KINDS))
        names = [names] if isinstance(names, str) else names
        for name in names:
            if name not in _KINDS:
                raise SchemaError(f"{file}{place}: there is no type '{name}'")
        kinds = {_KINDS[name] for name in names}
        if Kind.NUMBER in kinds:
            kinds.add(Kind.INTEGER)
        if values is not None:
            kinds &= {kind_of(value) for value in values}
        listed = tuple(one for one in values or () if one is not None and kind_of(one) in kinds)
        return Type(
            frozenset(kinds),
            texts=texts_said(node, [one for one in listed if isinstance(one, str)]),
            limits=limits_said(node),
            objects=self._objects(node, file, place, seen),
            lists=self._lists(node, file, place, seen),
            falsy=may_be_falsy(node, values),
            enum=listed or None,
            unsure="type" not in node and values is None,
            description=node.get("description"),
        )

    def _objects(self, node: dict[str, Any], file: str, place: str, seen: tuple[str, ...]) -> Objects:
        if node.keys().isdisjoint(("properties", "required", "additionalProperties")):
            return ANY_OBJECTS
        properties = {
            str(key): self._type(child, file, f"{place}/{key}", seen)
            for key, child in node.get("properties", {}).items()
        }
        extra = node.get("additionalProperties", True)
        return Objects(
            MappingProxyType(properties),
            frozenset(node.get("required", ())),
            open=extra is not False,
            extra=self._type(extra, file, f"{place}/*", seen) if isinstance(extra, dict) and extra else None,
        )

    def _lists(self, node: dict[str, Any], file: str, place: str, seen: tuple[str, ...]) -> Lists:
        if "items" not in node:
            return ANY_LISTS
        return Lists(self._type(node["items"], file, f"{place}/[]", seen))


def _refuse_unfit(node: Any, file: str, place: str) -> None:
    """Raise for keywords that record schemas don't have, and for values that these don't take."""
    if not isinstance(node, dict):
        raise SchemaError(f"{file}{place}: a schema is an object")
    for keyword, value in node.items():
        fits = _KEYWORDS.get(keyword)
        if fits is None:
            raise SchemaError(f"{file}{place}: record schemas don't have '{keyword}'")
        if not fits(value):
            raise SchemaError(f"{file}{place}: '{keyword}' has a value of the wrong kind")
    if len(node.get("enum", ())) > MAX_LISTED:
        raise SchemaError(f"{file}{place}: 'enum' lists more than {MAX_LISTED:,} values")
