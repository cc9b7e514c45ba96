"""Fakes of texts and numbers: of the same length and form, always the same for the same value and key.

A text is masked word by word, each letter by a letter of its kind and each digit by a digit, so that length, case,
punctuation and blanks stay. A word has the same fake wherever it stands and in whatever case, so records that belong
together still do. Phone numbers keep their country and stay possible, dates stay dates. What comes out depends on a
secret key: without it nobody can try out which name gives a fake.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache

from recordmap.keys import normalize_phone

_WORD = re.compile(r"[^\W_]+")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST_END = re.compile(r"\.[A-Za-z]{2,}(?=$|[/:?#\s])")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,22}[0-9]")
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:([T ])(\d{2}):(\d{2})(?::(\d{2}))?)?((?:\.\d+)?)(Z|[+-]\d{2}:?\d{2})?"
)
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_TRIES = 60
_KEPT_DIGITS = {"1": 3}
"""Digits behind a country code that tell the region, where these are not two."""
_USUAL_DIGITS = 2


class TextMasker:
    """Masks single values with one key. `shift` is what dates are moved by."""

    def __init__(self, key: bytes, shift: timedelta) -> None:
        self._key = key
        self._shift = shift

    def text(self, text: str) -> str:
        """Return the fake of a text; blanks stay blanks."""
        stripped = text.strip()
        if _ISO.fullmatch(stripped) or _DAY_FIRST.fullmatch(stripped):
            return text.replace(stripped, self._date(stripped))
        if _PHONE.fullmatch(stripped) and sum(map(str.isdigit, stripped)) >= 7:
            return text.replace(stripped, self._phone(stripped))
        return "".join(self._parts(text))

    def number(self, value: float) -> float:
        """Return the fake of a number: as many digits, the same sign; 0 stays 0, because it means nothing."""
        if value == 0:
            return value
        shown = repr(abs(value))
        sign = -1 if value < 0 else 1
        if isinstance(value, int):
            return sign * int(self._number_digits(shown))
        mantissa, _, exponent = shown.partition("e")
        faked = self._number_digits(mantissa)
        return sign * float(f"{faked}e{exponent}" if exponent else faked)

    def _number_digits(self, shown: str) -> str:
        digits = self._stream(f"number:{shown}")
        made = "".join(_digit(character, digits) for character in shown)
        # As many digits as before, and no more than 64 bits hold.
        first = next(digits) % (8 if len(shown) > 18 else 9) + 1
        made = f"{first}{made[1:]}" if shown[0] != "0" else made
        return made if made != shown else f"{made[:-1]}{(int(made[-1]) + 1) % 9 + 1}"

    def _parts(self, text: str) -> Iterator[str]:
        """Yield a text with its words masked; the scheme of an address and the last part of a host stay."""
        url = _URL.match(text)
        at = url.end() if url else 0
        yield text[:at]
        kept = [found.span() for found in _HOST_END.finditer(text)] if url or "@" in text else []
        for word in _WORD.finditer(text, at):
            yield text[at : word.start()]
            stays = any(start < word.start() and word.end() <= end for start, end in kept)
            yield word[0] if stays else self.word(word[0])
            at = word.end()
        yield text[at:]

    def word(self, word: str) -> str:
        """Return the fake of one word: never the word itself, whatever its case."""
        folded = word.lower() if len(word.lower()) == len(word) else word
        for attempt in range(_TRIES):
            stream = self._stream(f"word:{attempt}:{folded}")
            made = "".join(_character(character, stream) for character in word)
            if made.lower() != word.lower():
                return made
        return "x" * len(word)

    def _phone(self, text: str) -> str:
        """Return a number of the same country and writing; a possible one, where the number was one."""
        normal = normalize_phone(text)
        digits = [character for character in text if character.isdigit()]
        joined = "".join(digits)
        code = _country_code(joined) if text.startswith("+") else ""
        area = len(code) + _KEPT_DIGITS.get(code, _USUAL_DIGITS)
        made = joined
        for attempt in range(_TRIES):
            stream = self._stream(f"phone:{attempt}:{joined}")
            # The region's own digits stay while a possible number can be found with them.
            kept = area if attempt < _TRIES // 2 else len(code)
            made = joined[:kept] + "".join(str(next(stream) % 10) for _ in joined[kept:])
            if made[kept:] != joined[kept:] and (normal is None or normalize_phone(f"+{made}") is not None):
                break
        left = iter(made)
        return "".join(next(left) if character.isdigit() else character for character in text)

    def _date(self, text: str) -> str:
        found = _ISO.fullmatch(text)
        if found is None:
            return self._day_first(text)
        clock = [found[5] or "00", found[6] or "00", found[7] or "00"]
        try:
            moved = (
                datetime.fromisoformat(f"{found[1]}-{found[2]}-{found[3]}T{':'.join(clock)}") - self._shift
            )
        except (ValueError, OverflowError):
            return "".join(self._parts(text))
        made = f"{moved.year:04}-{moved:%m-%d}"
        if found[4] is not None:
            made += f"{found[4]}{moved:%H:%M}" + (f":{moved:%S}" if found[7] else "")
        digits = self._stream(f"fraction:{text}")
        return made + "".join(_digit(one, digits) for one in found[8]) + (found[9] or "")

    def _day_first(self, text: str) -> str:
        """Return a day and a month that stand in either order."""
        found = _DAY_FIRST.fullmatch(text)
        if found is None:
            return "".join(self._parts(text))
        stream = self._stream(f"date:{text}")
        one, other = (f"{next(stream) % 9 + 1:0{len(found[part])}}" for part in (1, 3))
        year = f"{found[4][:2]}{next(stream) % 100:02}"
        made = f"{one}{found[2]}{other}{found[2]}{year}"
        return made if made != text else f"{one}{found[2]}{other}{found[2]}{(int(year) + 1) % 10000:04}"

    def _stream(self, text: str) -> Iterator[int]:
        """Yield numbers from 0 to 65535 that nobody can tell without the key."""
        block = 0
        while True:
            data = f"{block}:{text}".encode("utf-8", "surrogatepass")
            made = hashlib.blake2b(data, key=self._key, digest_size=64).digest()
            yield from (int.from_bytes(made[at : at + 2], "big") for at in range(0, 64, 2))
            block += 1


def _digit(character: str, stream: Iterator[int]) -> str:
    return str(next(stream) % 10) if character.isdigit() else character


def _character(character: str, stream: Iterator[int]) -> str:
    """Return a character of the same kind."""
    if character.isascii():
        if character.isdigit():
            return str(next(stream) % 10)
        letter = chr(ord("a") + next(stream) % 26)
        return letter.upper() if character.isupper() else letter
    like = _alike(ord(character.lower()) >> 6, unicodedata.category(character.lower()[:1]))
    if not like:
        return "x"
    made = like[next(stream) % len(like)]
    upper: Callable[[str], str] = str.upper if character != character.lower() else str
    return upper(made) if len(upper(made)) == 1 else made


@cache
def _alike(block: int, category: str) -> str:
    """Return the characters of a category that stand in the same stretch of 64."""
    if category.startswith("M"):
        return ""
    return "".join(
        one for one in map(chr, range(block << 6, (block + 1) << 6)) if unicodedata.category(one) == category
    )


def _country_code(digits: str) -> str:
    """Return the country code that digits begin with: +1, +7, or two or three digits."""
    if digits[:1] in ("1", "7"):
        return digits[:1]
    return digits[:2]
