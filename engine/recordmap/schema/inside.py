"""What is inside the values of a type: what is read under a key of an object, or at a place of a list."""

from __future__ import annotations

from recordmap.frozen import replace
from recordmap.schema.types import NEVER, NULL, Kind, Type
from recordmap.schema.unions import constants, or_null, union, union_of

_ENDS = (0, -1)
"""The places of the first and the last entry of a list."""


def entry(type_: Type, key: str) -> Type:
    """Return the type of what is read under a key: null where there is nothing, or no object to read from."""
    if Kind.OBJECT not in type_.kinds:
        return replace(NULL, unsure=type_.unsure)
    found = type_.objects.under(key)
    if key not in type_.objects.required or len(type_.kinds) > 1:
        found = or_null(found)
    return replace(found, unsure=True) if type_.unsure and not found.unsure else found


def element(type_: Type) -> Type:
    """Return the type of any element of a list, without the null of a place outside it."""
    if Kind.LIST not in type_.kinds:
        return NEVER
    return type_.lists.each


def entry_at(type_: Type, position: int) -> Type:
    """Return the type of a place in a list, counted from the end if negative; null where there is none."""
    if Kind.LIST not in type_.kinds:
        return replace(NULL, unsure=type_.unsure)
    found, always = _entry_at(type_, position)
    if not always or len(type_.kinds) > 1:
        found = or_null(found)
    return replace(found, unsure=True) if type_.unsure and not found.unsure else found


def _entry_at(type_: Type, position: int) -> tuple[Type, bool]:
    """Return what stands at a place of a list, and whether there is always something."""
    lists = type_.lists
    count = len(lists.entries)
    if count:
        return (lists.entries[position], True) if -count <= position < count else (NULL, False)
    ends = lists.first_and_last
    if position in _ENDS:
        return (element(type_) if ends is None else ends[position]), not type_.falsy
    if ends is None or lists.whole is None:
        return element(type_), False
    # This part of the text is the one at the far end, or stands before that.
    near, far = ends if position > 0 else ends[::-1]
    most, between = lists.whole
    left = most - near.shortest - between * (position if position > 0 else -position - 1)
    before = _up_to(element(type_), left - between - far.shortest)
    return union(_up_to(far, left), before), False


def _up_to(part: Type, length: int) -> Type:
    """Return what is left of a part of a text that has no more characters than that."""
    if length < part.shortest:
        return NEVER
    if not length:
        return constants(("",))
    return part.with_texts(max_length=length if part.longest is None else min(length, part.longest))


def values_of(type_: Type) -> Type:
    """Return the type of any value of an object."""
    if Kind.OBJECT not in type_.kinds:
        return NEVER
    return union(union_of(type_.objects.properties.values()), type_.objects.others)
