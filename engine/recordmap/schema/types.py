"""What is known about a value before it exists: the types that flow from schema to schema.

A type is a set of kinds with what narrows them. Where a schema says nothing the type is `ANY`, and rules that
read types stay silent: unknown is not wrong. `recordmap.schema.unions` puts types together, `recordmap.schema.inside`
tells what their values hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from recordmap.frozen import Frozen, replace


class Kind(StrEnum):
    """The kinds of JSON values, named as a subscriber reads them. An integer is also a number."""

    NULL = "null"
    BOOLEAN = "true or false"
    INTEGER = "a whole number"
    NUMBER = "a number"
    TEXT = "text"
    LIST = "a list"
    OBJECT = "an object"


class Texts(Frozen):
    """What is known of texts; as it is made without arguments, nothing. Lengths are in characters."""

    min_length: int = 0
    """How long a text is at least."""
    max_length: int | None = None
    """How long a text is at most; None where nothing bounds it."""
    format: str | None = None
    """How all of them are written, in a word of JSON Schema: "email", "date-time"."""
    empty: bool = True
    """Whether a text can be ""."""
    blank: bool = True
    """Whether a text can be of blanks only; "" is not."""
    leading: bool = True
    """Whether a text can begin with a blank."""
    trailing: bool = True
    """Whether a text can end with a blank."""
    recased: tuple[int, int] | None = None
    """Where letters were made capital or small: how long a text was before, and how many times as long that makes it,
    both at most."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """Return what is so of each of these texts; nothing where there are none."""
        if not texts:
            return ANY_TEXTS
        return cls(
            max_length=max(map(len, texts)),
            empty="" in texts,
            blank=any(text.isspace() for text in texts),
            leading=any(text[:1].isspace() for text in texts),
            trailing=any(text[-1:].isspace() for text in texts),
        )

    @classmethod
    def solid(cls, min_length: int = 0, max_length: int | None = None, format: str | None = None) -> Texts:  # noqa: A002 - the field's name
        """Return what is known of texts that are not empty, and have no blanks at their ends."""
        return cls(min_length, max_length, format, empty=False, blank=False, leading=False, trailing=False)

    def holds(self, text: str) -> bool:
        """Return whether a text is as long as these are, and has no blanks where these have none."""
        length = len(text)
        fits = self.min_length <= length and (self.max_length is None or length <= self.max_length)
        there = (self.empty or text != "") and (self.blank or not text.isspace())
        led = self.leading or not text[:1].isspace()
        return fits and there and led and (self.trailing or not text[-1:].isspace())


class Limits(Frozen):
    """The least and the greatest number that can be. None is no limit, and both may be reached."""

    low: float | None = None
    high: float | None = None

    def __iter__(self) -> Iterator[float | None]:
        yield self.low
        yield self.high

    @property
    def ends(self) -> list[float]:
        """The limits that there are, the lower one first."""
        return [end for end in self if end is not None]

    def holds(self, number: float) -> bool:
        """Return whether a number lies within the limits."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


class Lists(Frozen):
    """What is known of lists; as it is made without arguments, nothing."""

    items: Type | None = None
    """What every entry is; None where that can be anything."""
    entries: tuple[Type, ...] = ()
    """The entries, one by one, of a list of scalars that was written out; () of any other."""
    ends: tuple[Type, Type] | None = None
    """The first and the last entry of a list that has any, where more is known of them; see `first_and_last`."""
    whole: tuple[int, int] | None = None
    """Of the parts of a text: how many characters it had at most, and how many at least stood between two parts."""

    @property
    def each(self) -> Type:
        """What every entry is, `ANY` where nothing is said of it."""
        return ANY if self.items is None else self.items

    @property
    def first_and_last(self) -> tuple[Type, Type] | None:
        """What the first and the last entry are in a list that has any; None where no more is known of them."""
        if self.never_filled:
            return NEVER, NEVER
        return (self.entries[0], self.entries[-1]) if self.entries else self.ends

    @property
    def never_filled(self) -> bool:
        """Whether no list has any entries."""
        return self.items == NEVER


class Objects(Frozen):
    """What is known of objects; as it is made without arguments, nothing."""

    properties: Mapping[str, Type] = MappingProxyType({})
    """The properties that are described, as they are where they are there."""
    required: frozenset[str] = frozenset()
    """The properties that are always there."""
    open: bool = True
    """Whether there can be other properties than those described."""
    extra: Type | None = None
    """What all others are, where the schema says it; None where they can be anything, or there are none."""

    @property
    def others(self) -> Type:
        """The type of the properties that are not described."""
        if not self.open:
            return NEVER
        return ANY if self.extra is None else self.extra

    def under(self, name: str) -> Type:
        """Return the type of a property where it is there."""
        return self.properties.get(name, self.others)


ANY_TEXTS = Texts()
UNLIMITED = Limits()
ANY_LISTS = Lists()
ANY_OBJECTS = Objects()


class Cause(Frozen):
    """Why a value may be null: the path it was read from, a root's name and keys, and what that path `may` be."""

    path: tuple[str | int, ...]
    may: str


class Type(Frozen, uncompared=("cause", "description")):
    """A union of kinds with what narrows each of them. What isn't said of a kind holds of any value of it.

    What is said of a kind that isn't among `kinds` means nothing. `cause` and `description` are for people, and no part
    of what types are compared by.
    """

    kinds: frozenset[Kind]
    texts: Texts = ANY_TEXTS
    limits: Limits = UNLIMITED
    """Between which limits numbers lie."""
    lists: Lists = ANY_LISTS
    objects: Objects = ANY_OBJECTS
    falsy: bool = True
    """Whether a value other than text can be 0, false, [] or {}."""
    enum: tuple[object, ...] | None = None
    """All values that are not null, where they are few; None where they aren't listed."""
    listed: tuple[object, ...] = ()
    """Without an `enum`: all texts, all numbers, or all of true and false, those of which it holds any."""
    barred: tuple[object, ...] = ()
    """Scalars that are left out of what is not listed, with all that Python takes for equal to them."""
    unsure: bool = False
    """Whether this rests on what no schema describes: it says what a value can be, and rules don't complain of it."""
    cause: Cause | None = None
    """Why a value may be null."""
    description: str | None = None
    """The schema's own."""

    @classmethod
    def of(cls, *kinds: Kind) -> Type:
        """Return the union of `kinds` with nothing else known."""
        return cls(frozenset(kinds))

    def with_texts(self, **changes: Any) -> Type:
        """Return this type with other things known of its texts; `changes` are fields of `Texts`."""
        return replace(self, texts=replace(self.texts, **changes))

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
        texts = self.texts
        return Kind.NULL in self.kinds or (Kind.TEXT in self.kinds and (texts.empty or texts.blank))

    @property
    def longest(self) -> int | None:
        """How many characters a text can have: of listed ones, as many as the longest; None where nothing bounds it."""
        if self.enum is None:
            return self.texts.max_length
        return max((len(one) for one in self.enum if isinstance(one, str)), default=0)

    @property
    def shortest(self) -> int:
        """How many characters a text has at least: of listed ones, as many as the shortest."""
        if self.enum is None:
            return self.texts.min_length if self.texts.empty else max(self.texts.min_length, 1)
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
