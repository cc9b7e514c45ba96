"""How many characters a value of a type can have when it is written as text, as `spelling` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from recordmap.diagnostics import Fault
from recordmap.expression.functions.spelling import scalar_text
from recordmap.schema.narrowing import parts
from recordmap.schema.types import Kind, Type

_LEAST = {
    Kind.BOOLEAN: len("true"),
    Kind.INTEGER: len("0"),
    Kind.NUMBER: len("0"),
    Kind.LIST: len("[]"),
    Kind.OBJECT: len("{}"),
}
_LONGEST_FRACTION = len("-2.2250738585072014e-308")
_LONGEST_ESCAPE = len("\\u0000")


def written_length(type_: Type) -> int | None:
    """Return how many characters a value has at most when it is written as text, or None where nothing bounds it."""
    return _longest(_scalar_length(part) for part in parts(type_))


def least_written(type_: Type) -> int:
    """Return how many characters a value has at least when it is written as text; null has none."""
    if type_.nullable:
        return 0
    return min((_LEAST.get(kind, type_.shortest) for kind in type_.kinds), default=0)


def _scalar_length(part: Type) -> int | None:
    if part.enum is not None:
        return max(map(_listed_length, part.enum))
    if part.kinds == {Kind.TEXT}:
        return part.longest
    if part.kinds <= {Kind.LIST, Kind.OBJECT}:
        return _json_length(part)
    return None if Kind.NUMBER in part.kinds else _plain_length(part)


def _json_length(type_: Type) -> int | None:
    lengths = [len("null") if type_.nullable else 0]
    for part in parts(type_):
        length: int | None
        if part.enum is not None:
            length = max(len(json.dumps(one, ensure_ascii=False)) for one in part.enum)
        elif part.kinds == {Kind.TEXT}:
            length = None if part.longest is None else len('""') + _LONGEST_ESCAPE * part.longest
        elif part.kinds <= {Kind.LIST, Kind.OBJECT}:
            length = _longest(_container_length(part, kind) for kind in part.kinds)
        else:
            length = _LONGEST_FRACTION if Kind.NUMBER in part.kinds else _plain_length(part)
        if length is None:
            return None
        lengths.append(length)
    return max(lengths)


def _container_length(type_: Type, kind: Kind) -> int | None:
    if kind is Kind.LIST:
        if not type_.lists.entries:
            return len("[]") if type_.lists.never_filled else None
        entries = [_json_length(one) for one in type_.lists.entries]
        known = [length for length in entries if length is not None]
        return len("[]") + sum(known) + len(",") * (len(known) - 1) if len(known) == len(entries) else None
    if type_.objects.open:
        return None
    length = len("{}")
    for key, value in type_.objects.properties.items():
        inner = _json_length(value)
        if inner is None:
            return None
        length += len(json.dumps(key, ensure_ascii=False)) + len(":") + inner + len(",")
    return length - (len(",") if type_.objects.properties else 0)


def _plain_length(part: Type) -> int:
    """Return how long booleans, or whole numbers, can be."""
    if part.kinds == {Kind.BOOLEAN}:
        return len("false")
    known = [len(str(int(end))) for end in (part.limits.low, part.limits.high) if end is not None]
    return max(known) if len(known) == 2 else len(str(-(2**63)))


def _listed_length(value: object) -> int:
    try:
        return len(scalar_text("", value) or "")
    except Fault:  # a number that can't be written rejects the record
        return 0


def _longest(lengths: Iterable[int | None]) -> int | None:
    every = list(lengths)
    return None if None in every else max((one for one in every if one is not None), default=0)
