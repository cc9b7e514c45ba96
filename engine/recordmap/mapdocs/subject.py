"""One collection with all that its page looks at, and small words that every section uses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from recordmap.engine import Engine
from recordmap.frozen import replace
from recordmap.mapdocs.blocks import code
from recordmap.mapdocs.sentences import Speaker
from recordmap.schema.record import FieldSchema, RecordSchema
from recordmap.template.model import Collection, FieldRule, FormulaText, Level, Operation


class Subject:
    """A collection of an engine. `pages` are the pages of collections, by name."""

    def __init__(self, engine: Engine, collection: Collection, pages: Mapping[str, str]) -> None:
        self.engine = engine
        self.pages = pages
        self.collection = collection
        self.schema: RecordSchema = engine.schemas.load(collection.destination.text)
        self.is_update = collection.operation is Operation.UPDATE
        self.customer = noun(collection.destination.text, "record")
        parents = self.parents()
        self.speaker = Speaker(
            record=noun(collection.source.text, "source record"),
            parent=noun(collection.child_of.text, "parent") if collection.child_of else "",
            customer=noun(parents[0].destination.text, "record") if parents else self.customer,
            names={name: source.parsed for name, source in collection.names.items()},
        )

    def is_run(self) -> bool:
        """Whether the integration runs it."""
        found = self.engine.integration
        named = () if found is None else (found.add, found.update)
        return any(name is not None and name.text == self.collection.title for name in named)

    def parents(self) -> list[Collection]:
        """Return the collections that it runs inside."""
        title = self.collection.title
        return sorted(
            (
                one
                for one in self.engine.collections.values()
                if any(child.collection.text == title for child in one.children)
            ),
            key=lambda one: one.title,
        )

    def parent_speaker(self) -> Speaker:
        """Return who speaks of the parent's record."""
        return replace(self.speaker, record=self.speaker.parent)

    def condition(self, formula: FormulaText) -> str:
        """Return what it takes for a formula to be true."""
        return self.speaker.condition(formula.parsed.tree)

    def level(self, rule: FieldRule) -> Level:
        """Return how much a field matters: what the destination requires is required."""
        field = self.field(rule)
        needed = (
            field is not None
            and field.required
            and (not self.is_update or self.collection.child_of is not None)
        )
        return Level.REQUIRED if needed else rule.level

    def field(self, rule: FieldRule) -> FieldSchema | None:
        """Return what the destination schema says of a field."""
        fields = self.schema.custom_fields if rule.custom else self.schema.fields
        return fields.get(rule.name.text)

    def sorted_fields(self) -> list[FieldRule]:
        """Return the fields in the order of the destination schema, custom ones last."""
        place = {name: number for number, name in enumerate(self.schema.fields)}
        return sorted(
            self.collection.fields,
            key=lambda rule: (rule.custom, place.get(rule.name.text, len(place)), rule.name.text),
        )


def noun(schema: str, otherwise: str) -> str:
    """Return what records of a schema are called: `ipaas/customer-address` are customer addresses."""
    return otherwise if schema == "any" else schema.rpartition("/")[2].replace("-", " ").replace("_", " ")


def a(word: str, *, capital: bool = False) -> str:
    """Return a word with its article."""
    article = "an" if word[:1].lower() in "aeiou" else "a"
    return f"{article.capitalize() if capital else article} {word}"


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def constant(value: Any) -> str:
    """Return a value as code; a text in quotes where it could be taken for anything else."""
    if isinstance(value, str) and value.strip() == value != "" and "\n" not in value:
        try:
            json.loads(value)
        except ValueError:
            return code(value)
    return code(json.dumps(value, ensure_ascii=False))
