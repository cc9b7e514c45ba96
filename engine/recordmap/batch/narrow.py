"""Decoding of a record no more than is needed of it: the door to msgspec.

What comes out is the record that any reader would give, without the keys that nobody asks for. A text that is unusual
in any way is refused, and left to the careful reader: an object that is something else, a number out of range. What
isn't needed is passed over, not read: it must be valid JSON, but the size of its numbers is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import msgspec

from recordmap.compiler.needs import Need
from recordmap.runtime.outcome import Record

Decode = Callable[[bytes], Record]
"""Reads one record; raises ValueError or RecursionError for a text that the careful reader has to look at."""


def narrow_decoder(need: Need) -> Decode:
    """Return a decoder for records of which no more than `need` is needed."""
    return msgspec.json.Decoder(_object(need)).decode


def _type(need: Need) -> Any:
    if need.whole:
        return Any
    record = _object(need)
    return record | list[record] | None if need.is_each else record | None  # type: ignore[valid-type]


def _object(need: Need) -> Any:
    keys = {key: _type(inner) for key, inner in need.keys.items()}
    return TypedDict("Needed", keys, total=False)  # type: ignore[operator]  # made at run time
