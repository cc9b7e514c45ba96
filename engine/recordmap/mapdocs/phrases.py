"""What functions and operators are in plain words, with places for what they are applied to."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from recordmap.patterns import later

_PLACE = later(r"\{(\d)\}")
_OPTIONAL = later(r"\[([^\[\]]*\{(\d)\}[^\[\]]*)\]")
"""What stands in brackets is said only where there is something for its place."""

CALLS: Mapping[str, str] = {
    "trim": "{0} without blanks around it",
    "upper": "{0} in capital letters",
    "lower": "{0} in small letters",
    "title": "{0} with each word's first letter large",
    "truncate": "the first {1} characters of {0}",
    "replace": "{0} with {1} replaced by {2}",
    "split": "the parts of {0} between each {1}",
    "join": "the entries of {0} with {1} between them",
    "substring": "the part of {0} that begins at position {1}[ and has {2} characters]",
    "length": "the length of {0}",
    "abs": "{0} without its sign",
    "round": "{0} rounded[ to {1} digits]",
    "to_text": "{0} as text",
    "to_integer": "{0} as a whole number",
    "to_integer_required": "{0} as a whole number, which it must be",
    "to_decimal": "{0} as a number",
    "to_decimal_required": "{0} as a number, which it must be",
    "to_boolean": "{0} as true or false",
    "to_boolean_required": "{0} as true or false, which it must be",
    "now": "the time of the transfer",
    "parse_date": "the date in {0}[, which is written as {1}]",
    "parse_date_required": "the date in {0}[, which is written as {1}], which must hold one",
    "format_date": "the date in {0}, written as {1}",
    "lookup": "what the table {0} has for {1}",
    "lookup_required": "what the table {0} has for {1}, which must be in it",
    "get_value": "{1} of {0}",
    "custom_field": "the custom field {1} of {0}",
    "normalize_email": "{0} as an email address in its usual spelling",
    "normalize_email_required": "{0} as an email address in its usual spelling, which it must be",
    "normalize_phone": "{0} as an international phone number[, of {1} where it names no country]",
    "normalize_phone_required": (
        "{0} as an international phone number[, of {1} where it names no country], which it must be"
    ),
    "field_from_first_match": "{3} of the first of {0} whose {1} is {2}",
    "keep": "{0}, or {1} where that is null",
    "fill_if_empty": "{0}, or {1} where that is empty",
    "overwrite_if_present": "{1}, or {0} where that is empty",
    "if_changed": "{1} where it differs from {2}, otherwise {0}",
    "newest": "the newer of {0} (by {1}) and {2} (by {3})",
    "first_match": "the first of {0} whose {1} is {2}",
}
LISTS: Mapping[str, str] = {
    "concat": "{} written one after another",
    "first_of": "the first of {} that is not empty",
    "coalesce": "the first of {} that is not null",
    "min": "the smallest of {}",
    "max": "the largest of {}",
}
TESTS: Mapping[str, tuple[str, str]] = {
    "is_empty": ("{0} is empty", "{0} is not empty"),
    "is_null": ("{0} is null", "{0} is not null"),
    "starts_with": ("{0} begins with {1}", "{0} doesn't begin with {1}"),
    "ends_with": ("{0} ends with {1}", "{0} doesn't end with {1}"),
    "contains": ("{0} holds {1}", "{0} doesn't hold {1}"),
    "matches": ("{0} has the form {1}", "{0} hasn't the form {1}"),
}
COMPARED: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("is", "is not"),
    ast.NotEq: ("is not", "is"),
    ast.Lt: ("is less than", "is not less than"),
    ast.LtE: ("is at most", "is more than"),
    ast.Gt: ("is more than", "is at most"),
    ast.GtE: ("is at least", "is less than"),
    ast.In: ("is among", "is not among"),
    ast.NotIn: ("is not among", "is among"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
SUMS: Mapping[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided by",
}


def listed(parts: Sequence[str], word: str) -> str:
    """Return parts as a list in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def one_or_other(parts: Sequence[str]) -> str:
    """Return values in words of which the first that is there counts."""
    if len(parts) == 2:
        return f"{parts[0]}, or {parts[1]} when there is none"
    return f"{parts[0]}, else {', else '.join(parts[1:])}"


def filled(text: str | None, parts: Sequence[str]) -> str | None:
    """Return a text with its places filled; None where there are others than it has places for."""
    if text is None:
        return None
    text = _OPTIONAL.sub(lambda found: found[1] if int(found[2]) < len(parts) else "", text)
    if {int(place) for place in _PLACE.findall(text)} != set(range(len(parts))):
        return None
    return text.format(*parts)
