"""Types put together: of constants, of other types, and of what they hold.

Every result says at least what is so: a value that belongs to one of the types that go in belongs to what comes out.
Types that would grow beyond what a template needs are cut down to their kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from recordmap.frozen import replace
from recordmap.schema.types import ANY, LIST, NEVER, NULL, OBJECT, Kind, Type

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
    others_ = [one for one in every if one is not None and not isinstance(one, str)]
    return Type(
        kinds,
        max_length=max(map(len, texts), default=None),
        enum=tuple(listed) or None,
        empty="" in texts or not texts,
        blank=any(text.isspace() for text in texts) or not texts,
        leading=any(text[:1].isspace() for text in texts) or not texts,
        trailing=any(text[-1:].isspace() for text in texts) or not texts,
        falsy=any(not one for one in others_) or not others_,
        minimum=min(numbers, default=None),
        maximum=max(numbers, default=None),
    )


def type_of(value: Any, *, exact: bool = True, depth: int = 0) -> Type:
    """Return the type of a JSON value. Without `exact` it is the type of values like it: its kinds and keys."""
    if isinstance(value, list):
        made = [type_of(one, exact=exact, depth=depth + 1) for one in value]
        return list_type(made) if exact else Type(LIST.kinds, items=union_of(made), falsy=not value)
    if isinstance(value, dict):
        if depth > MAX_DEPTH or len(value) > MAX_PROPERTIES:
            return OBJECT
        return record_type(
            {str(key): type_of(one, exact=exact, depth=depth + 1) for key, one in value.items()}
        )
    scalar = constants((value,))
    return scalar if exact else replace(scalar, enum=None, minimum=None, maximum=None)


def list_type(entries: Sequence[Type]) -> Type:
    """Return the type of lists that are written out: of an entry of each of these types, and no others.

    Entries that hold others are known by their union only: known one by one, too, a nested list would be looked through
    twice at each level.
    """
    kept = len(entries) <= MAX_CONSTANTS and not any(one.kinds & HOLDING for one in entries)
    return Type(
        LIST.kinds, items=union_of(entries), falsy=not entries, entries=tuple(entries) if kept else ()
    )


def record_type(properties: dict[str, Type]) -> Type:
    """Return the type of objects that have these properties, and no others."""
    names = frozenset(properties)
    return Type(
        OBJECT.kinds,
        properties=MappingProxyType(properties),
        required=names,
        open=False,
        falsy=not names,
    )


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
    objects = _objects(left, right, depth, room)
    enum = _listed(left, right)
    return Type(
        left.kinds | right.kinds,
        max_length=_joined(left, right, GROUPS[0], "longest"),
        format=_same(left, right, "format"),
        enum=enum,
        items=_items(left, right, depth, room),
        entries=_entries(left, right),
        ends=_ends(left, right),
        whole=_whole(left, right),
        recased=_same(left, right, "recased"),
        properties=objects.properties,
        required=objects.required,
        open=objects.open,
        min_length=_joined(left, right, GROUPS[0], "shortest") or 0,
        maximum=_joined(left, right, NUMBERS, "maximum"),
        extra=objects.extra,
        empty=_either(left, right, "empty", Kind.TEXT),
        blank=_either(left, right, "blank", Kind.TEXT),
        leading=_either(left, right, "leading", Kind.TEXT),
        trailing=_either(left, right, "trailing", Kind.TEXT),
        falsy=_either(left, right, "falsy", *HOLLOW),
        minimum=_joined(left, right, NUMBERS, "minimum"),
        unsure=left.unsure or right.unsure,
        cause=left.cause or right.cause,
        listed=() if enum is not None else _partly_listed(left, right),
        barred=() if enum is not None else _barred(left, right),
    )


def with_null(type_: Type, null: Type) -> Type:
    """Return a type with null in it, and with the reason that the other has for it."""
    return replace(
        type_,
        kinds=type_.kinds | {Kind.NULL},
        unsure=type_.unsure or null.unsure,
        cause=type_.cause or null.cause,
    )


def _joined(left: Type, right: Type, kinds: frozenset[Kind], bound: str) -> Any:
    """Return the wider of two bounds on some kinds; a type without them has none to give."""
    bounds = [getattr(one, bound) for one in (left, right) if one.kinds & kinds]
    if not bounds or None in bounds:
        return None
    return min(bounds) if bound in ("shortest", "minimum") else max(bounds)


def _either(left: Type, right: Type, flag: str, *kinds: Kind) -> bool:
    flags = [getattr(one, flag) for one in (left, right) if one.kinds & frozenset(kinds)]
    return any(flags) or not flags


def _same(left: Type, right: Type, said: str) -> Any:
    """Return what is said of texts where both types say it, or only one of them has texts."""
    texts = [getattr(one, said) for one in (left, right) if Kind.TEXT in one.kinds] or [None]
    return texts[0] if texts[0] == texts[-1] else None


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


def _items(left: Type, right: Type, depth: int, room: int) -> Type | None:
    lists = [one for one in (left, right) if Kind.LIST in one.kinds]
    if len(lists) == 1:
        return lists[0].items
    if not lists or left.items is None or right.items is None or depth > MAX_DEPTH or not room:
        return None
    return union(left.items, right.items, depth + 1, room)


def _entries(left: Type, right: Type) -> tuple[Type, ...]:
    """Return what is known of each entry of a list, where both lists have the same, or one type has none."""
    first, *others_ = [one.entries for one in (left, right) if Kind.LIST in one.kinds] or [()]
    return first if all(one == first for one in others_) else ()


def _ends(left: Type, right: Type) -> tuple[Type, Type] | None:
    """Return what the first and the last entry can be, where it is known of both lists."""
    found = [ends_of(one) for one in (left, right) if Kind.LIST in one.kinds]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    return union(known[0][0], known[-1][0]), union(known[0][1], known[-1][1])


def _whole(left: Type, right: Type) -> tuple[int, int] | None:
    """Return how long the text at most was that two lists are parts of, and what at least stood between them."""
    known = [one.whole for one in (left, right) if Kind.LIST in one.kinds and one.items != NEVER]
    texts = [one for one in known if one is not None]
    if not texts or len(texts) < len(known):
        return None
    return max(most for most, _ in texts), min(least for _, least in texts)


class _Objects(NamedTuple):
    """What a union knows of objects: as much as `Type` has of them."""

    open: bool = True
    properties: Mapping[str, Type] = MappingProxyType({})
    required: frozenset[str] = frozenset()
    extra: Type | None = None


def _objects(left: Type, right: Type, depth: int, room: int) -> _Objects:
    objects = [one for one in (left, right) if Kind.OBJECT in one.kinds]
    if not objects:
        return _Objects()
    if len(objects) == 1:
        one = objects[0]
        return _Objects(one.open, one.properties, one.required, one.extra)
    pairs = {
        name: (own(left, name), own(right, name))
        for name in dict.fromkeys((*left.properties, *right.properties))
    }
    differing = [(one, other) for one, other in pairs.values() if one is not other]
    if depth > MAX_DEPTH or len(pairs) > MAX_PROPERTIES or len(differing) > room:
        return _Objects()
    # What is left is shared by those that have something to look into, and by the properties that aren't listed.
    deeper = sum(bool(one.kinds & other.kinds & HOLDING) for one, other in differing)
    room = (room - len(differing)) // (deeper + 1)
    properties = {name: union(one, other, depth + 1, room) for name, (one, other) in pairs.items()}
    required, open_ = left.required & right.required, left.open or right.open
    extra = union(others(left), others(right), depth + 1, room) if open_ else ANY
    return _Objects(open_, MappingProxyType(properties), required, None if extra.unsure else extra)


def own(type_: Type, name: str) -> Type:
    """Return the type of a property where it is there."""
    return type_.properties.get(name, others(type_))


def others(type_: Type) -> Type:
    """Return the type of the properties that an object type doesn't list."""
    if not type_.open:
        return NEVER
    return ANY if type_.extra is None else type_.extra


def ends_of(type_: Type) -> tuple[Type, Type] | None:
    """Return what is known of the first and the last entry of a list that has any; None where it is no more."""
    if type_.items == NEVER:
        return NEVER, NEVER
    return (type_.entries[0], type_.entries[-1]) if type_.entries else type_.ends
