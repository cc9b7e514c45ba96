"""Masking of whole records. Whatever isn't proven harmless is masked.

Harmless are null, true and false, blank texts, 0, values that the schema lists, and texts and keys that stand in the
templates themselves. All else is masked: texts, numbers, and the keys of objects that may have any keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import orjson

from recordmap.masking.texts import TextMasker
from recordmap.schema.types import ANY, Type

_DAYS = 1500
"""How far back dates are moved, at most."""


class Masker:
    """Masks records with one key.

    `words` are texts and keys that are no secret. `kept` are paths (attributes.subscriptions) that stay as they are
    with all below, `masked` those that are masked although they seem harmless.
    """

    def __init__(
        self,
        key: bytes,
        words: frozenset[str] = frozenset(),
        kept: Iterable[str] = (),
        masked: Iterable[str] = (),
    ) -> None:
        self._key = key
        self._words = words
        self._kept = frozenset(kept)
        self._masked = frozenset(masked)

    def record(self, record: Any, schema: Type, about: object = None) -> Any:
        """Return the fake of a record. `about` names who it is of, so that all dates of one are moved alike."""
        return self._value(record, schema, "", self._texts(about), force=False)

    def paths(self, record: Any, schema: Type) -> list[str]:
        """Return the paths of all that is masked, in the order of the record, keys that are masked as `*`."""
        fake = self.record(record, schema)
        return list(dict.fromkeys(_different(record, fake, "")))

    def _texts(self, about: object) -> TextMasker:
        data = orjson.dumps(about, option=orjson.OPT_SORT_KEYS, default=str)
        number = int.from_bytes(hashlib.blake2b(data, key=self._key, digest_size=8).digest(), "big")
        shift = timedelta(days=number % (_DAYS - 30) + 30, seconds=number // _DAYS % 86_400)
        return TextMasker(self._key, shift)

    def _value(self, value: Any, schema: Type, path: str, texts: TextMasker, *, force: bool) -> Any:
        if path in self._kept and path:
            return value
        force = force or path in self._masked
        match value:
            case None | bool():
                return value
            case dict():
                return self._object(value, schema, path, texts, force=force)
            case list():
                items = schema.lists.each
                return [self._value(one, items, path, texts, force=force) for one in value]
            case str():
                if not force and (not value.strip() or self._is_harmless(value, schema)):
                    return value
                return texts.text(value)
            case int() | float():
                return value if not force and self._is_harmless(value, schema) else texts.number(value)
            case _:
                return None

    def _is_harmless(self, value: str | float, schema: Type) -> bool:
        listed = schema.enum is not None and any(
            type(one) is type(value) and one == value for one in schema.enum
        )
        return listed or value in self._words

    def _object(
        self, value: dict[str, Any], schema: Type, path: str, texts: TextMasker, *, force: bool
    ) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, inner in value.items():
            known = key in schema.objects.properties
            name = key if known or key in self._words or not key.strip() else texts.text(key)
            while name in made:
                name += "x"
            below = schema.objects.properties.get(key) or schema.objects.extra or ANY
            made[name] = self._value(inner, below, f"{path}.{key}" if path else key, texts, force=force)
        return made


def _different(value: Any, fake: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for (key, inner), (name, other) in zip(value.items(), fake.items(), strict=True):
            shown = key if key == name else "*"
            below = f"{path}.{shown}" if path else shown
            if key != name:
                yield below
            yield from _different(inner, other, below)
    elif isinstance(value, list):
        for inner, other in zip(value, fake, strict=True):
            yield from _different(inner, other, path)
    elif value != fake:
        yield path
