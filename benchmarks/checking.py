"""Checks that contenders give the same results. Nothing is timed before its results were found equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.contenders import Contender, Ready, result

_NOTHING: tuple[Any, ...] = (None, "", {}, [])


class DifferentError(Exception):
    """A contender gave something else than the reference; its text says where."""


def without_nothing(value: Any) -> Any:
    """Return a value without its nulls, empty texts and empty containers."""
    if isinstance(value, dict):
        kept = ((key, without_nothing(inner)) for key, inner in value.items())
        return {key: inner for key, inner in kept if inner not in _NOTHING}
    if isinstance(value, list):
        return [without_nothing(inner) for inner in value]
    return value


def check(reference: Ready, others: Iterable[Ready], records: Sequence[Any]) -> dict[str, str]:
    """Compare contenders with the reference over some records; return `=` or `~` by name.

    Raises:
        DifferentError: one of them gave something else.
    """
    wanted = [result(reference.mapping, reference.contender, record) for record in records]
    found: dict[str, str] = {}
    for ready in others:
        contender = ready.contender
        for number, (record, expected) in enumerate(zip(records, wanted, strict=True)):
            if contender.strict or expected is not None:
                _compare(contender, number, result(ready.mapping, contender, record), expected)
        found[contender.name] = "=" if contender.strict else "~"
    return found


def _compare(contender: Contender, number: int, made: Any, expected: Any) -> None:
    same = made == expected if contender.strict else without_nothing(made) == without_nothing(expected)
    if not same:
        raise DifferentError(f"{contender.name}, record {number}: {made!r} instead of {expected!r}")
