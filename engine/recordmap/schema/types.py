"""What is known about a value before it exists: the types that flow from schema to schema.

A type is a set of kinds with what narrows them. Where a schema says nothing the type is `ANY`, and rules that
read types stay silent: unknown is not wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from recordmap.frozen import Frozen


class Kind(StrEnum):
    """The kinds of JSON values, named as a subscriber reads them. An integer is also a number."""

    NULL = "null"
    BOOLEAN = "true or false"
    INTEGER = "a whole number"
    NUMBER = "a number"
    TEXT = "text"
    LIST = "a list"
    OBJECT = "an object"


class Type(Frozen):
    """A union of kinds, and what narrows them.

    `min_length`, `max_length` and `format` are about text, `minimum` and `maximum` about numbers (both may be
    reached), `items` about lists, `properties` about objects.

    An object type that is not `open` has no other properties than those listed; `extra` is the type of all others,
    where the schema gives one. `required` properties are always there; `usual` ones in nearly every record, which
    matters for speed and for nothing else.
    """

    kinds: frozenset[Kind]
    max_length: int | None = None
    format: str | None = None
    enum: tuple[object, ...] | None = None
    items: Type | None = None
    properties: Mapping[str, Type] = MappingProxyType({})
    required: frozenset[str] = frozenset()
    usual: frozenset[str] = frozenset()
    open: bool = True
    min_length: int = 0
    minimum: float | None = None
    maximum: float | None = None
    extra: Type | None = None

    @classmethod
    def of(cls, *kinds: Kind) -> Type:
        """Return the union of `kinds` with nothing else known."""
        return cls(frozenset(kinds))

    @property
    def known(self) -> bool:
        """Whether anything is known: false for `ANY`."""
        return self.kinds != _EVERY

    @property
    def nullable(self) -> bool:
        """Whether null is one of the kinds."""
        return Kind.NULL in self.kinds

    def describe(self) -> str:
        """Return the kinds in words: "text or null"."""
        return " or ".join(kind.value for kind in Kind if kind in self.kinds) if self.known else "any value"


_EVERY = frozenset(Kind)
ANY = Type(_EVERY)
TEXT = Type.of(Kind.TEXT)
NUMBER = Type.of(Kind.NUMBER, Kind.INTEGER)
INTEGER = Type.of(Kind.INTEGER)
BOOLEAN = Type.of(Kind.BOOLEAN)
LIST = Type.of(Kind.LIST)
OBJECT = Type.of(Kind.OBJECT)
