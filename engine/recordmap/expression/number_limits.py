"""The limits of numbers that come of other values: of sums and products, of sizes, and of lengths."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from operator import add, mul

from recordmap.schema.narrowing import limited, parts
from recordmap.schema.types import INTEGER, UNLIMITED, Kind, Limits, Type


def negated(limits: Limits) -> Limits:
    """Return the limits of numbers with the other sign."""
    low, high = limits
    return Limits(None if high is None else -high, None if low is None else -low)


def added(left: Limits, right: Limits) -> Limits:
    """Return the limits of sums."""
    return Limits(_together(add, left.low, right.low), _together(add, left.high, right.high))


def multiplied(left: Limits, right: Limits) -> Limits:
    """Return the limits of products: with no limit on one side, there is none."""
    corners = [_together(mul, one, other) for one in left for other in right]
    known = [corner for corner in corners if corner is not None]
    return Limits(min(known), max(known)) if len(known) == len(corners) else UNLIMITED


def without_sign(limits: Limits) -> Limits:
    """Return the limits of numbers whose sign is taken off."""
    low, high = limits
    least = max(low or 0, -(high or 0), 0)
    return Limits(least, None if low is None or high is None else max(-low, high))


def length_type(type_: Type) -> Type:
    """Return the type of the lengths of texts, lists and objects."""
    lows: list[int] = []
    highs: list[int | None] = []
    for part in parts(type_):
        if Kind.TEXT in part.kinds:
            lows.append(part.shortest)
            highs.append(part.longest)
        if Kind.LIST in part.kinds:
            lows.append(0)
            highs.append(None)
        if Kind.OBJECT in part.kinds:
            objects = part.objects
            lows.append(len(objects.required))
            highs.append(None if objects.open else len(objects.properties))
    known = [high for high in highs if high is not None]
    bounded = known and len(known) == len(highs)
    return limited(INTEGER, Limits(min(lows, default=0), max(known) if bounded else None))


def _together(
    operation: Callable[[float, float], float], left: float | None, right: float | None
) -> float | None:
    if left is None or right is None:
        return None
    try:
        made = operation(left, right)
        return made if isfinite(made) else None
    except OverflowError:  # a whole number that no fraction can be added to, or that none can be as large as
        return None
