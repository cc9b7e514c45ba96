"""What is known about a value before it exists: the types that flow from schema to schema.

A type is a set of kinds with what narrows them. Where a schema says nothing the type is `ANY`, and rules that
read types stay silent: unknown is not wrong. `recordmap.schema.unions` puts types together, `recordmap.schema.inside`
tells what their values hold.
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


class Cause(Frozen):
    """Why a value may be null: the path it was read from, a root's name and keys, and what that path `may` be."""

    path: tuple[str | int, ...]
    may: str


class Type(Frozen, uncompared=("cause", "description")):
    """A union of kinds with what narrows each of them. What isn't said of a kind holds of any value of it.

    `enum` holds all values that are not null, where they are few. Where there is none, `listed` may still hold all
    texts, all numbers or all of true and false that can be: those of which it holds any. `barred` scalars
    are left out of what is not listed, with all that Python takes for equal to them. `min_length`, `max_length` and
    `format` are about text; without `empty` no text is "", without `blank` none is of blanks only, without `leading`
    none begins with a blank, without `trailing` none ends with one. `minimum` and `maximum` are about numbers (both may
    be reached), `items` about lists; a list of scalars that was written out has just these `entries`. Without `falsy`
    no value but text is 0, false, [] or {}. Where more is known of the first and the last entry of a list that has any,
    they are its `ends`; of the parts of a text, `whole` tells how many characters it had at most, and how many at least
    stood between two parts. Of a text whose letters were made capital or small, `recased` tells how many characters it
    had before, and how many times as many that makes at most.

    An object type that is not `open` has no other properties than those listed; `extra` is the type of all others,
    where the schema gives one. `required` properties are always there.

    `unsure` types rest on what no schema describes: they say what a value can be, and rules don't complain of it.
    `cause` tells why a value may be null, `description` is the schema's own, for people; they are no part of what types
    are compared by.
    """

    kinds: frozenset[Kind]
    max_length: int | None = None
    format: str | None = None
    enum: tuple[object, ...] | None = None
    items: Type | None = None
    properties: Mapping[str, Type] = MappingProxyType({})
    required: frozenset[str] = frozenset()
    open: bool = True
    min_length: int = 0
    minimum: float | None = None
    maximum: float | None = None
    extra: Type | None = None
    empty: bool = True
    blank: bool = True
    falsy: bool = True
    unsure: bool = False
    cause: Cause | None = None
    description: str | None = None
    listed: tuple[object, ...] = ()
    barred: tuple[object, ...] = ()
    leading: bool = True
    trailing: bool = True
    entries: tuple[Type, ...] = ()
    ends: tuple[Type, Type] | None = None
    whole: tuple[int, int] | None = None
    recased: tuple[int, int] | None = None

    @classmethod
    def of(cls, *kinds: Kind) -> Type:
        """Return the union of `kinds` with nothing else known."""
        return cls(frozenset(kinds))

    @property
    def known(self) -> bool:
        """Whether anything is known of the kind: false for `ANY`."""
        return self.kinds != _EVERY

    @property
    def nullable(self) -> bool:
        """Whether null is one of the kinds."""
        return Kind.NULL in self.kinds

    @property
    def may_be_empty(self) -> bool:
        """Whether a value can be null, or a text without anything but blanks."""
        return Kind.NULL in self.kinds or (Kind.TEXT in self.kinds and (self.empty or self.blank))

    @property
    def longest(self) -> int | None:
        """How many characters a text can have: of listed ones, as many as the longest; None where nothing bounds it."""
        if self.enum is None:
            return self.max_length
        return max((len(one) for one in self.enum if isinstance(one, str)), default=0)

    @property
    def shortest(self) -> int:
        """How many characters a text has at least: of listed ones, as many as the shortest."""
        if self.enum is None:
            return self.min_length if self.empty else max(self.min_length, 1)
        return min((len(one) for one in self.enum if isinstance(one, str)), default=0)

    def describe(self) -> str:
        """Return the kinds in words: "text or null"."""
        kinds = self.kinds - {Kind.INTEGER} if Kind.NUMBER in self.kinds else self.kinds
        words = [kind.value for kind in _SPOKEN if kind in kinds]
        return " or ".join(words) if self.known else "any value"


_SPOKEN = (Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.LIST, Kind.OBJECT, Kind.NULL)
_EVERY = frozenset(Kind)
ANY = Type(_EVERY, unsure=True)
NEVER = Type(frozenset())
NULL = Type.of(Kind.NULL)
TEXT = Type.of(Kind.TEXT)
NUMBER = Type.of(Kind.NUMBER, Kind.INTEGER)
INTEGER = Type.of(Kind.INTEGER)
BOOLEAN = Type.of(Kind.BOOLEAN)
LIST = Type.of(Kind.LIST)
OBJECT = Type.of(Kind.OBJECT)
