"""The two keys of a value: one that finds records, one that keeps them apart.

Both are text of at most 254 characters that any database can store. A key that finds records is only made
from a value that is beyond doubt. A value in doubt is compared as it stands, for uniqueness alone: the same
odd address twice is still the same address, but it never decides by itself that two people are one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial

from recordmap.keys.emails import A_TO_Z, normalize_email
from recordmap.keys.phones import read_phone

KINDS = ("exact", "email", "phone")
"""The kinds of comparison: exact (text as it is, trimmed), email, phone."""

_MAX_LENGTH = 254
_IN_DOUBT = "raw:"
_REMEMBERED = 4096


def match_key(
    kind: str, value: object, *, region: str | None = None, ignore: Iterable[str] = ()
) -> str | None:
    """Return the key that finds records with an equal value: see `Keys.match`.

    Raises:
        ValueError: `kind` is not one of `KINDS`, or `region` is not a region.
    """
    return keys_of(kind, region, tuple(ignore)).match(value)


def unique_key(
    kind: str, value: object, *, region: str | None = None, ignore: Iterable[str] = ()
) -> str | None:
    """Return the key that no two records may share: see `Keys.unique`.

    Raises:
        ValueError: as for `match_key`.
    """
    return keys_of(kind, region, tuple(ignore)).unique(value)


class Keys:
    """Makes the keys of one kind. `keys_of` returns the same one for the same terms.

    `region` is the country of phone numbers written without `+`. Values of `ignore` have no key (compared trimmed,
    and by key: a shop's own number is ignored however it is written).
    """

    def __init__(self, kind: str, region: str | None, ignore: tuple[str, ...]) -> None:
        self._kind = kind
        normal = partial(_NORMAL[kind], region=region) if kind == "phone" else _NORMAL[kind]
        # A value is asked for its key when a record is matched, and when it is written.
        self._normal = lru_cache(maxsize=_REMEMBERED)(normal)
        self._ignored_texts = frozenset(value.strip() for value in ignore)
        self._ignored_keys = frozenset(self._key(text) for text in self._ignored_texts) - {None}

    def match(self, value: object) -> str | None:
        """Return the key that finds records with an equal value, or None when `value` must never find any.

        None for null, blank text, anything that is not text, values to be ignored, and text that needs a person's
        look: wrong syntax, look-alike characters, placeholders. Phone numbers with an extension have keys of their
        own, so that the people behind one switchboard stay apart.

        Raises:
            ValueError: the region is not a region.
        """
        text = _text(value)
        if text is None or text in self._ignored_texts:
            return None
        key = self._key(text)
        return None if key in self._ignored_keys else key

    def unique(self, value: object) -> str | None:
        """Return the key that no two records may share, or None when `value` may occur any number of times.

        Equal to `match` where that is a key. Text that needs a person's look gets a key of its own, which is never
        equal to another value's: `raw:` and a hash of the trimmed text with A-Z folded.

        Raises:
            ValueError: as for `match`.
        """
        text = _text(value)
        if text is None or text in self._ignored_texts:
            return None
        key = self._key(text)
        if key in self._ignored_keys:
            return None
        return key or _IN_DOUBT + _fingerprint(self._kind, text)

    def _key(self, text: str) -> str | None:
        # No longer text has a key, and what is remembered must not be megabytes.
        return self._normal(text) if len(text) <= _MAX_LENGTH else None


@lru_cache(maxsize=256)
def keys_of(kind: str, region: str | None = None, ignore: tuple[str, ...] = ()) -> Keys:
    """Return what makes the keys of a kind.

    Raises:
        ValueError: `kind` is not one of `KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"'{kind}' is not a kind of key; the kinds are {', '.join(KINDS)}")
    return Keys(kind, region, ignore)


def _text(value: object) -> str | None:
    """Return trimmed text, or None for anything blank or not text."""
    return value.strip() or None if isinstance(value, str) else None


def _phone(text: str, region: str | None) -> str | None:
    read = read_phone(text, region)
    return read and (f"{read[0]};ext={read[1]}" if read[1] else read[0])


def _exact(text: str) -> str | None:
    return text if _is_plain(text) else None


_NORMAL: Mapping[str, Callable[..., str | None]] = {
    "exact": _exact,
    "email": normalize_email,
    "phone": _phone,
}


def _is_plain(text: str) -> bool:
    """Say whether text can be a key as it is: short, storable, nothing invisible in it, no raw key."""
    if len(text) > _MAX_LENGTH or text.startswith(_IN_DOUBT):
        return False
    if text.isascii():
        return text.isprintable()
    return not any(unicodedata.category(character) in _UNSEEN for character in text)


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Control, format (zero-width, bidirectional) and lone surrogate characters."""


def _fingerprint(kind: str, text: str) -> str:
    """Hash text in doubt: bounded, storable even with lone surrogates, and no personal data in an index."""
    folded = text if kind == "exact" else text.translate(A_TO_Z)
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()
