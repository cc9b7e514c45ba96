"""Whether a value, or every value of another type, belongs to a type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from recordmap.schema.inside import element, entry
from recordmap.schema.types import ANY, Kind, Type
from recordmap.schema.unions import NUMBERS, kind_of, kinds_listed, others


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
            return holds_text(type_, value)
        case list():
            return (type_.falsy or bool(value)) and _holds_entries(type_, value)
        case dict():
            return (type_.falsy or bool(value)) and _holds_object(type_, value)
        case bool():
            return type_.falsy or value
        case _:
            return (type_.falsy or value != 0) and _between(type_, value)


def among(value: object, values: Iterable[object]) -> bool:
    """Return whether a scalar is one of these values: 1, 1.0 and true are three."""
    return any(type(one) is type(value) and one == value for one in values)


def listing(values: Iterable[object]) -> Callable[[object], bool]:
    """Return what `among` says of these values, for who asks it of many."""
    known = {(type(one), one) for one in values}
    return lambda value: (type(value), value) in known


def holds_text(type_: Type, text: str) -> bool:
    """Return whether a text is as long as a type has it, and has no blanks where the type has none."""
    fits = type_.min_length <= len(text) and _within(len(text), type_.max_length)
    there = (type_.empty or text != "") and (type_.blank or not text.isspace())
    led = type_.leading or not text[:1].isspace()
    return fits and there and led and (type_.trailing or not text[-1:].isspace())


def _holds_entries(type_: Type, entries: list[Any]) -> bool:
    if type_.entries:
        return len(entries) == len(type_.entries) and all(map(holds, type_.entries, entries))
    if not all(holds(type_.items or ANY, one) for one in entries):
        return False
    if type_.ends is not None and entries and not all(map(holds, type_.ends, (entries[0], entries[-1]))):
        return False
    if type_.whole is not None:
        most, least = type_.whole
        if entries and sum(map(len, entries)) + least * (len(entries) - 1) > most:
            return False
    return True


def _between(type_: Type, value: float) -> bool:
    least = type_.minimum is None or value >= type_.minimum
    return least and (type_.maximum is None or value <= type_.maximum)


def _holds_object(type_: Type, value: dict[str, Any]) -> bool:
    if not type_.required <= value.keys():
        return False
    return all(holds(type_.properties.get(key, others(type_)), one) for key, one in value.items())


def takes(type_: Type, given: Type, depth: int = 0) -> bool:
    """Return whether every value of a type belongs to another, as far as they are known."""
    if given.unsure or type_.unsure or depth > 50:
        return True
    if not given.kinds <= type_.kinds:
        return False
    if type_.enum is not None and (given.enum is None or not all(map(listing(type_.enum), given.enum))):
        return False
    if Kind.TEXT in given.kinds and not _within(given.max_length, type_.max_length):
        return False
    if given.kinds & NUMBERS and not _above(given.minimum, type_.minimum):
        return False
    if Kind.LIST in given.kinds and not takes(element(type_), element(given), depth + 1):
        return False
    return Kind.OBJECT not in given.kinds or _takes_objects(type_, given, depth)


def _within(length: int | None, limit: int | None) -> bool:
    return limit is None or (length is not None and length <= limit)


def _above(minimum: float | None, limit: float | None) -> bool:
    return limit is None or (minimum is not None and minimum >= limit)


def _takes_objects(type_: Type, given: Type, depth: int) -> bool:
    if not type_.required <= given.required or (given.open and not type_.open):
        return False
    if not type_.open and not set(given.properties) <= set(type_.properties):
        return False
    return all(
        takes(entry(type_, name), entry(given, name), depth + 1)
        for name in type_.properties
        if name in given.properties
    )
