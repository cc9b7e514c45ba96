"""Decoding of a record no more than is needed of it: the door to msgspec.

What comes out is the record that any reader would give, without the keys that nobody asks for. A text that can't be
read so is refused, and left to the careful reader. What isn't needed is passed over, not read: it must be valid JSON,
but the size of its numbers is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from types import GenericAlias
from typing import Any, TypedDict

import msgspec

from recordmap.compiler.needs import Need
from recordmap.runtime.outcome import Record

Decode = Callable[[bytes], Record]
"""Reads one record; raises ValueError or RecursionError for a text that the careful reader has to look at."""

_OTHER = str | int | float | bool | None


def narrow_decoder(need: Need) -> Decode:
    """Return a decoder for records of which no more than `need` is needed."""
    return msgspec.json.Decoder(_object(need)).decode


def _type(need: Need) -> Any:
    if need.whole:
        return Any
    record = _object(need)
    # Whatever stands where an object was expected is kept as it is: a collection may have something to say of it.
    entry = record | _OTHER if need.is_each else Any
    return record | GenericAlias(list, (entry,)) | _OTHER


def _object(need: Need) -> Any:
    keys = {key: _type(inner) for key, inner in need.keys.items()}
    return TypedDict("Needed", keys, total=False)  # type: ignore[operator]  # made at run time
