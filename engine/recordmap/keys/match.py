"""The two keys of a value: one that finds records, one that keeps them apart.

Both are text of at most 254 characters that any database can store. A key that finds records is only made
from a value that is beyond doubt. A value in doubt is compared as it stands, for uniqueness alone: the same
odd address twice is still the same address, but it never decides by itself that two people are one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from recordmap.keys.emails import A_TO_Z, normalize_email
from recordmap.keys.phones import read_phone

KINDS = ("exact", "email", "phone")
"""The kinds of comparison: exact (text as it is, trimmed), email, phone."""

_MAX_LENGTH = 254
_IN_DOUBT = "raw:"


def match_key(
    kind: str, value: object, *, region: str | None = None, ignore: Iterable[str] = ()
) -> str | None:
    """Return the key that finds records with an equal value, or None when `value` must never find any.

    None for null, blank text, anything that is not text, values of `ignore` (compared trimmed, and by key: a
    shop's own number is ignored however it is written), and text that needs a person's look: wrong syntax,
    look-alike characters, placeholders. Phone numbers with an extension have keys of their own, so that the
    people behind one switchboard stay apart. `region` is the country of phone numbers written without `+`.

    Raises:
        ValueError: `kind` is not one of `KINDS`, or `region` is not a region.
    """
    text = _text(value)
    if text is None:
        return None
    key = _normal(kind, text, region)
    return None if key is None or _ignored(kind, text, key, region, ignore) else key


def unique_key(
    kind: str, value: object, *, region: str | None = None, ignore: Iterable[str] = ()
) -> str | None:
    """Return the key that no two records may share, or None when `value` may occur any number of times.

    Equal to `match_key` where that is a key. Text that needs a person's look gets a key of its own, which is
    never equal to another value's: `raw:` and a hash of the trimmed text with A-Z folded.

    Raises:
        ValueError: as for `match_key`.
    """
    text = _text(value)
    if text is None:
        return None
    key = _normal(kind, text, region)
    if _ignored(kind, text, key, region, ignore):
        return None
    return key or _IN_DOUBT + _fingerprint(kind, text)


def _text(value: object) -> str | None:
    """Return trimmed text, or None for anything blank or not text."""
    return value.strip() or None if isinstance(value, str) else None


def _normal(kind: str, text: str, region: str | None) -> str | None:
    if kind == "email":
        return normalize_email(text)
    if kind == "phone":
        read = read_phone(text, region)
        return read and (f"{read[0]};ext={read[1]}" if read[1] else read[0])
    if kind == "exact":
        return text if _is_plain(text) else None
    raise ValueError(f"'{kind}' is not a kind of key; the kinds are {', '.join(KINDS)}")


def _is_plain(text: str) -> bool:
    """Say whether text can be a key as it is: short, storable, nothing invisible in it, no raw key."""
    if len(text) > _MAX_LENGTH or text.startswith(_IN_DOUBT):
        return False
    if text.isascii():
        return text.isprintable()
    return not any(unicodedata.category(character) in _UNSEEN for character in text)


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Control, format (zero-width, bidirectional) and lone surrogate characters."""


def _ignored(kind: str, text: str, key: str | None, region: str | None, ignore: Iterable[str]) -> bool:
    values = tuple(ignore)
    if not values:
        return False
    texts, keys = _ignored_keys(kind, values, region)
    return text in texts or (key is not None and key in keys)


@lru_cache(maxsize=256)
def _ignored_keys(
    kind: str, values: tuple[str, ...], region: str | None
) -> tuple[frozenset[str], frozenset[str | None]]:
    texts = frozenset(value.strip() for value in values)
    return texts, frozenset(_normal(kind, text, region) for text in texts)


def _fingerprint(kind: str, text: str) -> str:
    """Hash text in doubt: bounded, storable even with lone surrogates, and no personal data in an index."""
    folded = text if kind == "exact" else text.translate(A_TO_Z)
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()
