"""The operators of formulas, for generated code and for the trace.

Python's meaning where it is JSON's too; everything else is a fault: null in arithmetic, text times a number,
integers beyond 64 bits, numbers that are not finite. No operator gets past the limits of a value, so a chain of
them ends in time and space linear in its inputs.
"""

from __future__ import annotations

from typing import Any

from recordmap.diagnostics import Fault

MAX_TEXT = 100_000
"""Characters in one text."""
MAX_COMPARED = 10_000
"""Parts of lists and objects that one comparison looks at."""
_BOUND = 2**63
_NUMBERS = (int, float)
_CONTAINERS = (list, dict)


def kind(value: Any) -> str:
    """Return the kind of a JSON value in words, for messages: never the value itself."""
    if value is None:
        return "null"
    words = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return words.get(type(value), "something that is not JSON")


def add(left: Any, right: Any) -> Any:
    """Return the sum of two numbers, or two texts joined."""
    if type(left) is str and type(right) is str:
        if len(left) + len(right) > MAX_TEXT:
            raise Fault("value-too-large", f"a text of more than {MAX_TEXT:,} characters")
        return left + right
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        try:
            return number(left + right)
        except OverflowError:
            raise _too_large() from None
    raise _unfit("+", left, right)


def subtract(left: Any, right: Any) -> Any:
    """Return the difference of two numbers."""
    _need_numbers("-", left, right)
    try:
        return number(left - right)
    except OverflowError:
        raise _too_large() from None


def multiply(left: Any, right: Any) -> Any:
    """Return the product of two numbers. Text is not repeated: use a function."""
    _need_numbers("*", left, right)
    try:
        return number(left * right)
    except OverflowError:
        raise _too_large() from None


def divide(left: Any, right: Any) -> Any:
    """Return the quotient of two numbers, with a fraction."""
    _need_divisor("/", left, right)
    try:
        return number(left / right)
    except OverflowError:
        raise _too_large() from None


def floor_divide(left: Any, right: Any) -> Any:
    """Return the quotient of two numbers, rounded down."""
    _need_divisor("//", left, right)
    try:
        return number(left // right)
    except OverflowError:
        raise _too_large() from None


def modulo(left: Any, right: Any) -> Any:
    """Return the remainder of a floor division. Numbers only: text formatting is not in the language."""
    _need_divisor("%", left, right)
    try:
        return number(left % right)
    except OverflowError:
        raise _too_large() from None


def negate(value: Any) -> Any:
    """Return a number with the other sign."""
    if type(value) not in _NUMBERS:
        raise Fault("formula-failed", f"- needs a number, not {kind(value)}")
    return number(-value)


def positive(value: Any) -> Any:
    """Return a number as it is."""
    if type(value) not in _NUMBERS:
        raise Fault("formula-failed", f"+ needs a number, not {kind(value)}")
    return value


def less(left: Any, right: Any) -> bool:
    """Return left < right, of two numbers or two texts."""
    _need_order("<", left, right)
    return bool(left < right)


def less_or_equal(left: Any, right: Any) -> bool:
    """Return left <= right, of two numbers or two texts."""
    _need_order("<=", left, right)
    return bool(left <= right)


def greater(left: Any, right: Any) -> bool:
    """Return left > right, of two numbers or two texts."""
    _need_order(">", left, right)
    return bool(left > right)


def greater_or_equal(left: Any, right: Any) -> bool:
    """Return left >= right, of two numbers or two texts."""
    _need_order(">=", left, right)
    return bool(left >= right)


def equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal, as Python has it: 1, 1.0 and true are.

    Lists and objects are walked without recursion, so that how deep a comparison can go doesn't depend on who asks.

    Raises:
        Fault: they are too large to be compared.
    """
    if not isinstance(left, _CONTAINERS) or not isinstance(right, _CONTAINERS):
        return bool(left == right)
    compared = 0
    stack = [(left, right)]
    while stack:
        left, right = stack.pop()
        compared += 1
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            _need_few(compared + len(stack) + len(left))
            stack.extend(zip(left, right, strict=True))
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            _need_few(compared + len(stack) + len(left))
            stack.extend((value, right[key]) for key, value in left.items())
        elif isinstance(left, _CONTAINERS) or isinstance(right, _CONTAINERS) or left != right:
            return False
    return True


def within(item: Any, container: Any) -> bool:
    """Return whether a text holds a text, a list an item, or an object a key."""
    if type(container) is list:
        if isinstance(item, _CONTAINERS):
            return any(equal(item, one) for one in container)
        return item in container
    if type(container) is str and type(item) is str:
        return item in container
    if type(container) is dict and type(item) is str:
        return item in container
    raise Fault("formula-failed", f"`in` can't look for {kind(item)} in {kind(container)}")


def item(container: Any, key: Any) -> Any:
    """Return an entry of an object or list; null where there is none. Never an attribute of anything."""
    if isinstance(container, dict) and type(key) is str:
        return container.get(key)
    if isinstance(container, list) and type(key) is int and -len(container) <= key < len(container):
        return container[key]
    return None


def number(value: float) -> float:
    """Return a number within the limits: 64 bits for integers, finite for others."""
    if type(value) is int:
        if -_BOUND <= value < _BOUND:
            return value
        raise Fault("value-too-large", "a whole number beyond 64 bits")
    if type(value) is float and value - value == 0.0:  # false for infinities and NaN
        return value
    raise Fault("value-too-large", "a number that is not finite")


def _too_large() -> Fault:
    # Whole numbers beyond 64 bits come from records that no JSON reader of ours made.
    return Fault("value-too-large", "a number beyond 64 bits")


def _need_few(parts: int) -> None:
    if parts > MAX_COMPARED:
        raise Fault("value-too-large", f"a comparison of more than {MAX_COMPARED:,} parts")


def _need_numbers(sign: str, left: Any, right: Any) -> None:
    if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
        raise _unfit(sign, left, right)


def _need_divisor(sign: str, left: Any, right: Any) -> None:
    _need_numbers(sign, left, right)
    if right == 0:
        raise Fault("formula-failed", "division by zero")


def _need_order(sign: str, left: Any, right: Any) -> None:
    both_text = type(left) is str and type(right) is str
    if not both_text and (type(left) not in _NUMBERS or type(right) not in _NUMBERS):
        raise _unfit(sign, left, right, "compare")


def _unfit(sign: str, left: Any, right: Any, verb: str = "join") -> Fault:
    return Fault("formula-failed", f"{sign} can't {verb} {kind(left)} and {kind(right)}")
