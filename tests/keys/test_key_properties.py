"""What holds for the keys of all texts: keys are stable, and join only spellings of one address or number."""

from __future__ import annotations

import re
import string
import unicodedata

import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from recordmap.keys import KINDS, match_key, normalize_email, normalize_phone, unique_key
from recordmap.keys.emails import _PLAIN, _validated
from recordmap.keys.phones import _is_kept_as_written, _read_by_library

ATOM = string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-"
# Letters that fold, compose or map in surprising ways, beside ordinary ones.
# Letters and marks that fold, compose or map in surprising ways, beside ordinary ones: Kelvin sign, long s,
# dotted and dotless i, ligature, full-width letter and signs, joiners, soft hyphen, right-to-left override.
ODD = (
    "éÉßK漢ñǰẞ\u017f\u0130\u0131\ufb01\u212a\u212b\u2126"
    "\u0301\u030c\u200b\u200d\u00ad\u202e\uff20\uff41\u3002\uff0e"
)
ALNUM = string.ascii_letters + string.digits

odd_text = st.text(ATOM + ODD, min_size=1, max_size=6)
plain_text = st.builds(
    str.__add__, st.text(ATOM + "éÑ漢", min_size=1, max_size=6), st.sampled_from(["", "", "\u0301", "\u030c"])
)
locals_ = st.lists(st.one_of(*[plain_text] * 7, odd_text), min_size=1, max_size=3).map(".".join)
plain_label = st.text(ALNUM, min_size=1, max_size=8)
odd_label = st.text(ALNUM + "-éÉßü漢\u212a\uff41", min_size=1, max_size=8)
labels = st.one_of(*[plain_label] * 7, odd_label)
tops = ["com", "COM", "de", "Org", "museum", "xn--p1ai", "рф"] * 5 + ["invalid", "test", "local", "c1"]
domains = st.builds(
    lambda parts, top, dot: dot.join([*parts, top]),
    st.lists(labels, min_size=1, max_size=3),
    st.sampled_from(tops),
    st.sampled_from(["."] * 9 + ["\u3002"]),
)
blanks = st.text(" \t\n\u00a0", max_size=2)
addresses = st.builds(lambda a, b, c, d: f"{a}{b}@{c}{d}", blanks, locals_, domains, blanks)
texts = st.one_of(addresses, addresses, st.text(max_size=40), st.text(ATOM + "@. ", max_size=30))
regions = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
NOTATIONS = [
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
]


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str, str]:
    """A number of a region in one of many notations: the text without extension, the extension, the region.

    It begins as an example number of the library and has its last digits changed, so most are possible.
    """
    region = draw(regions)
    kind = draw(st.sampled_from(sorted(phonenumbers.supported_types_for_region(region))))
    number = phonenumbers.example_number_for_type(region, kind)
    assume(number is not None)
    form = draw(st.sampled_from(NOTATIONS))
    text = phonenumbers.format_number(number, form)
    tail = draw(st.text("0123456789", max_size=5))
    text = text[: len(text) - len(tail)] + tail
    gap, at = draw(st.sampled_from(["", "", " ", "-", "."])), draw(st.integers(1, len(text)))
    extension = draw(st.sampled_from([""] * 6 + [" x5", " ext. 12", ";ext=7", " #1", "x", "ext", " x 1 x 2"]))
    return text[:at] + gap + text[at:], extension, region


def spelling(text: str) -> tuple[str, str]:
    """What two spellings of one address have in common, said in other words than the code does."""
    local, _, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    folded = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in local)
    names = domain.replace("\u3002", ".").split(".")
    return unicodedata.normalize("NFC", folded), ".".join(
        n.lower().encode("idna").decode("ascii") for n in names
    )


@settings(max_examples=400)
@given(addresses)
def test_the_fast_road_gives_what_the_validated_road_gives(text: str) -> None:
    text = text.strip()
    if _PLAIN.fullmatch(text) and len(text) <= 254:
        assert text.lower() == _validated(text)


@settings(max_examples=400)
@given(
    st.lists(st.text(ATOM, min_size=1, max_size=90), min_size=1, max_size=3),
    st.lists(
        st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=64), min_size=1, max_size=4
    ),
    st.one_of(
        st.text(string.ascii_letters, min_size=2, max_size=2), st.sampled_from(["com", "ORG", "Info", "biz"])
    ),
)
def test_the_fast_road_knows_the_limits_of_length(atoms: list[str], names: list[str], top: str) -> None:
    text = ".".join(atoms) + "@" + ".".join([*names, top])
    slow = _validated(text)
    assert normalize_email(text) == slow
    if _PLAIN.fullmatch(text):
        assert (slow is None) == (len(text) > 254)


@settings(max_examples=500)
@given(addresses)
@example("andre\u0301@example.com")
def test_an_email_key_is_its_own_key(text: str) -> None:
    key = normalize_email(text)
    assume(key is not None)
    assert key is not None
    assert normalize_email(key) == key
    assert len(key.encode()) <= 254


@settings(max_examples=500)
@given(addresses)
def test_an_email_key_keeps_all_but_case_blanks_composition_and_domain_form(text: str) -> None:
    key = normalize_email(text)
    assume(key is not None)
    assert key is not None
    local, _, domain = key.rpartition("@")
    assert (local, domain) == spelling(text)


@settings(max_examples=300)
@given(addresses, blanks, blanks, st.randoms(use_true_random=False))
def test_case_blanks_and_composition_do_not_matter(text: str, before: str, after: str, dice) -> None:
    other = "".join(
        c.swapcase() if c in string.ascii_letters and dice.random() < 0.5 else c
        for c in unicodedata.normalize("NFC", text.strip())
    )
    other = unicodedata.normalize("NFD", other)
    key = match_key("email", text)
    if key is not None:
        assert match_key("email", f"{before}{other}{after}") == key


@settings(max_examples=400)
@given(written_numbers(), regions)
def test_a_phone_key_is_its_own_key_in_every_region(written: tuple[str, str, str], other: str) -> None:
    text, extension, region = written
    key = match_key("phone", text + extension, region=region)
    assume(key is not None)
    assert match_key("phone", key, region=other) == key
    assert match_key("phone", key) == key


@settings(max_examples=400)
@given(written_numbers())
def test_a_phone_key_keeps_the_digits(written: tuple[str, str, str]) -> None:
    text, extension, region = written
    key = normalize_phone(text + extension, region)
    assume(key is not None)
    assert key is not None
    assert re.fullmatch(r"\+[0-9]{5,15}", key)
    # Only a prefix is ever added or dropped: the subscriber's digits are those that were written.
    digits = "".join(c for c in text if c.isdigit())
    assert digits.endswith(key[-4:])
    assert normalize_phone(text, region) == key


@settings(max_examples=300)
@given(written_numbers(), st.integers(0, 3), st.sampled_from("0123456789"))
def test_another_digit_is_another_phone_key(written: tuple[str, str, str], place: int, digit: str) -> None:
    text, _, region = written
    at = [i for i, c in enumerate(text) if c.isdigit()][-1 - place]
    assume(text[at] != digit)
    key = match_key("phone", text, region=region)
    assume(key is not None)
    assert match_key("phone", text[:at] + digit + text[at + 1 :], region=region) != key


codes = st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)) | st.integers(1, 999)


@settings(max_examples=600)
@given(
    st.builds(
        "+{}{}{}".format,
        codes,
        # National prefixes, leading zeros and carriers come first; lengths of every kind follow.
        st.sampled_from(["", "", "0", "00", "1", "8", "06", "01", "15", "010", "9", "11"]),
        st.text("0123456789", min_size=3, max_size=12),
    )
    | written_numbers().map(lambda written: "".join(c for c in written[0] if c in "+0123456789")),
    st.none() | regions,
)
@example("+4407700900461", None)
@example("+12025555555", None)
@example("+8550043909598", None)
@example("+390212345678", None)
@example("+5491187654321", "AR")
def test_the_fast_road_of_phones_gives_what_the_library_gives(text: str, region: str | None) -> None:
    if re.fullmatch(r"\+[1-9][0-9]{6,14}", text) and _is_kept_as_written(text):
        assert _read_by_library(text, region) == (text, "")


def test_the_fast_road_is_the_usual_one() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        number = phonenumbers.example_number(region)
        if not number.italian_leading_zero:
            text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert _is_kept_as_written(text), text


@given(st.integers(2, 15), st.sampled_from("0123456789"), st.none() | regions)
def test_repeated_digits_are_never_a_phone_key(length: int, digit: str, region: str | None) -> None:
    assert match_key("phone", digit * length, region=region) is None
    assert match_key("phone", "+1" + digit * length, region=region) is None


@settings(max_examples=300)
@given(
    st.sampled_from(KINDS),
    st.one_of(
        texts,
        written_numbers().map(lambda w: w[0] + w[1]),
        st.text(st.characters(), max_size=300),
        st.none(),
        st.integers(),
        st.booleans(),
    ),
)
def test_any_value_has_storable_keys_and_no_other_outcome(kind: str, value: object) -> None:
    match, unique = match_key(kind, value, region="US"), unique_key(kind, value, region="US")
    if match is not None:
        assert unique == match
    for key in (match, unique):
        if key is not None:
            assert 0 < len(key) <= 254
            assert "\0" not in key
            key.encode("utf-8")
    assert (unique is None) == (not isinstance(value, str) or not value.strip())


@pytest.mark.parametrize("kind", KINDS)
@given(value=st.text(max_size=20), blank=blanks)
def test_blanks_around_never_matter(kind: str, value: str, blank: str) -> None:
    assert match_key(kind, blank + value + blank, region="US") == match_key(kind, value, region="US")
    assert unique_key(kind, blank + value + blank, region="US") == unique_key(kind, value, region="US")
