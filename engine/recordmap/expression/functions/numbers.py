"""Functions on numbers. Booleans are not numbers, and texts are not either: convert them first."""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.arguments import refuse_unless_null
from recordmap.expression.functions.limits import INTEGER_BOUND, number_too_large
from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule, Parameter
from recordmap.expression.number_limits import without_sign
from recordmap.frozen import replace
from recordmap.schema.narrowing import limited
from recordmap.schema.types import INTEGER, NUMBER, Kind, Type
from recordmap.schema.unions import or_null

FAMILY = "numbers"
MAX_DIGITS = 15
"""Digits behind the point that a 64-bit decimal number can be trusted with."""
_WHOLE_FROM = 2.0**53
"""Decimal numbers from here on have no fraction."""


def round_number(number: object, digits: object = None) -> int | float | None:
    """Return a number rounded to some digits behind the point, halves to the even neighbour.

    The digits that count are those that are shown, so 2.675 is a half between 2.67 and 2.68, although the
    binary number nearest to it is a little smaller.
    """
    if type(number) is float:
        if number - number != 0.0:
            raise number_too_large("round")
        if digits is None or (type(digits) is int and digits == 0):
            rounded = round(number)
            if -INTEGER_BOUND <= rounded < INTEGER_BOUND:
                return rounded
            raise number_too_large("round")
        if type(digits) is int and 0 < digits <= MAX_DIGITS:
            return number if abs(number) >= _WHOLE_FROM else _rounded(number, digits)
    elif type(number) is int and (digits is None or (type(digits) is int and 0 <= digits <= MAX_DIGITS)):
        return number
    refuse_unless_null(ROUND, number, digits)
    return None


def _rounded(number: float, digits: int) -> float:
    from decimal import ROUND_HALF_EVEN, Context, Decimal  # noqa: PLC0415 - costs 3 ms that few collections need

    # A context of our own: the thread's may be set to anything. 16 digits before the point, 15 behind it.
    context = Context(prec=40, rounding=ROUND_HALF_EVEN)
    return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-digits), context=context))


def smallest(*number: object) -> int | float | None:
    """Return the smallest number; nulls are passed over."""
    given: list[int | float] = []
    for one in number:
        if type(one) is int or type(one) is float:
            given.append(one)
        elif one is not None:
            refuse_unless_null(MIN, *number)
    return min(given, default=None)


def largest(*number: object) -> int | float | None:
    """Return the largest number; nulls are passed over."""
    given: list[int | float] = []
    for one in number:
        if type(one) is int or type(one) is float:
            given.append(one)
        elif one is not None:
            refuse_unless_null(MAX, *number)
    return max(given, default=None)


def absolute(number: object) -> int | float | None:
    """Return a number without its sign."""
    if type(number) is int or type(number) is float:
        if number == -INTEGER_BOUND and type(number) is int:
            raise number_too_large("abs")
        return abs(number)
    refuse_unless_null(ABS, number)
    return None


def _fits_digits(digits: int) -> str | None:
    return None if 0 <= digits <= MAX_DIGITS else f"must be from 0 to {MAX_DIGITS}"


def _as_given(given: Sequence[Type]) -> Type:
    """Return a number that is whole where all numbers given are."""
    whole = all(type_.kinds <= {Kind.INTEGER, Kind.NULL} for type_ in given)
    return INTEGER if whole and given else NUMBER


def _absolute_type(given: Sequence[Type]) -> Type:
    """Return a number within the limits of what is given, without its sign."""
    if not given:
        return NUMBER
    kept = replace(_as_given(given), falsy=given[0].falsy)
    return limited(kept, without_sign(given[0].limits))


def _one_of(given: Sequence[Type]) -> Type:
    """Return one of several numbers, or null where all of them can be."""
    return or_null(_as_given(given)) if all(type_.nullable for type_ in given) else _as_given(given)


def _rounded_type(given: Sequence[Type]) -> Type:
    """Return a whole number where no digits are kept."""
    return INTEGER if len(given) < 2 else _as_given(given[:1])


_NULLS_IGNORED = "Nulls are passed over; when all are null the result is null, not 0."

ROUND = FunctionSpec(
    name="round",
    parameters=(
        Parameter("number", NUMBER, "the number to round"),
        Parameter(
            "digits",
            INTEGER,
            "digits to keep behind the point; without it none",
            optional=True,
            check=_fits_digits,
        ),
    ),
    returns=NUMBER,
    infer=_rounded_type,
    doc="The nearest number with so many digits behind the point; halves go to the even neighbour.",
    call=round_number,
    examples=(
        Example("round(82.8)", gives=83),
        Example("round(2.5)", gives=2),
        Example("round(3.5)", gives=4),
        Example("round(2.675, 2)", gives=2.68),
        Example("round(-0.5)", gives=0),
        Example("round(12, 2)", gives=12),
        Example("round(null)", gives=None),
        Example("round('2.5')", fails=True),
    ),
    family=FAMILY,
    differences=(
        "Halves go to the even neighbour as there (2.5 gives 2), judged by the digits that are shown. "
        "Without digits, or with 0, the result is a whole number."
    ),
)
MIN = FunctionSpec(
    name="min",
    parameters=(
        Parameter("number", or_null(NUMBER), "a number to compare; null is passed over", repeats=True),
    ),
    returns=or_null(NUMBER),
    infer=_one_of,
    doc="The smallest of several numbers; nulls are passed over, all null gives null.",
    call=smallest,
    examples=(
        Example("min(3, 1, 2)", gives=1),
        Example("min(null, 2.5)", gives=2.5),
        Example("min(null, null)", gives=None),
        Example("min('1', 2)", fails=True),
    ),
    null=NullRule.HANDLED,
    total=True,
    family=FAMILY,
    differences=_NULLS_IGNORED,
)
MAX = FunctionSpec(
    name="max",
    parameters=(
        Parameter("number", or_null(NUMBER), "a number to compare; null is passed over", repeats=True),
    ),
    returns=or_null(NUMBER),
    infer=_one_of,
    doc="The largest of several numbers; nulls are passed over, all null gives null.",
    call=largest,
    examples=(
        Example("max(3, 1, 2)", gives=3),
        Example("max(-1, null)", gives=-1),
        Example("max(null, null)", gives=None),
        Example("max(true, 2)", fails=True),
    ),
    null=NullRule.HANDLED,
    total=True,
    family=FAMILY,
    differences=_NULLS_IGNORED,
)
ABS = FunctionSpec(
    name="abs",
    parameters=(Parameter("number", NUMBER, "the number"),),
    returns=NUMBER,
    infer=_absolute_type,
    doc="The number without its sign.",
    call=absolute,
    examples=(
        Example("abs(-5)", gives=5),
        Example("abs(2.5)", gives=2.5),
        Example("abs(null)", gives=None),
        Example("abs(true)", fails=True),
    ),
    family=FAMILY,
)

SPECS = (ROUND, MIN, MAX, ABS)
