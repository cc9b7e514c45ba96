"""Types put together: of constants, of other types, and of what they hold.

Every result says at least what is so: a value that belongs to one of the types that go in belongs to what comes out.
Types that would grow beyond what a template needs are cut down to their kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from recordmap.frozen import replace
from recordmap.schema.types import (
    ANY_LISTS,
    ANY_OBJECTS,
    ANY_TEXTS,
    LIST,
    NEVER,
    NULL,
    OBJECT,
    UNLIMITED,
    Kind,
    Limits,
    Lists,
    Objects,
    Texts,
    Type,
)

N = TypeVar("N", int, float)

MAX_CONSTANTS = 100
"""Values that a type lists; more of them are just a kind."""
MAX_PROPERTIES = 300
"""Properties that a union looks into: all in which two types differ, with those of the objects inside them."""
MAX_DEPTH = 12
"""Levels of lists and objects that a union looks into."""

NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})
HOLLOW = NUMBERS | {Kind.BOOLEAN, Kind.LIST, Kind.OBJECT}
"""Kinds with values that are not null and no text, and yet false in Python."""
HOLDING = LIST.kinds | OBJECT.kinds
"""Kinds of values that hold others."""
GROUPS = (frozenset({Kind.TEXT}), NUMBERS, frozenset({Kind.BOOLEAN}))
"""Scalars that are listed together, or not at all."""
_SCALARS = {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.NUMBER, str: Kind.TEXT, list: Kind.LIST}


def kind_of(value: object) -> Kind:
    """Return the kind of a JSON value. A number written with a fraction is never a whole number."""
    return Kind.NULL if value is None else _SCALARS.get(type(value), Kind.OBJECT)


def constants(values: Iterable[object], most: int = MAX_CONSTANTS) -> Type:
    """Return the type of scalar values: one of these, and nothing else. More than `most` aren't listed."""
    every = list(values)
    kinds = frozenset(map(kind_of, every))
    listed = [one for one in every if one is not None]
    if len(listed) > most:
        listed = []
    texts = [one for one in every if isinstance(one, str)]
    numbers = [one for one in every if isinstance(one, int | float) and not isinstance(one, bool)]
    hollow = [not one for one in every if one is not None and not isinstance(one, str)]
    return Type(
        kinds,
        texts=Texts.of(texts),
        limits=Limits(min(numbers), max(numbers)) if numbers else UNLIMITED,
        falsy=any(hollow) or not hollow,
        enum=tuple(listed) or None,
    )


def type_of(value: Any, *, exact: bool = True, depth: int = 0) -> Type:
    """Return the type of a JSON value. Without `exact` it is the type of values like it: its kinds and keys."""
    if isinstance(value, list):
        if len(value) > MAX_CONSTANTS:
            return list_of(Type(frozenset(map(kind_of, value))), falsy=False)
        made = [type_of(one, exact=exact, depth=depth + 1) for one in value]
        return list_type(made) if exact else list_of(union_of(made), falsy=not value)
    if isinstance(value, dict):
        if depth > MAX_DEPTH or len(value) > MAX_PROPERTIES:
            return OBJECT
        return record_type(
            {str(key): type_of(one, exact=exact, depth=depth + 1) for key, one in value.items()}
        )
    scalar = constants((value,))
    return scalar if exact else replace(scalar, enum=None, limits=UNLIMITED)


def list_of(items: Type, *, falsy: bool = True, unsure: bool = False) -> Type:
    """Return the type of lists whose entries are all of one type."""
    return Type(LIST.kinds, lists=Lists(items), falsy=falsy, unsure=unsure)


def list_type(entries: Sequence[Type]) -> Type:
    """Return the type of lists that are written out: of an entry of each of these types, and no others.

    Entries that hold others are known by their union only: known one by one, too, a nested list would be looked through
    twice at each level.
    """
    kept = len(entries) <= MAX_CONSTANTS and not any(one.kinds & HOLDING for one in entries)
    lists = Lists(union_of(entries), tuple(entries) if kept else ())
    return Type(LIST.kinds, lists=lists, falsy=not entries)


def record_type(properties: dict[str, Type]) -> Type:
    """Return the type of objects that have these properties, and no others."""
    names = frozenset(properties)
    objects = Objects(MappingProxyType(properties), names, open=False)
    return Type(OBJECT.kinds, objects=objects, falsy=not names)


def or_null(type_: Type) -> Type:
    """Return the type of values that may also be null."""
    return type_ if type_.nullable else replace(type_, kinds=type_.kinds | {Kind.NULL})


def union_of(types: Iterable[Type]) -> Type:
    """Return the union of types; `NEVER` of none."""
    made = NEVER
    for one in types:
        made = union(made, one)
    return made


def union(left: Type, right: Type, depth: int = 0, room: int = MAX_PROPERTIES) -> Type:
    """Return the type of values that belong to either of two types.

    `depth` and `room` are for what types hold: how deep that stands, and how many properties may be looked into there.
    """
    if left is right or not right.kinds:
        return left
    if not left.kinds:
        return right
    if right.kinds == NULL.kinds:
        return with_null(left, right)
    if left.kinds == NULL.kinds:
        return with_null(right, left)
    both = left.kinds & right.kinds & HOLDING
    if not both and left.enum is right.enum and left.description is None and left == right:
        return left if left.cause or not right.cause else replace(left, cause=right.cause)
    room //= max(len(both), 1)
    enum = _listed(left, right)
    return Type(
        left.kinds | right.kinds,
        texts=_texts(left, right),
        limits=_limits(left, right),
        lists=_lists(left, right, depth, room),
        objects=_objects(left, right, depth, room),
        falsy=_falsy(left, right),
        enum=enum,
        listed=() if enum is not None else _partly_listed(left, right),
        barred=() if enum is not None else _barred(left, right),
        unsure=left.unsure or right.unsure,
        cause=left.cause or right.cause,
    )


def with_null(type_: Type, null: Type) -> Type:
    """Return a type with null in it, and with the reason that the other has for it."""
    return replace(
        type_,
        kinds=type_.kinds | {Kind.NULL},
        unsure=type_.unsure or null.unsure,
        cause=type_.cause or null.cause,
    )


def _texts(left: Type, right: Type) -> Texts:
    """Return what is so of the texts of both types. A type without any has nothing against it, here and below."""
    sides = [one for one in (left, right) if Kind.TEXT in one.kinds]
    if not sides:
        return ANY_TEXTS
    first, last = sides[0].texts, sides[-1].texts
    return Texts(
        min_length=min(one.shortest for one in sides),
        max_length=_widest(max, *(one.longest for one in sides)),
        format=first.format if first.format == last.format else None,
        empty=first.empty or last.empty,
        blank=first.blank or last.blank,
        leading=first.leading or last.leading,
        trailing=first.trailing or last.trailing,
        recased=first.recased if first.recased == last.recased else None,
    )


def _limits(left: Type, right: Type) -> Limits:
    sides = [one.limits for one in (left, right) if one.kinds & NUMBERS] or [UNLIMITED]
    first, last = sides[0], sides[-1]
    if first is last:
        return first
    return Limits(_widest(min, first.low, last.low), _widest(max, first.high, last.high))


def _widest(widest: Callable[[Iterable[N]], N], *bounds: N | None) -> N | None:
    """Return the widest of some bounds; without one of them there is none."""
    known = [bound for bound in bounds if bound is not None]
    return widest(known) if len(known) == len(bounds) else None


def _lists(left: Type, right: Type, depth: int, room: int) -> Lists:
    sides = [one.lists for one in (left, right) if Kind.LIST in one.kinds] or [ANY_LISTS]
    first, last = sides[0], sides[-1]
    if first is last:
        return first
    items = None
    if first.items is not None and last.items is not None and depth <= MAX_DEPTH and room:
        items = union(first.items, last.items, depth + 1, room)
    return Lists(
        items,
        entries=first.entries if first.entries == last.entries else (),
        ends=_ends(first, last),
        whole=_whole([one.whole for one in (first, last) if not one.never_filled]),
    )


def _ends(left: Lists, right: Lists) -> tuple[Type, Type] | None:
    ends, others = left.first_and_last, right.first_and_last
    return None if ends is None or others is None else (union(ends[0], others[0]), union(ends[1], others[1]))


def _whole(known: Sequence[tuple[int, int] | None]) -> tuple[int, int] | None:
    """Return how long the text at most was that some lists are parts of, and what at least stood between them."""
    texts = [one for one in known if one is not None]
    if not texts or len(texts) < len(known):
        return None
    return max(most for most, _ in texts), min(least for _, least in texts)


def _objects(left: Type, right: Type, depth: int, room: int) -> Objects:
    sides = [one.objects for one in (left, right) if Kind.OBJECT in one.kinds] or [ANY_OBJECTS]
    first, last = sides[0], sides[-1]
    if first is last:
        return first
    names = dict.fromkeys((*first.properties, *last.properties))
    pairs = {name: (first.under(name), last.under(name)) for name in names}
    differing = [(one, other) for one, other in pairs.values() if one is not other]
    if depth > MAX_DEPTH or len(pairs) > MAX_PROPERTIES or len(differing) > room:
        return ANY_OBJECTS
    # What is left is shared by those that have something to look into, and by the properties that aren't listed.
    deeper = sum(bool(one.kinds & other.kinds & HOLDING) for one, other in differing)
    room = (room - len(differing)) // (deeper + 1)
    properties = {name: union(one, other, depth + 1, room) for name, (one, other) in pairs.items()}
    extra = union(first.others, last.others, depth + 1, room)
    return Objects(
        MappingProxyType(properties),
        first.required & last.required,
        open=first.open or last.open,
        extra=extra if extra.kinds and not extra.unsure else None,
    )


def _falsy(left: Type, right: Type) -> bool:
    sides = [one.falsy for one in (left, right) if one.kinds & HOLLOW]
    return any(sides) or not sides


def _listed(left: Type, right: Type) -> tuple[object, ...] | None:
    if left.enum is None or right.enum is None:
        return None
    return left.enum if left.enum is right.enum else _together(left.enum, right.enum)


def _together(left: Iterable[object], right: Iterable[object]) -> tuple[object, ...] | None:
    made = dict.fromkeys((type(one), one) for one in (*left, *right))
    return tuple(one for _, one in made) if len(made) <= MAX_CONSTANTS else None


def _partly_listed(left: Type, right: Type) -> tuple[object, ...]:
    """Return the scalars of the groups that both types list, as far as they have them."""
    made: list[object] = []
    for group in GROUPS:
        sides = [_of_group(one, group) for one in (left, right) if one.kinds & group]
        if sides and None not in sides:
            made += _together(sides[0] or (), sides[-1] or ()) or ()
    return tuple(made)


def _of_group(type_: Type, group: frozenset[Kind]) -> tuple[object, ...] | None:
    """Return all values of a group that a type can have; None where it doesn't list them."""
    found = tuple(one for one in type_.enum or type_.listed if kind_of(one) in group)
    return found if found or type_.enum is not None else None


def _barred(left: Type, right: Type) -> tuple[object, ...]:
    """Return the scalars that neither of two types can be, as far as one of them bars them."""
    every = dict.fromkeys((*left.barred, *right.barred))
    return tuple(value for value in every if all(_bars(one, value) for one in (left, right)))


def _bars(type_: Type, value: object) -> bool:
    if type_.enum is not None:
        return value not in type_.enum
    alike = GROUPS[0] if isinstance(value, str) else NUMBERS | {Kind.BOOLEAN}
    return value in type_.barred or not type_.kinds & alike


def kinds_listed(listed: Iterable[object]) -> frozenset[Kind]:
    """Return the kinds of which every value is listed, where these are what a type has `listed`."""
    kinds = set(map(kind_of, listed))
    return frozenset[Kind]().union(*(group for group in GROUPS if group & kinds))
