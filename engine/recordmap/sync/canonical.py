"""One text for equal JSON values, so that they can be compared and remembered by hash."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from recordmap.runtime.outcome import Json

DIGITS = 32
"""Characters of a hash."""


def canonical(value: Json) -> bytes:
    """Return the same bytes for equal values, whatever the order of their keys.

    Raises:
        RecursionError: the value is nested too deeply to be written as JSON.
        ValueError: it holds an integer of more digits than Python writes.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Integers beyond 64 bits, lone surrogates and deep nesting are legal JSON that orjson refuses.
        return json.dumps(value, sort_keys=True).encode()


def digest(value: Json) -> str:
    """Return a hash of a value, `DIGITS` hexadecimal digits; equal values have equal hashes.

    Raises:
        RecursionError, ValueError: as for `canonical`.
    """
    # Of the hashes at hand the one that processors have instructions for: half the time of the next.
    return sha256(canonical(value), usedforsecurity=False).hexdigest()[:DIGITS]


def whole_digest(record: Json, children: Iterable[tuple[int, Json]]) -> str:
    """Return a hash of a record with its children, which go by their numbers.

    Raises:
        RecursionError, ValueError: as for `canonical`.
    """
    return digest([record, sorted(children, key=itemgetter(0))])
