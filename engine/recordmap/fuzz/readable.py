"""Texts that functions of formulas read something from, which random texts hardly ever are: of each, many lengths.

A search can only show that an address may be too long for its field where it has an address of that length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recordmap.expression.functions.dates import moment_of
from recordmap.expression.functions.layouts import layout_of
from recordmap.keys import emails
from recordmap.keys.phones import national_numbers

_LONGEST_LOCAL = 64
_LONGEST_LABEL = 63
_WIDE = "\u337f"
"""One character that domains have four for, which are written with 17."""
_WRITTEN_WIDE = 17
_MOMENT = "2024-02-10T09:30:00.5"
_DATES = (_MOMENT, "123456789")
_NUMBERS = (".5", "-99", "9e9", "-9e9", "9e18", "-9e18", "5e-324")
_PHONES = (
    *(f"+49{'1234567890123456'[:digits]}" for digits in range(4, 16)),
    *("+8100375169972964081"[:length] for length in (19, 20)),
    *("+378886377", "+67222345"),  # these grow
)


def read_by(function: str, constants: Iterable[object], lengths: Iterable[int]) -> Iterator[str]:
    """Yield texts that a function reads, given the constants in its formula; addresses one longer than `lengths`."""
    match function.removesuffix("_required"):
        case "normalize_email":
            for length in (one for one in lengths if one < emails.MAX_LENGTH):
                yield from (_address(length + 1, wide) for wide in range(4))
        case "normalize_phone":
            yield from _PHONES
            yield from (number for region in constants for number in national_numbers(str(region)))
        case "to_integer" | "to_decimal":
            yield from _NUMBERS
        case "parse_date" | "format_date":
            yield from _DATES
            moment = moment_of(_MOMENT)
            for layout in constants:
                found = layout_of(layout) if isinstance(layout, str) else None
                if found is not None and moment is not None:
                    yield found.write(moment)


def _address(length: int, wide: int) -> str:
    """Return an address whose normal form has so many characters at least: wide ones make it longer than it is."""
    labels = [_WIDE] * wide or ["b"]
    left = length - len("@c") - wide * (_WRITTEN_WIDE + len(".")) - (0 if wide else len("b."))
    local = max(min(left, _LONGEST_LOCAL), 1)
    left -= local
    while left > 0:
        labels.append("b" * min(max(left - len("."), 1), _LONGEST_LABEL))
        left -= len(labels[-1]) + len(".")
    return f"{'a' * local}@{'.'.join(labels)}.c"
