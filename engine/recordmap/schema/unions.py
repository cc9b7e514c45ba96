"""Types put together: of constants, of other types, and of what they hold.

Every result says at least what is so: a value that belongs to one of the types that go in belongs to what comes out.
Types that would grow beyond what a template needs are cut down to their kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

from recordmap.frozen import replace
from recordmap.schema.types import ANY, LIST, NEVER, NULL, OBJECT, Kind, Type

MAX_CONSTANTS = 100
"""Values that a type lists; more of them are just a kind."""
MAX_PROPERTIES = 300
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


def constants(values: Iterable[object]) -> Type:
    """Return the type of scalar values: one of these, and nothing else."""
    every = list(values)
    kinds = frozenset(map(kind_of, every))
    listed = [one for one in every if one is not None]
    if len(listed) > MAX_CONSTANTS:
        listed = []
    texts = [one for one in every if isinstance(one, str)]
    numbers = [one for one in every if isinstance(one, int | float) and not isinstance(one, bool)]
    return Type(
        kinds,
        max_length=max(map(len, texts), default=None),
        enum=tuple(listed) or None,
        empty="" in texts,
        blank=any(text.isspace() for text in texts),
        leading=any(text[:1].isspace() for text in texts),
        trailing=any(text[-1:].isspace() for text in texts),
        falsy=any(not one for one in every if one is not None and not isinstance(one, str)),
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


def union(left: Type, right: Type, depth: int = 0) -> Type:
    """Return the type of values that belong to either of two types."""
    if left is right or not right.kinds:
        return left
    if not left.kinds:
        return right
    if right.kinds == NULL.kinds:
        return with_null(left, right)
    if left.kinds == NULL.kinds:
        return with_null(right, left)
    if left.enum is right.enum and left.description is None and left == right:
        return left if left.cause or not right.cause else replace(left, cause=right.cause)
    open_, properties, required = _objects(left, right, depth)
    enum = _listed(left, right)
    return Type(
        left.kinds | right.kinds,
        max_length=_joined(left, right, Kind.TEXT, "longest"),
        format=left.format if left.format == right.format else None,
        enum=enum,
        items=_items(left, right, depth),
        entries=_entries(left, right),
        ends=_ends(left, right),
        whole=_whole(left, right),
        recased=left.recased if left.recased == right.recased else None,
        properties=MappingProxyType(properties),
        required=required,
        open=open_,
        min_length=_joined(left, right, Kind.TEXT, "shortest") or 0,
        maximum=_joined(left, right, Kind.NUMBER, "maximum"),
        extra=_extra(left, right, depth) if open_ else None,
        empty=_either(left, right, "empty", Kind.TEXT),
        blank=_either(left, right, "blank", Kind.TEXT),
        leading=_either(left, right, "leading", Kind.TEXT),
        trailing=_either(left, right, "trailing", Kind.TEXT),
        falsy=_either(left, right, "falsy", *HOLLOW),
        minimum=_joined(left, right, Kind.NUMBER, "minimum"),
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


def _has(type_: Type, kind: Kind) -> bool:
    return kind in type_.kinds or (kind is Kind.NUMBER and Kind.INTEGER in type_.kinds)


def _joined(left: Type, right: Type, kind: Kind, bound: str) -> Any:
    """Return the wider of two bounds on a kind; a type without the kind has none to give."""
    bounds = [getattr(one, bound) for one in (left, right) if _has(one, kind)]
    if not bounds or None in bounds:
        return None
    return min(bounds) if bound in ("shortest", "minimum") else max(bounds)


def _either(left: Type, right: Type, flag: str, *kinds: Kind) -> bool:
    return any(getattr(one, flag) and one.kinds & frozenset(kinds) for one in (left, right))


def _listed(left: Type, right: Type) -> tuple[object, ...] | None:
    if left.enum is None or right.enum is None:
        return None
    return _together(left.enum, right.enum)


def _together(left: Iterable[object], right: Iterable[object]) -> tuple[object, ...] | None:
    made = list(left)
    made += [one for one in right if not among(one, made)]
    return tuple(made) if len(made) <= MAX_CONSTANTS else None


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


def among(value: object, values: Iterable[object]) -> bool:
    """Return whether a scalar is one of these values: 1, 1.0 and true are three."""
    return any(type(one) is type(value) and one == value for one in values)


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


def _items(left: Type, right: Type, depth: int) -> Type | None:
    lists = [one for one in (left, right) if Kind.LIST in one.kinds]
    if len(lists) == 1:
        return lists[0].items
    if not lists or left.items is None or right.items is None or depth > MAX_DEPTH:
        return None
    return union(left.items, right.items, depth + 1)


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


def _objects(left: Type, right: Type, depth: int) -> tuple[bool, dict[str, Type], frozenset[str]]:
    objects = [one for one in (left, right) if Kind.OBJECT in one.kinds]
    if not objects:
        return True, {}, frozenset()
    if len(objects) == 1:
        one = objects[0]
        return one.open, dict(one.properties), one.required
    names = dict.fromkeys((*left.properties, *right.properties))
    if depth > MAX_DEPTH or len(names) > MAX_PROPERTIES:
        return True, {}, frozenset()
    properties = {name: union(own(left, name), own(right, name), depth + 1) for name in names}
    return left.open or right.open, properties, left.required & right.required


def own(type_: Type, name: str) -> Type:
    """Return the type of a property where it is there."""
    return type_.properties.get(name, others(type_))


def others(type_: Type) -> Type:
    """Return the type of the properties that an object type doesn't list."""
    if not type_.open:
        return NEVER
    return ANY if type_.extra is None else type_.extra


def _extra(left: Type, right: Type, depth: int) -> Type | None:
    made = union_of(others(one) for one in (left, right) if Kind.OBJECT in one.kinds)
    return made if made.kinds and not made.unsure and depth <= MAX_DEPTH else None


def ends_of(type_: Type) -> tuple[Type, Type] | None:
    """Return what is known of the first and the last entry of a list that has any; None where it is no more."""
    if type_.items == NEVER:
        return NEVER, NEVER
    return (type_.entries[0], type_.entries[-1]) if type_.entries else type_.ends
