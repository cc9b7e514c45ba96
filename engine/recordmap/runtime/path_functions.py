"""The functions of JMESPath, as the specification has them, with a bound on everything that grows.

Arguments of another kind are faults, never converted. Functions that walk lists or long texts are counted: they take
the steps of the record so far and return them with their result. `map` is not here: it is a loop, and generated code
writes it out; `sort_by`, `min_by` and `max_by` are given the keys that such a loop made.

Where the specification and the jmespath library differ, the specification holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.frozen import Frozen
from recordmap.runtime.budget import spend
from recordmap.runtime.operators import MAX_TEXT, kind, number
from recordmap.runtime.path_conversions import (
    CHARACTERS_PER_STEP,
    NUMBERS,
    path_to_array,
    path_to_number,
    path_to_string,
    path_type,
)
from recordmap.runtime.paths import equal, same

_CONTAINERS = (list, dict)
_ALL_NUMBERS = frozenset(NUMBERS).issuperset
_ALL_TEXTS = frozenset((str,)).issuperset


def _unfit(function: str, needs: str, value: Any) -> Fault:
    return Fault("source-failed", f"{function} needs {needs}, not {kind(value)}")


def _number(function: str, value: Any) -> Any:
    if type(value) in NUMBERS:
        return value
    raise _unfit(function, "a number", value)


def _text(function: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _unfit(function, "a text", value)


def _list(function: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise _unfit(function, "a list", value)


def _object(function: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise _unfit(function, "an object", value)


def _finite(function: str, compute: Callable[[Any], Any], value: Any) -> Any:
    """Compute a number within the limits: 64 bits for whole numbers, finite for others."""
    try:
        return number(compute(value))
    except (OverflowError, ValueError):
        raise Fault("source-failed", f"{function}: a number that is not finite, or beyond 64 bits") from None


def _numbers(steps: int, function: str, value: Any) -> int:
    """Check a list of numbers, and return the steps with it."""
    steps = spend(steps, len(_list(function, value)))
    if not _ALL_NUMBERS(map(type, value)):
        wrong = next(item for item in value if type(item) not in NUMBERS)
        raise _unfit(function, "a list of numbers", wrong)
    return steps


def _comparable(steps: int, function: str, items: list[Any]) -> int:
    """Check that items are all numbers or all texts, so that they have an order, and return the steps with them."""
    steps = spend(steps, len(items))
    if not (_ALL_NUMBERS(map(type, items)) or _ALL_TEXTS(map(type, items))):
        found = " and ".join(sorted({kind(item) for item in items}))
        raise Fault("source-failed", f"{function} needs numbers only or texts only, not {found}")
    return steps


def path_abs(value: Any) -> Any:
    """Return a number without its sign."""
    return _finite("abs", abs, _number("abs", value))


def path_ceil(value: Any) -> Any:
    """Return the next whole number above."""
    return _finite("ceil", math.ceil, _number("ceil", value))


def path_floor(value: Any) -> Any:
    """Return the next whole number below."""
    return _finite("floor", math.floor, _number("floor", value))


def path_sum(steps: int, value: Any) -> tuple[int, Any]:
    """Return the sum of a list of numbers; 0 of none."""
    return _numbers(steps, "sum", value), _finite("sum", sum, value)


def path_avg(steps: int, value: Any) -> tuple[int, Any]:
    """Return the average of a list of numbers; null of none."""
    steps = _numbers(steps, "avg", value)
    return steps, _finite("avg", lambda items: sum(items) / len(items), value) if value else None


def path_contains(steps: int, subject: Any, search: Any) -> tuple[int, bool]:
    """Return whether a text holds a text, or a list an equal element."""
    if isinstance(subject, str):
        part = _text("contains, on a text,", search)
        return spend(steps, len(subject) // CHARACTERS_PER_STEP), part in subject
    if not isinstance(subject, list):
        raise _unfit("contains", "a list or a text", subject)
    steps = spend(steps, len(subject))
    if type(search) not in _CONTAINERS:
        return steps, any(same(item, search) for item in subject)
    for item in subject:
        steps, found = equal(steps, item, search)
        if found:
            return steps, True
    return steps, False


def path_starts_with(value: Any, prefix: Any) -> bool:
    """Return whether a text begins with another."""
    return _text("starts_with", value).startswith(_text("starts_with", prefix))


def path_ends_with(value: Any, suffix: Any) -> bool:
    """Return whether a text ends with another."""
    return _text("ends_with", value).endswith(_text("ends_with", suffix))


def path_join(steps: int, glue: Any, value: Any) -> tuple[int, str]:
    """Return the texts of a list joined, with `glue` between them."""
    between, parts = _text("join", glue), _list("join", value)
    steps = spend(steps, len(parts))
    size = len(between) * max(len(parts) - 1, 0)
    for part in parts:
        if not isinstance(part, str):
            raise _unfit("join", "a list of texts", part)
        size += len(part)
    if size > MAX_TEXT:
        raise Fault("value-too-large", f"join: a text of more than {MAX_TEXT:,} characters")
    return spend(steps, size // CHARACTERS_PER_STEP), between.join(parts)


def path_keys(steps: int, value: Any) -> tuple[int, list[str]]:
    """Return the keys of an object, in its order."""
    entries = _object("keys", value)
    return spend(steps, len(entries)), list(entries)


def path_values(steps: int, value: Any) -> tuple[int, list[Any]]:
    """Return the values of an object, in its order."""
    entries = _object("values", value)
    return spend(steps, len(entries)), list(entries.values())


def path_length(value: Any) -> int:
    """Return the characters of a text, the elements of a list or the entries of an object."""
    if isinstance(value, str | list | dict):
        return len(value)
    raise _unfit("length", "a text, a list or an object", value)


def path_max(steps: int, value: Any) -> tuple[int, Any]:
    """Return the largest of numbers or texts; null of none."""
    items = _list("max", value)
    return _comparable(steps, "max", items), max(items, default=None)


def path_min(steps: int, value: Any) -> tuple[int, Any]:
    """Return the smallest of numbers or texts; null of none."""
    items = _list("min", value)
    return _comparable(steps, "min", items), min(items, default=None)


def path_sort(steps: int, value: Any) -> tuple[int, list[Any]]:
    """Return numbers or texts in ascending order."""
    items = _list("sort", value)
    return _comparable(steps, "sort", items), sorted(items)


def path_sort_by(steps: int, items: list[Any], keys: list[Any]) -> tuple[int, list[Any]]:
    """Return items in ascending order of their keys; equal ones stay in their order."""
    steps = _comparable(steps, "sort_by (by its keys)", keys)
    order = sorted(range(len(items)), key=keys.__getitem__)
    return steps, [items[position] for position in order]


def path_min_by(steps: int, items: list[Any], keys: list[Any]) -> tuple[int, Any]:
    """Return the first item with the smallest key; null of none."""
    steps = _comparable(steps, "min_by (by its keys)", keys)
    return steps, items[min(range(len(items)), key=keys.__getitem__)] if items else None


def path_max_by(steps: int, items: list[Any], keys: list[Any]) -> tuple[int, Any]:
    """Return the first item with the largest key; null of none."""
    steps = _comparable(steps, "max_by (by its keys)", keys)
    return steps, items[max(range(len(items)), key=keys.__getitem__)] if items else None


def path_merge(steps: int, *values: Any) -> tuple[int, dict[str, Any]]:
    """Return the entries of all objects in one; of equal keys the last counts."""
    merged: dict[str, Any] = {}
    for value in values:
        entries = _object("merge", value)
        steps = spend(steps, len(entries))
        merged.update(entries)
    return steps, merged


def path_not_null(*values: Any) -> Any:
    """Return the first value that is not null."""
    return next((value for value in values if value is not None), None)


def path_reverse(steps: int, value: Any) -> tuple[int, Any]:
    """Return a list or a text from its end."""
    if isinstance(value, str):
        return spend(steps, len(value) // CHARACTERS_PER_STEP), value[::-1]
    if not isinstance(value, list):
        raise _unfit("reverse", "a list or a text", value)
    return spend(steps, len(value)), value[::-1]


class PathFunction(Frozen):
    """A function of JMESPath. A counted one takes the steps so far first, and returns them first.

    Where JMESPath takes an expression (`sort_by`), `call` takes the list of its results, one for each element.
    """

    call: Callable[..., Any]
    counted: bool


FUNCTIONS: Mapping[str, PathFunction] = MappingProxyType(
    {
        "abs": PathFunction(path_abs, counted=False),
        "avg": PathFunction(path_avg, counted=True),
        "ceil": PathFunction(path_ceil, counted=False),
        "contains": PathFunction(path_contains, counted=True),
        "ends_with": PathFunction(path_ends_with, counted=False),
        "floor": PathFunction(path_floor, counted=False),
        "join": PathFunction(path_join, counted=True),
        "keys": PathFunction(path_keys, counted=True),
        "length": PathFunction(path_length, counted=False),
        "max": PathFunction(path_max, counted=True),
        "max_by": PathFunction(path_max_by, counted=True),
        "merge": PathFunction(path_merge, counted=True),
        "min": PathFunction(path_min, counted=True),
        "min_by": PathFunction(path_min_by, counted=True),
        "not_null": PathFunction(path_not_null, counted=False),
        "reverse": PathFunction(path_reverse, counted=True),
        "sort": PathFunction(path_sort, counted=True),
        "sort_by": PathFunction(path_sort_by, counted=True),
        "starts_with": PathFunction(path_starts_with, counted=False),
        "sum": PathFunction(path_sum, counted=True),
        "to_array": PathFunction(path_to_array, counted=False),
        "to_number": PathFunction(path_to_number, counted=False),
        "to_string": PathFunction(path_to_string, counted=True),
        "type": PathFunction(path_type, counted=False),
        "values": PathFunction(path_values, counted=True),
    }
)
"""Every function but `map`, by its name in JMESPath."""
