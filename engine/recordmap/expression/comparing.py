"""What comparisons say before they are made: whether they can be true or false, and what follows for both sides."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any

from recordmap.expression.facts import Facts, Found, answering
from recordmap.expression.problems import spelled, words
from recordmap.frozen import Frozen, replace
from recordmap.schema.fit import holds, listing
from recordmap.schema.inside import element
from recordmap.schema.narrowing import answer, only, parts, ranged, sized, without
from recordmap.schema.types import BOOLEAN, LIST, NULL, TEXT, Kind, Type
from recordmap.schema.unions import NUMBERS, constants, kind_of

_ORDERED = (NUMBERS, frozenset({Kind.TEXT}))
"""Kinds with an order among themselves."""


class Equality(Frozen):
    """What equal means in one of the two languages: scalars with the same `key` are equal.

    `family` holds kinds with values in common.
    """

    key: Callable[[Any], Any]
    family: frozenset[Kind]

    def possible(self, left: Type, right: Type) -> bool:
        """Return whether two values can be equal."""
        if left.nullable and right.nullable:
            return True
        if left.listed or right.listed:
            return any(self.possible(one, other) for one in parts(left) for other in parts(right))
        if left.enum is not None and right.enum is not None:
            return not set(map(self.key, left.enum)).isdisjoint(map(self.key, right.enum))
        for one, other in ((left, right), (right, left)):
            if one.enum is not None:
                return any(self._can_be(other, value) for value in one.enum)
        return bool((self._wide(left) & self._wide(right)) - {Kind.NULL})

    def certain(self, left: Type, right: Type) -> bool:
        """Return whether two values are always equal: both are the same constant."""
        if left.kinds == NULL.kinds == right.kinds:
            return True
        one, other = constant_of(left), constant_of(right)
        return one is not None and other is not None and bool(self.key(one) == self.key(other))

    def narrowed(self, type_: Type, other: Type) -> Type:
        """Return what is left of a type when its value equals one of the other type."""
        left = only(type_, self._wide(other))
        if other.enum is None or left.kinds & (self.family | {Kind.NULL, Kind.LIST, Kind.OBJECT}):
            return left
        free = replace(left, enum=None)
        listed = [one for one in other.enum if isinstance(one, str | bool) and holds(free, one)]
        if left.enum is not None:
            listed = list(filter(listing(left.enum), listed))
        return only(constants(listed), left.kinds)

    def excluded(self, type_: Type, other: Type) -> Type:
        """Return what is left of a type when its value is not equal to one of the other type."""
        constant = constant_of(other)
        if other.kinds == NULL.kinds or isinstance(constant, str):
            return without(type_, constant)
        if constant is not None and self.family & {Kind.BOOLEAN}:
            return without(type_, constant)
        return type_

    def _can_be(self, type_: Type, value: object) -> bool:
        """Return whether a value that isn't listed can equal this one."""
        kind = kind_of(value)
        if kind not in self._wide(type_):
            return False
        if kind is Kind.TEXT:
            return holds(type_, value)
        if kind in NUMBERS and not type_.kinds & (self.family - NUMBERS):
            return holds(replace(type_, kinds=NUMBERS), value)
        return True

    def _wide(self, type_: Type) -> frozenset[Kind]:
        return type_.kinds | self.family if type_.kinds & self.family else type_.kinds


FORMULAS = Equality(lambda value: value, NUMBERS | {Kind.BOOLEAN})
"""Python's equality: 1, 1.0 and true are equal."""
SOURCES = Equality(lambda value: (isinstance(value, bool), value), NUMBERS)
"""JMESPath's equality: 1 and true are not equal."""


def constant_of(type_: Type) -> Any:
    """Return the one value that a type has, or None where it has several, or null."""
    one = type_.enum is not None and len(type_.enum) == 1 and not type_.nullable
    return type_.enum[0] if one and type_.enum is not None else None


def with_both(facts: Facts, left: Found, right: Found, narrow: Callable[[Type, Type], Type]) -> Facts:
    """Return facts in which both sides are narrowed by each other, where they were read."""
    base = facts
    for one, other in ((left, right), (right, left)):
        if one.path is not None:
            facts = facts.having(one.path, narrow(one.type, other.type))
        elif one.some is not None and not narrow(one.type, other.type).nullable:
            facts = facts.met(base, one.some)
    return facts


def compared(equality: Equality, left: Found, right: Found, facts: Facts, *, negated: bool) -> Found:
    """Return what `==`, or with `negated` `!=`, says of two values."""
    possible = equality.possible(left.type, right.type)
    refutable = not equality.certain(left.type, right.type)
    alike = with_both(facts, left, right, equality.narrowed) if possible else facts.never()
    for one, other in ((left, right), (right, left)):
        alike = _measured(one, other.type, alike, least=True, most=True)
    unlike = with_both(facts, left, right, equality.excluded) if refutable else facts.never()
    unsure = left.type.unsure or right.type.unsure
    if negated:
        return answering(replace(answer(true=refutable, false=possible), unsure=unsure), unlike, alike)
    return answering(replace(answer(true=possible, false=refutable), unsure=unsure), alike, unlike)


def ordered(type_: Type, other: Type) -> Type:
    """Return what is left of a type when its value has an order with one of the other type."""
    kinds = frozenset[Kind]().union(*(family for family in _ORDERED if other.kinds & family))
    return only(type_, kinds)


def in_order(sign: str, left: Found, right: Found, facts: Facts) -> Found:
    """Return what `<`, `<=`, `>` or `>=` says of two values, as far as they have an order."""
    able = with_both(facts, left, right, ordered)
    true, false = _ranked(sign, left, right, able), _ranked(_OPPOSITE[sign], left, right, able)
    one_answer = true.dead != false.dead and always_ordered(left.type, right.type)
    type_ = answer(true=not true.dead, false=not false.dead) if one_answer else BOOLEAN
    return answering(replace(type_, unsure=left.type.unsure or right.type.unsure), true, false)


def _ranked(sign: str, left: Found, right: Found, facts: Facts) -> Facts:
    """Return facts in which the larger side is at least what the smaller one is, and that is at most what it is."""
    large, small = (left, right) if sign in (">", ">=") else (right, left)
    strict = sign in ("<", ">")
    facts = _measured(large, small.type, facts, least=True, strict=strict)
    facts = _measured(small, large.type, facts, most=True, strict=strict)
    facts = _bounded(large, small.type, facts, least=True, strict=strict)
    return _bounded(small, large.type, facts, most=True, strict=strict)


def _bounded(
    found: Found, bound: Type, facts: Facts, *, least: bool = False, most: bool = False, strict: bool = False
) -> Facts:
    """Return facts in which a number has the `least` or `most` of another as its own."""
    if found.path is None or facts.dead or not bound.kinds <= NUMBERS:
        return facts
    type_ = facts.read(found.path)
    if not type_.kinds or not type_.kinds <= NUMBERS:
        return facts
    low, high = bound.limits.low if least else None, bound.limits.high if most else None
    return facts.having(found.path, ranged(type_, low, high, strict=strict))


def _measured(
    found: Found, bound: Type, facts: Facts, *, least: bool = False, most: bool = False, strict: bool = False
) -> Facts:
    """Return facts in which the text whose length was asked for has the `least` or `most` of a number as its own."""
    if found.length_of is None or facts.dead or not bound.kinds <= NUMBERS:
        return facts
    low, high = bound.limits.low if least else None, bound.limits.high if most else None
    shortest = 0 if low is None else max(0, floor(low) + 1 if strict else ceil(low))
    longest = None if high is None else ceil(high) - 1 if strict else floor(high)
    return facts.having(found.length_of, sized(facts.read(found.length_of), shortest, longest))


_FEW = 12
"""Values that a sentence lists."""
_EXACT = 2**53
"""From here on a number with a fraction has none, and so many digits that nobody reads them."""
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def always_ordered(left: Type, right: Type) -> bool:
    """Return whether two values always have an order: both are numbers, or both are texts."""
    return any(left.kinds <= family and right.kinds <= family for family in _ORDERED)


def within(equality: Equality, left: Found, right: Found, facts: Facts, *, negated: bool) -> Found:
    """Return what `in`, or with `negated` `not in`, says of a value and what it is looked for in."""
    inside = outside = facts
    type_ = BOOLEAN
    if right.type.kinds == LIST.kinds:
        items = element(right.type)
        if not items.kinds or not equality.possible(left.type, items):
            inside, type_ = facts.never(), answer(true=negated, false=not negated)
        elif left.path is not None:
            inside = facts.having(left.path, equality.narrowed(left.type, items))
    elif left.path is not None and Kind.LIST not in right.type.kinds:
        inside = outside = facts.having(left.path, only(left.type, TEXT.kinds))
    return answering(type_, outside, inside) if negated else answering(type_, inside, outside)


def why_never_equal(equality: Equality, left: Found, right: Found) -> str:
    """Return why two values are never equal, as far as one was read and the other is written out; else ""."""
    for one, other in ((left, right), (right, left)):
        if one.path is None or equality.possible(left.type, right.type):
            continue
        name = f"'{spelled(one.path)}'"
        if other.type.kinds == NULL.kinds:
            return f"{name} is never null"
        if one.type.enum is not None and other.type.kinds & one.type.kinds:
            few = len(one.type.enum) <= _FEW
            return f"{name} " + (
                f"is one of {', '.join(map(str, one.type.enum))}" if few else "never has this value"
            )
        if not other.type.kinds & one.type.kinds:
            return f"{name} is {words(one.type.kinds)}, and never {words(other.type.kinds)}"
        number = bool(other.type.kinds & NUMBERS)
        if one.type.kinds - {Kind.NULL} - (NUMBERS if number else TEXT.kinds):
            name += f", where it is {'a number' if number else 'text'},"
        return f"{name} {_limits_of(one.type, constant_of(other.type))}"
    return ""


def why_in_order(left: Found, right: Found) -> str:
    """Return within which limits a number is that was read, or a length that was asked for; else ""."""
    for one in (left, right):
        path = one.path or one.length_of
        low, high = one.type.limits
        limits = [] if low is None else [f"at least {_plain(low)}"]
        limits += [] if high is None else [f"at most {_plain(high)}"]
        if path is not None and limits:
            length = "" if one.path is not None else "the length of "
            return f"{length}'{spelled(path)}' is {' and '.join(limits)}"
    return ""


def _plain(number: float) -> str:
    whole = abs(number) < _EXACT and number == number // 1
    return str(int(number)) if whole else str(number)


def _limits_of(type_: Type, constant: object) -> str:
    """Return which limit of a type keeps it from being this constant of one of its kinds."""
    if constant in type_.barred:
        return "has another value here"
    if isinstance(constant, str):
        length, texts = len(constant), type_.texts
        if texts.max_length is not None and length > texts.max_length:
            return f"has at most {_characters(texts.max_length)}"
        if length < texts.min_length:
            return f"has at least {_characters(texts.min_length)}"
        return "is never blank" if constant.isspace() else "is never empty"
    low, high = type_.limits
    if isinstance(constant, int | float) and high is not None and constant > high:
        return f"is at most {_plain(high)}"
    if isinstance(constant, int | float) and low is not None and constant < low:
        return f"is at least {_plain(low)}"
    return "never has this value"


def _characters(number: int) -> str:
    return "1 character" if number == 1 else f"{number} characters"
