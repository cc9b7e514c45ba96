"""What is searched: one collection with its plan, and the records that may come to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.engine import Engine
from recordmap.expression.search import search
from recordmap.frozen import replace
from recordmap.fuzz.guide import Guide, widened
from recordmap.fuzz.places import Choices, Place, build
from recordmap.fuzz.values import Hints
from recordmap.runtime.plan import Plan
from recordmap.runtime.values import children
from recordmap.schema.record import RecordSchema
from recordmap.schema.types import Kind
from recordmap.schema.unions import or_null
from recordmap.template.model import Collection, Operation


@dataclass(frozen=True, slots=True)
class Trial:
    """What a collection is given once."""

    record: Any
    existing: Any = None
    parent: Any = None
    previous: Any = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A collection, and the places that its records are built from.

    `source` is the place of the source record; that of the parent, for a child collection, which finds its own
    record in it. `existing` is the place of the destination record, where one comes along, and `previous` that of the
    source record as it was last synced, where it is asked for. `read` are the places that the template looks at.
    """

    collection: Collection
    plan: Plan
    destination: RecordSchema
    source: Place
    existing: Place | None
    previous: Place | None
    hints: Hints
    read: frozenset[Place]

    @classmethod
    def of(cls, engine: Engine, name: str) -> Subject:
        """Return the subject for a collection by name.

        Raises:
            TemplateError: the collection, or one below it, has errors.
            ConfigurationError: there is no collection of that name.
        """
        plan = engine.plan(name)
        collection = engine.collections[name]
        guide = Guide(engine.collections, engine.schemas)
        if collection.child_of is None:
            guide.read(collection)
        else:
            guide.read_child(collection)
        comes = collection.source if collection.child_of is None else collection.child_of
        source = widened(engine.schemas.load(comes.text).type, guide.record)
        found = _existing(engine, collection)
        record = Place.of(replace(source, kinds=frozenset({Kind.OBJECT})))
        existing = None if found is None else Place.of(_object(found, guide))
        read = [place for steps, _ in guide.record for place in record.along(steps)]
        if existing is not None:
            read += [place for steps, _ in guide.existing for place in existing.along(steps)]
        previous = None
        if plan.reads_previous and existing is not None:
            before = widened(replace(source, kinds=frozenset({Kind.OBJECT})), guide.previous)
            previous = Place.of(or_null(before))
            read += [place for steps, _ in guide.previous for place in previous.along(steps)]
        return cls(
            collection,
            plan,
            engine.schemas.load(collection.destination.text),
            record,
            existing,
            previous,
            guide.hints,
            frozenset(read),
        )

    @property
    def places(self) -> list[Place]:
        """All places that something can be chosen for, in the order of the schemas."""
        beside = [one for one in (self.existing, self.previous) if one is not None]
        return [place for one in (self.source, *beside) for place in one.walk()]

    def trial(self, choices: Choices) -> Trial | None:
        """Return what the collection is given; None where a parent has no record for it."""
        source = build(self.source, choices)
        existing = build(self.existing, choices) if self.existing else None
        previous = build(self.previous, choices) if self.previous else None
        if self.collection.each is None:
            return Trial(source, existing, None, previous)
        try:
            found = children(search(self.collection.each.parsed, source))
        except Fault:
            return None
        return Trial(found[0], existing, source, previous) if found else None


def _object(schema: RecordSchema, guide: Guide) -> Any:
    return widened(replace(schema.existing, kinds=frozenset({Kind.OBJECT})), guide.existing)


def _existing(engine: Engine, collection: Collection) -> RecordSchema | None:
    """Return the schema of the destination record that a collection finds: a child collection finds its parent's."""
    if collection.child_of is None:
        updates = collection if collection.operation is Operation.UPDATE else None
    else:
        parents = (one for one in engine.collections.values() if one.operation is Operation.UPDATE)
        below = collection.title
        updates = next(
            (one for one in parents if any(child.collection.text == below for child in one.children)), None
        )
    return None if updates is None else engine.schemas.load(updates.destination.text)
