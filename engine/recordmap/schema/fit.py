"""Whether a value, or every value of another type, belongs to a type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from recordmap.schema.inside import element, entry
from recordmap.schema.types import Kind, Lists, Objects, Type
from recordmap.schema.unions import NUMBERS, kind_of, kinds_listed


def holds(type_: Type, value: Any) -> bool:
    """Return whether a JSON value belongs to a type."""
    kind = kind_of(value)
    if kind not in type_.kinds:
        return False
    if kind is Kind.NULL:
        return True
    if type_.enum is not None and not among(value, type_.enum):
        return False
    if type_.listed and kind in kinds_listed(type_.listed) and not among(value, type_.listed):
        return False
    if type_.barred and value in type_.barred:
        return False
    match value:
        case str():
            return type_.texts.holds(value)
        case list():
            return (type_.falsy or bool(value)) and _list_holds(type_.lists, value)
        case dict():
            return (type_.falsy or bool(value)) and _object_holds(type_.objects, value)
        case bool():
            return type_.falsy or value
        case _:
            return (type_.falsy or value != 0) and type_.limits.holds(value)


def among(value: object, values: Iterable[object]) -> bool:
    """Return whether a scalar is one of these values: 1, 1.0 and true are three."""
    return any(type(one) is type(value) and one == value for one in values)


def listing(values: Iterable[object]) -> Callable[[object], bool]:
    """Return what `among` says of these values, for who asks it of many."""
    known = {(type(one), one) for one in values}
    return lambda value: (type(value), value) in known


def _list_holds(lists: Lists, entries: list[Any]) -> bool:
    if lists.entries:
        return len(entries) == len(lists.entries) and all(map(holds, lists.entries, entries))
    if not all(holds(lists.each, one) for one in entries):
        return False
    if lists.ends is not None and entries and not all(map(holds, lists.ends, (entries[0], entries[-1]))):
        return False
    if lists.whole is not None:
        most, least = lists.whole
        if entries and sum(map(len, entries)) + least * (len(entries) - 1) > most:
            return False
    return True


def _object_holds(objects: Objects, value: dict[str, Any]) -> bool:
    if not objects.required <= value.keys():
        return False
    return all(holds(objects.under(key), one) for key, one in value.items())


def takes(type_: Type, given: Type, depth: int = 0) -> bool:
    """Return whether every value of a type belongs to another, as far as they are known."""
    if given.unsure or type_.unsure or depth > 50:
        return True
    if not given.kinds <= type_.kinds:
        return False
    if type_.enum is not None and (given.enum is None or not all(map(listing(type_.enum), given.enum))):
        return False
    if Kind.TEXT in given.kinds and not _within(given.texts.max_length, type_.texts.max_length):
        return False
    if given.kinds & NUMBERS and not _above(given.limits.low, type_.limits.low):
        return False
    if Kind.LIST in given.kinds and not takes(element(type_), element(given), depth + 1):
        return False
    return Kind.OBJECT not in given.kinds or _takes_objects(type_, given, depth)


def _within(length: int | None, limit: int | None) -> bool:
    return limit is None or (length is not None and length <= limit)


def _above(minimum: float | None, limit: float | None) -> bool:
    return limit is None or (minimum is not None and minimum >= limit)


def _takes_objects(type_: Type, given: Type, depth: int) -> bool:
    mine, theirs = type_.objects, given.objects
    if not mine.required <= theirs.required or (theirs.open and not mine.open):
        return False
    if not mine.open and not set(theirs.properties) <= set(mine.properties):
        return False
    return all(
        takes(entry(type_, name), entry(given, name), depth + 1)
        for name in mine.properties
        if name in theirs.properties
    )
