"""Conversions between kinds of values, each in two spellings.

The plain one gives null for whatever can't be converted; the one that ends in `_required` rejects the
record. Both take a value of any kind. Nothing is guessed: no thousands separators, no currency signs, no
digits beyond 0 to 9.
"""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.arguments import not_converted, refuse_unless_null
from recordmap.expression.functions.converted_types import number_type, truth_type, whole_type
from recordmap.expression.functions.limits import INTEGER_BOUND
from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule, Parameter, Slow
from recordmap.expression.functions.spelling import json_text, scalar_text
from recordmap.expression.functions.written_types import written
from recordmap.patterns import later
from recordmap.schema.narrowing import not_null
from recordmap.schema.types import ANY, BOOLEAN, INTEGER, NUMBER, TEXT, Type
from recordmap.schema.unions import or_null

FAMILY = "conversions"
_MAX_DIGITS = 400
_WHOLE = later(r"[+-]?[0-9]+")
# The exponent has few digits, because decimal refuses endless ones and no number needs them.
_DECIMAL = later(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0"), False),
}


def to_text(value: object) -> str | None:
    """Return a value written as text: see `spelling`."""
    if isinstance(value, str):
        return value
    text = scalar_text("to_text", value)
    if text is not None:
        return text
    if type(value) is list or type(value) is dict:
        return json_text("to_text", value)
    refuse_unless_null(TO_TEXT, value)
    return None


def to_integer(value: object) -> int | None:
    """Return a number or the number in a text as a whole number, halves to the even neighbour, or null."""
    if type(value) is int:
        whole = value
    elif type(value) is str:
        text = value.strip()
        if len(text) > _MAX_DIGITS:
            return None
        if _WHOLE.fullmatch(text):
            whole = int(text)
        elif _DECIMAL.fullmatch(text):
            return _whole_of(text)
        else:
            return None
    elif type(value) is float and value - value == 0.0:
        whole = round(value)
    else:
        return None
    return whole if -INTEGER_BOUND <= whole < INTEGER_BOUND else None


def _whole_of(text: str) -> int | None:
    from decimal import ROUND_HALF_EVEN, Context, Decimal  # noqa: PLC0415 - costs 3 ms that few collections need

    number = Decimal(text)
    if not number:
        return 0
    if number.adjusted() > 19:
        return None  # far beyond 64 bits: don't write out the zeros of 1e9999
    whole = int(number.to_integral_value(rounding=ROUND_HALF_EVEN, context=Context()))
    return whole if -INTEGER_BOUND <= whole < INTEGER_BOUND else None


def to_decimal(value: object) -> int | float | None:
    """Return a number, or the number in a text, or null. Whole numbers stay whole, so none loses digits."""
    if type(value) is float:
        return value if value - value == 0.0 else None
    if type(value) is int:
        return value if -INTEGER_BOUND <= value < INTEGER_BOUND else None
    if type(value) is not str:
        return None
    text = value.strip()
    if len(text) > _MAX_DIGITS or not _DECIMAL.fullmatch(text):
        return None
    if _WHOLE.fullmatch(text):
        whole = int(text)
        if -INTEGER_BOUND <= whole < INTEGER_BOUND:
            return whole
    number = float(text)
    return number if number - number == 0.0 else None


def to_boolean(value: object) -> bool | None:
    """Return true or false for what says so in a word or as 1 or 0, or null."""
    if type(value) is bool:
        return value
    if type(value) is str:
        return _BOOLEANS.get(value.strip().lower())
    if (type(value) is int or type(value) is float) and value in {0, 1}:
        return value == 1
    return None


def to_integer_required(value: object) -> int:
    """As `to_integer`; raises Fault `conversion-failed` instead of giving null."""
    whole = to_integer(value)
    if whole is None:
        raise not_converted(TO_INTEGER_REQUIRED, value, "a whole number")
    return whole


def to_decimal_required(value: object) -> int | float:
    """As `to_decimal`; raises Fault `conversion-failed` instead of giving null."""
    number = to_decimal(value)
    if number is None:
        raise not_converted(TO_DECIMAL_REQUIRED, value, "a number")
    return number


def to_boolean_required(value: object) -> bool:
    """As `to_boolean`; raises Fault `conversion-failed` instead of giving null."""
    truth = to_boolean(value)
    if truth is None:
        raise not_converted(TO_BOOLEAN_REQUIRED, value, "true or false")
    return truth


_VALUE = (Parameter("value", ANY, "the value to convert"),)
_INTEGER_DIFFERENCES = (
    "Null stays null instead of becoming 0. Halves go to the even neighbour as in ConvertToInt; "
    "CoalesceToInt rounds down. Text with a fraction is rounded like the number. true is not 1."
)
_BOOLEAN_DIFFERENCES = "Null stays null. Also reads yes, no, y, n, on and off; no number but 1 and 0."


def _spelled_type(given: Sequence[Type]) -> Type:
    """Return the type of a value written as text; null stays null."""
    return written(not_null(given[0]))


TO_TEXT = FunctionSpec(
    name="to_text",
    parameters=_VALUE,
    returns=TEXT,
    infer=_spelled_type,
    doc="The value written as text: numbers in plain digits, true or false, lists and objects as JSON.",
    call=to_text,
    examples=(
        Example("to_text(5)", gives="5"),
        Example("to_text(1.0)", gives="1"),
        Example("to_text(0.00001)", gives="0.00001"),
        Example("to_text(true)", gives="true"),
        Example("to_text({'b': [1, null], 'a': 'x'})", gives='{"b":[1,null],"a":"x"}'),
        Example("to_text(' a ')", gives=" a "),
        Example("to_text(null)", gives=None),
    ),
    family=FAMILY,
    differences="true and false in small letters; whole numbers without .0; lists and objects as JSON.",
    slow=Slow.LISTS,
)
TO_INTEGER = FunctionSpec(
    name="to_integer",
    parameters=_VALUE,
    returns=or_null(INTEGER),
    infer=whole_type,
    doc="The value as a whole number, halves to the even neighbour; null if it can't be read as a number.",
    call=to_integer,
    examples=(
        Example("to_integer(' 42 ')", gives=42),
        Example("to_integer('12.5')", gives=12),
        Example("to_integer(82.8)", gives=83),
        Example("to_integer('1,234')", gives=None),
        Example("to_integer('')", gives=None),
        Example("to_integer(true)", gives=None),
        Example("to_integer(null)", gives=None),
    ),
    total=True,
    family=FAMILY,
    differences=_INTEGER_DIFFERENCES,
)
TO_INTEGER_REQUIRED = FunctionSpec(
    name="to_integer_required",
    parameters=_VALUE,
    returns=INTEGER,
    doc="As to_integer, but rejects the record if the value can't be read as a number.",
    call=to_integer_required,
    examples=(
        Example("to_integer_required('42')", gives=42),
        Example("to_integer_required('')", fails=True),
        Example("to_integer_required('many')", fails=True),
        Example("to_integer_required(null)", fails=True),
    ),
    null=NullRule.FAILS,
    family=FAMILY,
    differences=_INTEGER_DIFFERENCES.replace(
        "Null stays null instead of becoming 0", "Null rejects the record"
    ),
)
TO_DECIMAL = FunctionSpec(
    name="to_decimal",
    parameters=_VALUE,
    returns=or_null(NUMBER),
    infer=number_type,
    doc="The value as a number; null if it can't be read as one.",
    call=to_decimal,
    examples=(
        Example("to_decimal('12.50')", gives=12.5),
        Example("to_decimal('1e3')", gives=1000.0),
        Example("to_decimal(7)", gives=7),
        Example("to_decimal('12,50')", gives=None),
        Example("to_decimal('NaN')", gives=None),
        Example("to_decimal(null)", gives=None),
    ),
    total=True,
    family=FAMILY,
    differences="Null stays null instead of becoming 0. About 16 digits are kept. true is not 1.",
)
TO_DECIMAL_REQUIRED = FunctionSpec(
    name="to_decimal_required",
    parameters=_VALUE,
    returns=NUMBER,
    doc="As to_decimal, but rejects the record if the value can't be read as a number.",
    call=to_decimal_required,
    examples=(
        Example("to_decimal_required('12.50')", gives=12.5),
        Example("to_decimal_required('12,50')", fails=True),
        Example("to_decimal_required(null)", fails=True),
    ),
    null=NullRule.FAILS,
    family=FAMILY,
    differences="Null rejects the record instead of becoming 0. About 16 digits are kept. true is not 1.",
)
TO_BOOLEAN = FunctionSpec(
    name="to_boolean",
    parameters=_VALUE,
    returns=or_null(BOOLEAN),
    infer=truth_type,
    doc="true for true, yes, y, on and 1, false for false, no, n, off and 0, in any letters; else null.",
    call=to_boolean,
    examples=(
        Example("to_boolean('Yes')", gives=True),
        Example("to_boolean(0)", gives=False),
        Example("to_boolean(2)", gives=None),
        Example("to_boolean('')", gives=None),
        Example("to_boolean(null)", gives=None),
    ),
    total=True,
    family=FAMILY,
    differences=_BOOLEAN_DIFFERENCES,
)
TO_BOOLEAN_REQUIRED = FunctionSpec(
    name="to_boolean_required",
    parameters=_VALUE,
    returns=BOOLEAN,
    doc="As to_boolean, but rejects the record if the value says neither true nor false.",
    call=to_boolean_required,
    examples=(
        Example("to_boolean_required('off')", gives=False),
        Example("to_boolean_required('perhaps')", fails=True),
        Example("to_boolean_required(null)", fails=True),
    ),
    null=NullRule.FAILS,
    family=FAMILY,
    differences=_BOOLEAN_DIFFERENCES.replace("Null stays null", "Null rejects the record"),
)

SPECS = (
    TO_TEXT,
    TO_INTEGER,
    TO_INTEGER_REQUIRED,
    TO_DECIMAL,
    TO_DECIMAL_REQUIRED,
    TO_BOOLEAN,
    TO_BOOLEAN_REQUIRED,
)
