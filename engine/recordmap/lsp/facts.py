"""What is known at a place in a template file: record types, names, lookups, and the collections around.

The file's own facts come from its outline, because it may be unfinished; everything else comes from the project as
it was read last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recordmap.expression.functions.spec import FunctionSpec
from recordmap.lsp.entries import Entry
from recordmap.lsp.formulas import ITEM
from recordmap.lsp.outline import Outline
from recordmap.lsp.paths import items_of, property_of, type_of
from recordmap.lsp.vocabulary import Kind
from recordmap.schema.record import ANY_SCHEMA, FieldSchema, RecordSchema, SchemaError
from recordmap.schema.types import ANY, Objects, Type
from recordmap.schema.types import Kind as ValueKind
from recordmap.schema.unions import or_null
from recordmap.template.model import Collection
from recordmap.workspace import Workspace

_ABOUT_A_COLLECTION = (Kind.CASES, Kind.OVERLAY)
"""Files about a collection that stands in a file of its own."""


@dataclass(frozen=True)
class Facts:
    """The facts of one file. `file` is its name in the findings of `workspace`."""

    kind: Kind
    outline: Outline
    workspace: Workspace
    file: str | None = None

    @property
    def functions(self) -> Mapping[str, FunctionSpec]:
        """The functions that formulas may call."""
        return self.workspace.functions

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections of the project by name."""
        return self.workspace.collections

    @cached_property
    def names(self) -> dict[str, Entry]:
        """The entries under `names`."""
        return self._named("names")

    @cached_property
    def lookups(self) -> dict[str, Entry]:
        """The entries under `lookups`."""
        return self._named("lookups")

    @property
    def filled(self) -> set[str]:
        """The destination fields that child records go into."""
        children = self.outline.root.get("children")
        return {one.text("into") for one in children.children} if children is not None else set()

    def schema(self, name: str) -> RecordSchema:
        """Return a record schema by name; one that says nothing where it can't be used."""
        try:
            return self.workspace.schemas.load(name) if name else ANY_SCHEMA
        except SchemaError:
            return ANY_SCHEMA

    def collection_at(self, entry: Entry) -> Collection | None:
        """Return the collection that a place of a cases file or an overlay is about."""
        if self.kind is Kind.OVERLAY:
            return self.collections.get(self.outline.root.text("overlay"))
        case: Entry | None = entry
        while case is not None and case.path[:-1] != ("cases",):
            case = case.parent
        name = (case.text("collection") if case else "") or self.outline.root.text("collection")
        return self.collections.get(name)

    def destination(self, entry: Entry) -> RecordSchema:
        """Return the schema of destination records at a place."""
        if self.kind in _ABOUT_A_COLLECTION:
            collection = self.collection_at(entry)
            return self.schema(collection.destination.text if collection else "")
        keys = ("destination", "schema") if self.kind is Kind.INTEGRATION else ("destination",)
        return self.schema(self.outline.root.text(*keys))

    def record(self, entry: Entry) -> Type:
        """Return the type of source records at a place; `each` reads from the parent's."""
        root = self.outline.root
        if self.kind is Kind.INTEGRATION:
            return self.schema(root.text("source", "schema")).type
        if entry.path == ("each",):
            return self.parent(entry)
        if self.kind in _ABOUT_A_COLLECTION:
            collection = self.collection_at(entry)
            return self.schema(collection.source.text if collection else "").type
        return self.schema(root.text("source")).type

    def parent(self, entry: Entry) -> Type:
        """Return the type of the parent's source records at a place."""
        if self.kind in _ABOUT_A_COLLECTION:
            collection = self.collection_at(entry)
            return self.schema(collection.child_of.text if collection and collection.child_of else "").type
        return self.schema(self.outline.root.text("child_of")).type

    def previous(self, entry: Entry) -> Type:
        """Return the type of the record that was synced before: in a child collection, the parent's."""
        if self.kind is Kind.CASES:
            collection = self.collection_at(entry)
            is_child = collection is not None and collection.child_of is not None
        else:
            is_child = self.outline.root.get("child_of") is not None
        return or_null(self.parent(entry) if is_child else self.record(entry))

    def roots(self, entry: Entry) -> dict[str, tuple[Type, str]]:
        """Return what a formula at a place can read: each name with its type, and what it is."""
        in_rule = entry.parent is not None and entry.path[0] in ("fields", "custom_fields")
        source = entry.parent.text("source") if entry.parent is not None and in_rule else ""
        record = self.record(entry)
        found = {"value": (type_of(source, record), "what 'source' picked")} if source else {}
        below = self.collection_at(entry) if self.kind is Kind.OVERLAY else None
        found |= {
            name: (type_of(named.scalar.text, record), "a name of the template")
            for name, named in (below.names.items() if below else ())
        }
        found |= {
            name: (type_of(one.value.text if one.value else "", record), "a name of this file")
            for name, one in self.names.items()
        }
        found |= {
            "record": (record, "the whole source record"),
            "existing": (
                self.destination(entry).type,
                "the destination record as it was before; null on add",
            ),
            "previous": (
                self.previous(entry),
                "the source record as it was last synced; null on add",
            ),
            "settings": (self._settings(), "the settings of the integration"),
        }
        if self.outline.root.get("child_of") is not None or (below and below.child_of is not None):
            found["parent"] = (self.parent(entry), "the parent's source record")
        return found

    def read(self, entry: Entry, steps: tuple[str, ...]) -> Type:
        """Return the type of what a formula at a place reads by steps: a name, then keys."""
        type_ = self.roots(entry).get(steps[0], (ANY, ""))[0]
        for step in steps[1:]:
            type_ = items_of(type_) if step == ITEM else property_of(type_, step)
        return type_

    def fields(self, entry: Entry, *, custom: bool) -> Mapping[str, FieldSchema]:
        """Return the destination's fields at a place; the one that holds custom fields is none to be written."""
        schema = self.destination(entry)
        if custom:
            return schema.custom_fields
        return {name: one for name, one in schema.fields.items() if name != schema.custom_container}

    def _named(self, group: str) -> dict[str, Entry]:
        owner = self.outline.root.get(group)
        entries = owner.children if owner is not None else []
        return {one.key.text: one for one in entries if one.key is not None and one.complete}

    def _settings(self) -> Type:
        integration = self.workspace.integration
        return _type_of_value(integration.settings) if integration is not None else ANY


def _type_of_value(value: Any) -> Type:
    match value:
        case Mapping():
            return Type(
                frozenset({ValueKind.OBJECT}),
                objects=Objects({str(key): _type_of_value(one) for key, one in value.items()}),
            )
        case bool():
            return Type.of(ValueKind.BOOLEAN)
        case int() | float():
            return Type.of(ValueKind.INTEGER if isinstance(value, int) else ValueKind.NUMBER)
        case str():
            return Type.of(ValueKind.TEXT)
        case _:
            return ANY
