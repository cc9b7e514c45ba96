"""The keys of template files and what is said of them: read from the JSON Schemas that any YAML editor uses too.

A part of a schema that refers to a definition has its name as a role: it says what a text there means (a `source`, a
`formula`, a `collection_name`), and so what can be offered. `_ROLES` are the names that mean something here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from recordmap.resources import data_folder

Path = Sequence[str | None]
"""Keys from the top of a file on; None stands for an item of a list."""


class Kind(StrEnum):
    """What a template file is: the name of its schema."""

    COLLECTION = "collection"
    OVERLAY = "overlay"
    INTEGRATION = "integration"
    CASES = "cases"


class Role(StrEnum):
    """What a text in a template file means; the value is the name of the definition in the schemas."""

    SOURCE = "source"
    FORMULA = "formula"
    COLLECTION = "collection_name"
    SCHEMA = "schema_name"
    LOOKUP = "lookup_name"
    FIELD = "field_name"
    CUSTOM_FIELD = "custom_field_name"
    SOURCE_RECORD = "source_record"
    PARENT_RECORD = "parent_record"
    PREVIOUS_RECORD = "previous_record"
    DESTINATION_RECORD = "destination_record"
    EXPECTED_RECORD = "expected_record"


_ROLES = {role.value: role for role in Role}
_ROLE = "x-role"


@dataclass(frozen=True, slots=True)
class Word:
    """A key as its schema explains it. `values` are all that it may have, where they are a list."""

    key: str
    description: str
    values: tuple[object, ...]
    default: object
    required: bool
    holds_map: bool


class Vocabulary:
    """The schema of one kind of template file, asked by paths of keys."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    def keys(self, path: Path) -> dict[str, Word]:
        """Return the keys that can stand in the map at a path."""
        words: dict[str, Word] = {}
        for node in self._at(path):
            for key, part in node.get("properties", {}).items():
                words.setdefault(key, self._word(key, part, node))
        return words

    def word(self, path: Path) -> Word | None:
        """Return the last key of a path as its schema explains it."""
        return self.keys(path[:-1]).get(path[-1] or "") if path else None

    def values(self, path: Path) -> tuple[object, ...]:
        """Return the values that the schema lists for a path."""
        found: dict[str, object] = {}
        for node in self._at(path):
            for value in [*node.get("enum", ()), *([node["const"]] if "const" in node else ())]:
                # The word null is a value like the others here: what it means is the same with quotes and without.
                found.setdefault("null" if value is None else str(value), "null" if value is None else value)
        return tuple(found.values())

    def role(self, path: Path) -> Role | None:
        """Return what a text at a path means."""
        return next((_ROLES[name] for node in self._at(path) if (name := node.get(_ROLE)) in _ROLES), None)

    def key_role(self, path: Path) -> Role | None:
        """Return what the keys of the map at a path mean, where anybody may choose them."""
        names = (self._resolved(node.get("propertyNames", {})).get(_ROLE) for node in self._at(path))
        return next((_ROLES[name] for name in names if name in _ROLES), None)

    def owner(self, path: Path) -> tuple[Role, Path] | None:
        """Return the role of the nearest place above a path that has one, and the rest of the path below it."""
        for length in range(len(path), 0, -1):
            role = self.role(path[:length])
            if role is not None:
                return role, path[length:]
        return None

    def _at(self, path: Path) -> list[dict[str, Any]]:
        nodes = list(self._alternatives(dict(self._schema)))
        for step in path:
            parts = [part for node in nodes for part in self._below(node, step)]
            nodes = [one for part in parts for one in self._alternatives(self._resolved(part))]
        return nodes

    @staticmethod
    def _below(node: Mapping[str, Any], step: str | None) -> Iterator[dict[str, Any]]:
        known = node.get("items") if step is None else node.get("properties", {}).get(step)
        other = None if step is None else node.get("additionalProperties")
        part = other if known is None else known
        if isinstance(part, dict):
            yield part

    def _alternatives(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for part in node.get("oneOf", ()):
            yield self._resolved(part)

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference; what stands beside it is said of this place, and stands above the definition's words."""
        if "$ref" not in node:
            return node
        name = node["$ref"].rpartition("/")[2]
        definition: dict[str, Any] = self._schema["definitions"][name]
        return {**definition, **node, _ROLE: name}

    def _word(self, key: str, node: dict[str, Any], owner: Mapping[str, Any]) -> Word:
        whole = self._resolved(node)
        parts = [whole, *whole.get("oneOf", ())]
        values = [value for part in parts for value in part.get("enum", ())]
        return Word(
            key,
            whole.get("description", ""),
            tuple(dict.fromkeys("null" if value is None else value for value in values)),
            whole.get("default"),
            key in owner.get("required", ()),
            whole.get("type") in ("object", "array"),
        )


@cache
def vocabulary(kind: Kind) -> Vocabulary:
    """Return the vocabulary of a kind of file; the shipped schemas are read once."""
    file = data_folder("schemas") / f"{kind.value}.schema.json"
    return Vocabulary(json.loads(file.read_text(encoding="utf-8")))
