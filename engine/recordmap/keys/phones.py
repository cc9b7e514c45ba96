"""Phone numbers in E.164, so that two ways of writing one number compare as equal text.

A number that begins with `+` names its country itself, so it counts when its length is possible there.
Requiring an assigned range as well would refuse ranges younger than the library's tables, and those set apart
for fiction (Ofcom: 07700 900000 to 900999), without making two different numbers any less different. A number
without `+` is read in a region somebody guessed, so it counts only when it is valid there: order numbers and
dates have possible lengths too.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

# Digits of any script with the usual separators. Letters are refused: `1-800-FLOWERS` is a number to the
# library, but so is many a customer number.
_NUMBER = re.compile(r"[+\uFF0B]?[\d\s()./\u2010-\u2015\u2212-]+")
_EXTENSION = re.compile(
    r"(.+?)\s*(?:;ext=|,?\s*(?:extension|extn|ext)\.?:?|x|#)\s*([0-9]{1,9})", re.IGNORECASE
)
_PLACEHOLDER_RUN = 7
_MAX_LENGTH = 64
_PLAIN = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_LONGEST_CODE = 3
SHORTEST, LONGEST = 7, 20
"""Characters of a number in E.164: +, a country's code, and from 4 to 17 digits."""
_SHORTEST_NATIONAL = 4
_COMPLETED = ((14, 0), (10, 14), (9, 10))
"""From how many characters on a text gives how many: San Marino and Norfolk Island complete short numbers after +."""


def normalize_phone(text: str, region: str | None = None) -> str | None:
    """Return a phone number in E.164, without its extension, or None when `text` is not a usable number.

    `region` is the country (ISO 3166-1, such as `US`) of numbers written without `+` and country code;
    without it those give None. None also for placeholders: a number that is written with one digit only, or
    whose last seven digits are one and the same.

    Raises:
        ValueError: `region` is not a region.
    """
    read = read_phone(text, region)
    return read[0] if read else None


def read_phone(text: str, region: str | None) -> tuple[str, str] | None:
    """Return a number in E.164 and its extension (empty when it has none), or None: see `normalize_phone`."""
    text = text.strip()
    return _read(text, region) if len(text) <= _MAX_LENGTH else None


def longest_read(characters: int, region: str | None) -> int:
    """Return how many characters a number has at most that is read from a text of so many; 0 if none can be.

    Raises:
        ValueError: `region` is not a region.
    """
    most = 0
    if characters >= SHORTEST:
        grown = next((grown for least, grown in _COMPLETED if characters >= least), 0)
        most = min(max(characters, grown), LONGEST)
    if region is None or characters < _SHORTEST_NATIONAL:
        return most
    _read("", region)
    import phonenumbers  # noqa: PLC0415 - as below

    code = phonenumbers.country_code_for_region(region)
    # A number is also one where it is valid in another region of the country's code.
    for sharing in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        plan = phonenumbers.PhoneMetadata.metadata_for_region(sharing)
        if plan is not None and plan.general_desc is not None:
            # The digits that a rule writes before a number, such as those of an area.
            completed = len(re.sub(r"\\[0-9]", "", plan.national_prefix_transform_rule or ""))
            national = min(max(plan.general_desc.possible_length), characters + completed)
            most = max(most, len(f"+{code}") + national)
    return most


def national_numbers(region: str) -> list[str]:
    """Return numbers as they are written within a region; none where there is no such region."""
    import phonenumbers  # noqa: PLC0415 - as below

    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    found = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    return [phonenumbers.national_significant_number(one) for one in found if one is not None]


@lru_cache(maxsize=8192)
def _read(text: str, region: str | None) -> tuple[str, str] | None:
    """Read a number; cached, because matching, uniqueness and often a formula look at the same one."""
    import phonenumbers  # noqa: PLC0415 - costs 20 ms and 20 MB that most commands never need

    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"'{region}' is not a region; use a two-letter country code such as 'US' or 'GB'")
    if _PLAIN.fullmatch(text) and _is_kept_as_written(text):
        return text, ""
    return _read_by_library(text, region)


def _is_kept_as_written(text: str) -> bool:
    """Say whether a number in E.164 is certain to be its own key: most numbers, at a tenth of the cost.

    What the library could change or refuse is left to it: a national prefix inside, leading zeros, a length
    that is not possible, an unknown country, a placeholder. A test holds this equal to the library's road.
    """
    for end in range(2, _LONGEST_CODE + 2):
        plan = _number_plan(text[1:end])
        if plan is not None:
            lengths, prefix = plan
            national = text[end:]
            # Where everything in a prefix may be missing, it is found in every number, and nothing is dropped.
            found = prefix and prefix.match(national)
            return (
                len(national) in lengths
                and national[0] != "0"
                and not (found and (found.end() or found.lastindex))
                and national[-_PLACEHOLDER_RUN:].strip(national[-1]) != ""
            )
    return False


@cache
def _number_plan(code: str) -> tuple[frozenset[int], re.Pattern[str] | None] | None:
    """Return the possible lengths of a country's numbers and its national prefix; None for no country's code."""
    import phonenumbers  # noqa: PLC0415 - as above

    if int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    region = phonenumbers.region_code_for_country_code(int(code))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    # The library tells by length alone whether a number is possible, so any digits will do.
    lengths = frozenset(
        length
        for length in range(2, 15)
        if phonenumbers.is_possible_number_with_reason(
            phonenumbers.PhoneNumber(country_code=int(code), national_number=int("2" * length))
        )
        == possible
    )
    prefix = metadata and metadata.national_prefix_for_parsing
    return lengths, re.compile(prefix) if prefix else None


def _read_by_library(text: str, region: str | None) -> tuple[str, str] | None:
    import phonenumbers  # noqa: PLC0415 - as above

    # The library's own reading of extensions also takes loose letters, so they are split off here.
    with_extension = _EXTENSION.fullmatch(text)
    main, extension = with_extension.groups() if with_extension else (text, "")
    if not _NUMBER.fullmatch(main):
        return None
    try:
        number = phonenumbers.parse(main, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    written = [int(character) for character in main if character.isdecimal()]
    national = phonenumbers.national_significant_number(number)
    # Both as written and as completed: some regions put an area code before `555555`.
    if any(len(set(digits)) == 1 for digits in (written, [*national[-_PLACEHOLDER_RUN:]])):
        return None
    key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    names_country = number.country_code_source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN
    possible = (
        names_country
        and phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    # A possible number that is written as it will be kept counts, valid or not; asking takes the longest.
    if possible and [*map(int, key[1:])] == written:
        return key, extension
    if phonenumbers.is_valid_number(number):
        return key, extension
    if not possible:
        return None
    # Surplus leading zeros go one at a time, so such a number would be another one when read again.
    again = phonenumbers.format_number(phonenumbers.parse(key), phonenumbers.PhoneNumberFormat.E164)
    return (key, extension) if again == key else None
