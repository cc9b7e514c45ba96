"""What a plain scalar stands for: a value of JSON, a text, or what some YAML reader takes for another kind."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from recordmap.patterns import later

Resolvers = Mapping[str | None, Sequence[tuple[str, re.Pattern[str]]]]
"""The patterns of YAML 1.1 by first letter, as PyYAML has them: the tag that a scalar of this form gets."""

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_JSON_WORDS = {"": None, "null": None, "true": True, "false": False}
# What YAML 1.1 and 1.2 take for another kind of value, beside what PyYAML's own patterns know.
_OTHER_WORDS = {"~": "null", "null": "null", "true": "bool", "false": "bool", "y": "bool", "n": "bool"}
_OTHER_NUMBERS = (
    (later(r"0o[0-7]+|0x[0-9a-f]+|[-+]?[0-9][0-9_]*", re.IGNORECASE), "int"),
    (later(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?", re.IGNORECASE), "float"),
)
_BEGINS_NUMBER = frozenset("0123456789+-.")
TOO_LARGE = "too large"
KINDS = {
    "bool": ("true or false", "; to mean a yes or no, write true or false"),
    "int": ("a number", "; to mean a number, write plain digits, without leading zeros"),
    "float": ("a number", "; to mean a number, write it as 0.5 or 12"),
    "null": ("nothing", "; to mean nothing, write null"),
    "timestamp": ("a date or time", ""),
}


def read_plain(text: str, resolvers: Resolvers) -> tuple[str | int | float | bool | None, str | None]:
    """Return the value of a plain scalar, and what else it could be taken for, where it should have quotes."""
    if text in _JSON_WORDS:
        return _JSON_WORDS[text], None
    if _JSON_NUMBER.fullmatch(text):
        number = _number(text)
        return number, TOO_LARGE if number is None else None
    return text, _find_other_kind(text, resolvers)


def _number(text: str) -> int | float | None:
    is_float = any(mark in text for mark in ".eE")
    if not is_float and len(text) <= 20 and -(2**63) <= int(text) < 2**63:
        return int(text)
    return float(text) if is_float and math.isfinite(float(text)) else None


def _find_other_kind(text: str, resolvers: Resolvers) -> str | None:
    """Return what YAML 1.1 or YAML 1.2 reads a plain scalar as if that is not text: `int`, `bool` and so on."""
    if (word := _OTHER_WORDS.get(text.casefold())) is not None:
        return word
    if text[:1] in _BEGINS_NUMBER:
        for pattern, kind in _OTHER_NUMBERS:
            if pattern.fullmatch(text):
                return kind
    for tag, pattern in resolvers.get(text[:1], []):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return None
