"""Profile ids, and the number behind an id.

Klaviyo: ids are opaque text, usually 26 characters of the ULID alphabet (no I, L, O, U); six-character and short
numeric ones exist. Here 96 of 100 are long and two each are of the other forms. Every id holds its profile's
number in a reversible scramble, so that one profile of a million is found without a table of a million ids.
"""

from __future__ import annotations

import string

from recordmap.sandbox.generator.dice import Dice

MOST_PROFILES = 62**5
"""Beyond this many profiles the short ids would repeat."""

_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_LENGTH = 26
_TAIL_BITS = 80
_TAIL = 1 << _TAIL_BITS
_SHORT = string.digits + string.ascii_letters
_SHORT_LENGTH = 6
_FIRST_NUMERIC = 40_007
_NUMERIC_AT = 17
_SHORT_AT = 33


class Ids:
    """The ids of one seed."""

    def __init__(self, seed: int) -> None:
        dice = Dice(seed, 0, "ids")
        self._factor = dice.below(_TAIL) | 1
        self._shift = dice.below(_TAIL)
        self._inverse = pow(self._factor, -1, _TAIL)
        # Coprime to 62 ** 5, so it can be undone.
        self._short_factor = dice.below(MOST_PROFILES // 62) * 62 + 1
        self._short_inverse = pow(self._short_factor, -1, MOST_PROFILES)

    def of(self, number: int, created: int) -> str:
        """Return the id of a profile that was made at `created` (seconds of Unix time)."""
        kind = number % 50
        if kind == _NUMERIC_AT:
            return str(_FIRST_NUMERIC + number)
        if kind == _SHORT_AT:
            scrambled = number * self._short_factor % MOST_PROFILES
            # A letter in front keeps these apart from the numeric ones.
            return string.ascii_letters[number % 52] + _digits(scrambled, _SHORT, _SHORT_LENGTH - 1)
        return ulid(created, (number * self._factor + self._shift) % _TAIL)

    def number(self, text: str) -> int | None:
        """Return the number an id may belong to. Whether it really does, only making the id again can tell."""
        if not text.isascii() or len(text) > _ULID_LENGTH:
            return None
        if len(text) == _ULID_LENGTH:
            tail = _value(text[-16:], _ULID)
            return None if tail is None else (tail - self._shift) * self._inverse % _TAIL
        if text.isdigit():
            return int(text) - _FIRST_NUMERIC
        scrambled = _value(text[1:], _SHORT)
        return None if scrambled is None else scrambled * self._short_inverse % MOST_PROFILES


def ulid(seconds: int, tail: int) -> str:
    """Return an id in the form of a ULID: a time in seconds of Unix time and 80 bits."""
    return _digits((seconds * 1000 << _TAIL_BITS) + tail, _ULID, _ULID_LENGTH)


def _digits(value: int, alphabet: str, length: int) -> str:
    found = []
    for _ in range(length):
        value, digit = divmod(value, len(alphabet))
        found.append(alphabet[digit])
    return "".join(reversed(found))


def _value(text: str, alphabet: str) -> int | None:
    value = 0
    for character in text:
        digit = alphabet.find(character)
        if digit < 0:
            return None
        value = value * len(alphabet) + digit
    return value
