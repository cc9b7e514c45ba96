"""E-mail addresses, phone numbers and external ids, and the numbers of the profiles that may have one.

E-mail addresses lie in the domains set apart for examples, phone numbers in ranges nobody is reached by: exchange
555 in North America and the range that Ofcom keeps for drama. Each holds its profile's number, so that it is
unique and so that a filter finds it among a million profiles at once.

Klaviyo: the same address on two profiles is rare, but the case of the letters can differ; new phone numbers are
E.164 while old records hold other forms; external ids repeat.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from recordmap.sandbox.generator.dice import Dice
from recordmap.sandbox.generator.words import EMAIL_DOMAINS

TWIN_EVERY, TWIN_AT = 500, 261
"""One profile of each 500 has the address of the one before it, in capital letters."""
_REPEAT_EVERY, _REPEAT_AT = 700, 351

_AREA_CODES = (  # noqa: SIM905 - as a list of texts it would be a hundred lines
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 220 223 224 225 227 228 229 231 "
    "234 235 239 240 248 251 252 253 254 256 260 262 267 269 270 272 274 276 279 281 283 301 302 303 304 "
    "305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 324 325 326 327 329 330 331 332 334 "
    "336 337 339 341 346 347 350 351 352 353 360 361 363 364 369 380 385 386 401 402 404 405 406 407 408 "
    "409 410 412 413 414 415 417 419"
).split()
_FIRST_LINE = 100
_LINES = 10_000
_DRAMA_EVERY, _DRAMA_AT, _DRAMA_NUMBERS = 20, 9, 1000

_NUMBER_IN_EMAIL = re.compile(r"([0-9]{1,12})@", re.ASCII)
_NUMBER_AT_END = re.compile(r"([0-9]{1,12})$", re.ASCII)
_OLD_FORMS = ("({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "{0}{1}{2}", "1-{0}-{1}-{2}", "+1 ({0}) {1}-{2}")


def is_twin(number: int) -> bool:
    """Whether a profile shares the address of the one before it."""
    return number % TWIN_EVERY == TWIN_AT


def email_of(number: int, first_name: str, last_name: str, dice: Dice) -> str:
    """Return an address that no other number has, at most 100 characters long."""
    first, last, domain = _local(first_name), _local(last_name), dice.pick(EMAIL_DOMAINS)
    form = dice.below(20)
    if form == 0:
        return f"{first}+news{number}@{domain}"
    if form == 1:
        return f"{first.title()}.{last.title()}{number}@{domain.title()}"
    if form == 2:
        return f"{first[:1]}_{last}-{number}@{domain}"
    if form == 3:
        return f"o'{last}{number}@{domain}"
    return f"{first}.{last}{number}@{domain}"


@lru_cache(maxsize=256)
def _local(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z]", "", plain) or "someone"


def phone_of(number: int, dice: Dice, *, needed: bool) -> str | None:
    """Return a phone number; one of four is null or empty unless `needed`, one of ten others of an older form.

    Numbers repeat after about a million profiles: there are no more that reach nobody.
    """
    form = 0 if needed else dice.below(100)
    if form >= 75:
        return "" if form >= 95 else None
    drama, place = divmod(number, _DRAMA_EVERY)[::-1]
    if drama == _DRAMA_AT and place < _DRAMA_NUMBERS:
        return f"+447700900{place:03}"
    row, column = divmod(number, len(_AREA_CODES))
    area, line = _AREA_CODES[column], f"{(_FIRST_LINE + row) % _LINES:04}"
    if form < 68:
        return f"+1{area}555{line}"
    return dice.pick(_OLD_FORMS).format(area, "555", line)


def external_id_of(number: int, dice: Dice) -> str | None:
    """Return an id of another system, at most 255 characters long, or null. Some repeat."""
    form = dice.below(10)
    if form >= 6:
        return None
    if form == 5:
        return ""
    shown = number - 1 if number % _REPEAT_EVERY == _REPEAT_AT else number
    return (f"donor-{shown}", f"{shown}", f"gid://shop/Customer/{shown}", f"c-88-{shown:06}", f"ä {shown}")[
        form
    ]


def numbers_with_email(text: str) -> Iterator[int]:
    """Give the numbers of the profiles that may have this address."""
    if found := _NUMBER_IN_EMAIL.search(text):
        yield from (int(found[1]), int(found[1]) + 1)


def numbers_with_phone(text: str, count: int) -> Iterable[int]:
    """Return the numbers below `count` of the profiles that may have this phone number."""
    digits = re.sub("[^0-9]", "", text[:40])
    if digits.startswith("447700900"):
        return (int(digits[9:12] or 0) * _DRAMA_EVERY + _DRAMA_AT,)
    area, line = digits[-10:-7], digits[-4:]
    if area not in _AREA_CODES:
        return ()
    row = (int(line) - _FIRST_LINE) % _LINES
    first = row * len(_AREA_CODES) + _AREA_CODES.index(area)
    return range(first, count, _LINES * len(_AREA_CODES))


def numbers_with_external_id(text: str) -> Iterator[int]:
    """Give the numbers of the profiles that may have this external id."""
    if found := _NUMBER_AT_END.search(text):
        yield from (int(found[1]), int(found[1]) + 1)
