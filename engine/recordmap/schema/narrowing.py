"""What is left of a type when something is known of a value: that it counts as true, is empty, or is no such text.

A type of which nothing is left means that it can't be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import ceil, floor, isinf

from recordmap.frozen import replace
from recordmap.schema.types import BOOLEAN, NEVER, Kind, Limits, Type
from recordmap.schema.unions import (
    GROUPS,
    HOLDING,
    HOLLOW,
    MAX_CONSTANTS,
    NUMBERS,
    constants,
    kind_of,
    kinds_listed,
    or_null,
    with_null,
)

_FALSE = {Kind.TEXT: "", Kind.BOOLEAN: False, Kind.INTEGER: 0, Kind.NUMBER: 0.0}
"""The scalar of each kind that counts as false."""


def not_null(type_: Type) -> Type:
    """Return what is left of a type without null."""
    return replace(type_, kinds=type_.kinds - {Kind.NULL}, cause=None) if type_.nullable else type_


def only_null(type_: Type) -> Type:
    """Return what is left of a type when a value is null."""
    return Type(type_.kinds & {Kind.NULL}, unsure=type_.unsure, cause=type_.cause)


def only(type_: Type, kinds: frozenset[Kind]) -> Type:
    """Return what is left of a type of these kinds."""
    left = type_.kinds & kinds
    if left == type_.kinds:
        return type_
    listed = [one for one in type_.enum or type_.listed if kind_of(one) in left]
    if type_.enum is None and not left - {Kind.NULL} <= kinds_listed(listed):
        return replace(type_, kinds=left, listed=tuple(listed))
    return with_null(_listing(type_, listed), type_) if Kind.NULL in left else _listing(type_, listed)


def parts(type_: Type) -> Iterator[Type]:
    """Yield texts, numbers, booleans and the rest of a type, without null: what is listed has an `enum` there."""
    for kinds in (*GROUPS, HOLDING):
        part = only(type_, kinds)
        if part.kinds:
            yield part


def may_be_true(type_: Type) -> bool:
    """Return whether a value can count as true in Python."""
    if type_.enum is not None:
        return any(type_.enum)
    return bool(type_.kinds - {Kind.NULL})


def may_be_false(type_: Type) -> bool:
    """Return whether a value can count as false in Python."""
    if Kind.NULL in type_.kinds:
        return True
    if type_.enum is not None:
        return not all(type_.enum)
    return (type_.texts.empty and Kind.TEXT in type_.kinds) or (type_.falsy and bool(type_.kinds & HOLLOW))


def when_true(type_: Type) -> Type:
    """Return what is left of a type when a value counts as true in Python."""
    if type_.enum is not None:
        return _listing(type_, (one for one in type_.enum if one))
    if type_.kinds - {Kind.NULL} == {Kind.BOOLEAN}:
        return _listing(type_, [True])
    type_ = _kept(type_, bool).with_texts(empty=False)
    return replace(type_, kinds=type_.kinds - {Kind.NULL}, falsy=False, cause=None)


def when_false(type_: Type) -> Type:
    """Return what is left of a type when a value counts as false in Python."""
    null = frozenset({Kind.NULL}) & type_.kinds
    if type_.enum is not None:
        left = _listing(type_, (one for one in type_.enum if not one))
        return with_null(left, type_) if null and left.kinds else or_null(left) if null else left
    type_ = _kept(type_, lambda one: not one)
    kinds = null
    if type_.texts.empty and Kind.TEXT in type_.kinds:
        kinds |= {Kind.TEXT}
    if type_.falsy:
        kinds |= type_.kinds & HOLLOW
    if kinds <= _FALSE.keys() | null:
        left = _listing(type_, [value for kind, value in _FALSE.items() if kind in kinds])
        return with_null(left, type_) if null else left
    nothing = replace(type_.texts, max_length=0, blank=False, leading=False, trailing=False)
    return replace(type_, kinds=kinds, texts=nothing)


def filled(type_: Type) -> Type:
    """Return what is left of a type when a value is not empty: not null, and no text of blanks only."""
    if type_.enum is not None:
        kept = (one for one in type_.enum if not isinstance(one, str) or (one and not one.isspace()))
        return _listing(type_, kept)
    type_ = _kept(type_, lambda one: not isinstance(one, str) or bool(one.strip()))
    return not_null(type_).with_texts(empty=False, blank=False)


def unfilled(type_: Type) -> Type:
    """Return what is left of a type when a value is empty."""
    kinds = type_.kinds & {Kind.NULL}
    if type_.enum is not None:
        left = _listing(type_, (one for one in type_.enum if isinstance(one, str) and not one.strip()))
        return with_null(left, type_) if kinds else left
    type_ = _kept(type_, lambda one: isinstance(one, str) and not one.strip())
    if (type_.texts.empty or type_.texts.blank) and Kind.TEXT in type_.kinds:
        kinds |= {Kind.TEXT}
    return replace(type_, kinds=kinds)


def sized(type_: Type, shortest: int, longest: int | None) -> Type:
    """Return what is left of a type when a text has so many characters, or an object so many keys.

    `longest` None is any number of them.
    """

    def fits(one: object) -> bool:
        return not isinstance(one, str) or (shortest <= len(one) and (most is None or len(one) <= most))

    most = longest
    if type_.enum is not None:
        left = _listing(type_, filter(fits, type_.enum))
        return with_null(left, type_) if type_.nullable else left
    type_ = _kept(type_, fits)
    gone = set()
    texts, objects = type_.texts, type_.objects
    keys = None if objects.open else len(objects.properties)
    if (keys is not None and keys < shortest) or (longest is not None and longest < len(objects.required)):
        gone.add(Kind.OBJECT)
    shortest = max(texts.min_length, shortest)
    if longest is None or (texts.max_length is not None and texts.max_length < longest):
        longest = texts.max_length
    if longest is not None and longest < shortest:
        gone.add(Kind.TEXT)
    left = only(type_, type_.kinds - gone)
    return left.with_texts(min_length=shortest, max_length=longest, empty=texts.empty and shortest == 0)


def ranged(type_: Type, low: float | None, high: float | None, *, strict: bool = False) -> Type:
    """Return what is left of a type of numbers when a number lies within these; `strict` leaves the ends out."""

    def fits(one: object) -> bool:
        assert isinstance(one, int | float)  # noqa: S101 - said above
        above = low is None or (one > low if strict else one >= low)
        return above and (high is None or (one < high if strict else one <= high))

    if type_.enum is not None:
        return _listing(type_, filter(fits, type_.enum))
    type_ = _kept(type_, fits)
    if strict:
        for end in (low, high):
            type_ = type_ if end is None else without(type_, end)
    if type_.kinds == {Kind.INTEGER}:
        low = low if low is None or isinf(low) else floor(low) + 1 if strict else ceil(low)
        high = high if high is None or isinf(high) else ceil(high) - 1 if strict else floor(high)
    low = max((one for one in (low, type_.limits.low) if one is not None), default=None)
    high = min((one for one in (high, type_.limits.high) if one is not None), default=None)
    if low is not None and high is not None and low > high:
        return NEVER
    return limited(type_, Limits(low, high))


def limited(type_: Type, limits: Limits) -> Type:
    """Return a type of numbers within other limits, instead of those that it has; where none was 0, none is."""
    return replace(type_, limits=limits, falsy=type_.falsy and limits.holds(0))


def without(type_: Type, value: object) -> Type:
    """Return what is left of a type when a value is not this scalar."""
    if value is None:
        return not_null(type_)
    if type_.enum is None and type_.kinds - {Kind.NULL} == {Kind.BOOLEAN}:
        type_ = replace(type_, enum=(True, False))
    if type_.enum is not None:
        left = _listing(type_, (one for one in type_.enum if one != value))
        return with_null(left, type_) if type_.nullable else left
    type_ = _kept(type_, lambda one: one != value)
    if value == "":
        return type_.with_texts(empty=False)
    if value == 0 and type_.kinds & HOLLOW <= NUMBERS:
        type_ = replace(type_, falsy=False)
    if len(type_.barred) >= MAX_CONSTANTS or value in type_.barred:
        return type_
    return replace(type_, barred=(*type_.barred, value))


def answer(*, true: bool, false: bool) -> Type:
    """Return the type of an answer that can be true, false, or both."""
    return BOOLEAN if true and false else constants((true,))


def _kept(type_: Type, keep: Callable[[object], bool]) -> Type:
    """Return what is left of a type that doesn't list all its values without some of those that it lists."""
    left = tuple(filter(keep, type_.listed))
    if len(left) == len(type_.listed):
        return type_
    return replace(type_, listed=left, kinds=type_.kinds - (kinds_listed(type_.listed) - kinds_listed(left)))


def _listing(type_: Type, values: Iterable[object]) -> Type:
    """Return the part of a type that lists its values which has only these. Null is none of them."""
    left = list(values)
    return replace(constants(left, len(left)), unsure=type_.unsure) if left else NEVER
