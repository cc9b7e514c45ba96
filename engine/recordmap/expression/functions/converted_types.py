"""What conversions give, by what is converted: numbers as they are, what a text can hold, null for all the rest.

A whole number of a record has 64 bits: what JSON has beyond that comes as text (see `recordmap.streams.json`).
"""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.limits import INTEGER_BOUND
from recordmap.schema.fit import holds
from recordmap.schema.narrowing import limited, only
from recordmap.schema.types import BOOLEAN, INTEGER, NULL, NUMBER, TEXT, UNLIMITED, Kind, Limits, Type
from recordmap.schema.unions import NUMBERS, or_null, union, union_of

_WRITTEN_IN: dict[int | None, Limits] = {
    0: Limits(0, 0),
    1: Limits(0, 9),
    2: Limits(-9, 99),
    3: Limits(-99, 9 * 10**9),
    4: Limits(-9 * 10**9, 9 * 10**18),
}
"""The whole numbers that few characters can hold, with an exponent where that makes them larger: 9e18."""
_FRACTIONS = frozenset({Kind.NUMBER})


def whole_type(given: Sequence[Type]) -> Type:
    """Return the whole numbers that numbers are rounded to and texts can hold, or null: there are none in the rest."""
    whole, numbers, text = (only(given[0], kinds) for kinds in (INTEGER.kinds, _FRACTIONS, TEXT.kinds))
    made = [whole] if whole.kinds else []
    if numbers.kinds:
        # Beyond 64 bits there is no whole number.
        low, high = (
            round(end) if end is not None and abs(end) < INTEGER_BOUND else None for end in numbers.limits
        )
        rounded = limited(INTEGER, Limits(low, high))
        made.append(or_null(rounded) if low is None or high is None else rounded)
    if text.kinds:
        made.append(or_null(limited(INTEGER, _WRITTEN_IN.get(text.longest, UNLIMITED))))
    return union_of([*made, NULL] if given[0].kinds - NUMBERS - TEXT.kinds or not made else made)


def number_type(given: Sequence[Type]) -> Type:
    """Return numbers as they are, those that texts can hold, or null."""
    numbers, text = only(given[0], NUMBERS), only(given[0], TEXT.kinds)
    made = numbers
    if text.kinds:
        few = text.longest is not None and text.longest < len(".5")
        made = union(made, or_null(limited(INTEGER, _WRITTEN_IN[text.longest]) if few else NUMBER))
    return made if given[0].kinds <= NUMBERS else or_null(made) if made.kinds else NULL


def truth_type(given: Sequence[Type]) -> Type:
    """Return true and false as they are, what texts and the numbers 1 and 0 say of them, or null."""
    truth, numbers = only(given[0], BOOLEAN.kinds), only(given[0], NUMBERS)
    said = Kind.TEXT in given[0].kinds or (
        numbers.kinds and any(holds(numbers, one) for one in (0, 1, 0.0, 1.0))
    )
    made = union(truth, or_null(BOOLEAN)) if said else truth
    return made if given[0].kinds == BOOLEAN.kinds else or_null(made) if made.kinds else NULL
