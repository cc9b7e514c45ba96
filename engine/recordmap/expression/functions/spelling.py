"""How a value is written as text: numbers and booleans in plain words, lists and objects as compact JSON."""

from __future__ import annotations

from typing import Any

from recordmap.diagnostics import Fault
from recordmap.expression.functions.limits import INTEGER_BOUND, MAX_TEXT, number_too_large, text_too_long


def scalar_text(function: str, value: object) -> str | None:
    """Return a text, number or boolean as text, or None for anything else.

    A whole number has no ".0", because JSON doesn't tell 1.0 from 1; no number has an exponent, because
    people don't read them and other systems may not.

    Raises:
        Fault: a number beyond 64 bits, or one that is not finite.
    """
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        if -INTEGER_BOUND <= value < INTEGER_BOUND:
            return str(value)
        raise number_too_large(function)
    if type(value) is float:
        return _decimal_text(function, value)
    return None


def _decimal_text(function: str, value: float) -> str:
    text = repr(value)
    if text.endswith(".0"):
        return "0" if value == 0 else text[:-2]
    if "n" in text:  # inf, nan
        raise number_too_large(function)
    if "e" in text:
        from decimal import Decimal  # noqa: PLC0415 - seldom needed, costs 2 ms

        return format(Decimal(text), "f")
    return text


def json_text(function: str, value: list[Any] | dict[str, Any]) -> str:
    """Return a list or object as compact JSON, keys in their order.

    The length is estimated from below before anything is written; values count as often as they would be
    written.

    Raises:
        Fault: the text would be too long, or the value is not JSON (numbers beyond 64 bits, half characters,
            endless nesting).
    """
    _refuse_large(function, value)
    import orjson  # noqa: PLC0415 - most collections never need it

    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # orjson says so of half characters, and of nesting beyond 254 levels
        raise Fault("value-too-large", f"{function}: the value can't be written as JSON") from None
    if len(text) > MAX_TEXT:
        raise text_too_long(function)
    return text


def _refuse_large(function: str, value: list[Any] | dict[str, Any]) -> None:
    """Walk a value without recursion until it is known to be small enough to write, and JSON."""
    least = 0
    stack: list[Any] = [value]
    while stack:
        part = stack.pop()
        kind = type(part)
        least += 1
        if kind is str:
            least += len(part) + 1
        elif kind is list:
            least += len(part)
            if least <= MAX_TEXT:
                stack.extend(part)
        elif kind is dict:
            least += 2 * len(part)
            if least <= MAX_TEXT:
                stack.extend(part)
                stack.extend(part.values())
        elif (kind is int and not -INTEGER_BOUND <= part < INTEGER_BOUND) or (
            kind is float and part - part != 0.0
        ):
            raise number_too_large(function)
        if least > MAX_TEXT:
            raise text_too_long(function)
