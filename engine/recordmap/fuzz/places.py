"""Records as choices: a tree of places by type, and what stands where it is not the plain value.

A record is built anew from its choices each time. So two builds share nothing, and a record is made smaller by
dropping choices or places from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from recordmap.expression.source_reads import Step
from recordmap.fuzz.values import plain, plain_kind
from recordmap.runtime.values import own_copy
from recordmap.schema.types import ANY, Kind, Type


class Missing:
    """What stands for a key that is not there."""

    def __repr__(self) -> str:
        return "missing"


MISSING = Missing()


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a value stands in a record, and what it may be. A list has one place for all that it holds."""

    type: Type
    optional: bool
    keys: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    element: Place | None = None

    @classmethod
    def of(cls, type_: Type, *, optional: bool = False) -> Place:
        """Return the place of a type, with all places inside it."""
        keys: dict[str, Place] = {}
        element = None
        if type_.enum is None and plain_kind(type_) is Kind.OBJECT:
            objects = type_.objects
            known = {**objects.properties}
            known |= dict.fromkeys(objects.required - known.keys(), objects.extra or ANY)
            keys = {
                name: cls.of(inner, optional=name not in objects.required) for name, inner in known.items()
            }
        elif type_.enum is None and plain_kind(type_) is Kind.LIST:
            element = cls.of(type_.lists.each)
        return cls(type_, optional, MappingProxyType(keys), element)

    def walk(self) -> Iterator[Place]:
        """Yield this place and all below it, outer ones first."""
        yield self
        for inner in self.keys.values():
            yield from inner.walk()
        if self.element is not None:
            yield from self.element.walk()

    def along(self, steps: Sequence[str | Step]) -> Iterator[Place]:
        """Yield the places on a path from here, this one first, as far as there are any."""
        yield self
        if not steps:
            return
        step, rest = steps[0], steps[1:]
        if not isinstance(step, Step):
            inner = [self.keys[step]] if step in self.keys else []
        elif step is Step.VALUE:
            inner = list(self.keys.values())
        else:
            inner = [self.element] if self.element else []
            if step is Step.OPENED and not inner:
                yield from self.along(rest)
        for one in inner:
            yield from one.along(rest)


Choices = Mapping[Place, Any]
"""What stands at a place instead of its plain value; `MISSING` for nothing."""


def build(place: Place, choices: Choices) -> Any:
    """Return the value at a place: every part of it is new."""
    if place in choices:
        value = choices[place]
        return value if value is MISSING else own_copy(value)
    if place.keys:
        parts = {name: build(inner, choices) for name, inner in place.keys.items()}
        return {name: part for name, part in parts.items() if part is not MISSING}
    if place.element is not None:
        return [build(place.element, choices)]
    return own_copy(plain(place.type))
