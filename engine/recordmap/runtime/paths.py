"""What JMESPath means by true, equal, less and flat, for generated code and for the trace.

Differences from Python that matter: 0 is true; 1 and true are never equal, at any depth; only numbers with numbers
and texts with texts have an order, everything else gives null. (The specification orders numbers only; texts are
ordered as the jmespath library does it, character by character, because templates compare dates that way.)

Functions that walk lists take the steps of the record so far and return them with their result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.runtime.budget import MAX_STEPS, spend, too_many_steps
from recordmap.runtime.operators import kind

_NUMBERS = (int, float)
_CONTAINERS = (list, dict)


def is_true(value: Any) -> bool:
    """Return whether a value counts as true: everything but null, false, and empty text, lists and objects."""
    return bool(value) or type(value) in _NUMBERS


def same(left: Any, right: Any) -> bool:
    """Return whether two values are equal, where they are no two lists and no two objects."""
    if type(left) is type(right) or (type(left) in _NUMBERS and type(right) in _NUMBERS):
        return bool(left == right)
    return False


def equal(steps: int, left: Any, right: Any) -> tuple[int, bool]:
    """Return the steps taken, and whether two values are equal at every depth.

    Lists and objects with anything in them cost a step for each pair of values that is compared.

    Raises:
        Fault: too many steps.
    """
    if type(left) is not type(right) or type(left) not in _CONTAINERS:
        return steps, same(left, right)
    if not left or not right:
        return steps, bool(left == right)
    stack = [(left, right)]
    while stack:
        left, right = stack.pop()
        steps += 1
        if steps > MAX_STEPS:
            raise too_many_steps()
        if type(left) is list and type(right) is list:
            if len(left) != len(right):
                return steps, False
            stack.extend(zip(left, right, strict=True))
        elif type(left) is dict and type(right) is dict:
            if left.keys() != right.keys():
                return steps, False
            stack.extend((value, right[key]) for key, value in left.items())
        elif not same(left, right):
            return steps, False
    return steps, True


def refuse_unless_null(value: Any) -> bool:
    """Return false for null.

    Raises:
        TypeError: it is something else, where a schema promises a text or null.
    """
    if value is not None:
        raise TypeError("no text")
    return False


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool | None]:
    def ordered(left: Any, right: Any) -> bool | None:
        both_numbers = type(left) in _NUMBERS and type(right) in _NUMBERS
        if both_numbers or (type(left) is str and type(right) is str):
            return compare(left, right)
        return None

    return ordered


less = _ordered(lambda left, right: left < right)
less_or_equal = _ordered(lambda left, right: left <= right)
greater = _ordered(lambda left, right: left > right)
greater_or_equal = _ordered(lambda left, right: left >= right)


def flatten(steps: int, value: Any) -> tuple[int, list[Any] | None]:
    """Return the steps taken, and a list with its inner lists opened one level; null for anything but a list.

    Each element costs a step, and each element of the result another.
    A list without inner lists is returned as it is, so whoever asks must not hand it on: projections make their own.

    Raises:
        Fault: too many steps.
    """
    if not isinstance(value, list):
        return steps, None
    steps = spend(steps, 2 * len(value))
    for part in value:
        if type(part) is list:
            break
    else:
        return steps, value
    flat: list[Any] = []
    for part in value:
        if type(part) is list:
            steps += len(part) - 1
            if steps > MAX_STEPS:
                raise too_many_steps()
            flat += part
        else:
            flat.append(part)
    return steps, flat


def elements_of(function: str, value: Any) -> list[Any]:
    """Return the list that a function walks with an expression.

    Raises:
        Fault: it is no list.
    """
    if isinstance(value, list):
        return value
    raise Fault("source-failed", f"{function} needs a list, not {kind(value)}")
