"""Decoding of a record no more than is needed of it: the door to msgspec.

What isn't needed is passed over, not read: it must be valid JSON, but the size of its numbers is not looked at. A text
in which something needed is unusual (an integer beyond 64 bits, an object where none is expected, lists within lists
within lists) is refused, and left to the careful reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from io import BytesIO
from types import GenericAlias
from typing import Annotated, Any, TypedDict

import msgspec

from recordmap.compiler.held import Decoded
from recordmap.compiler.needs import Need
from recordmap.runtime.outcome import Record
from recordmap.runtime.plan import Function

Decode = Callable[[bytes], Record]
"""Reads one record; raises ValueError or RecursionError for a text that the careful reader has to look at."""

_LEVELS = 3
"""Lists and objects inside each other of a value that is needed whole."""
_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_SCALAR = str | _INTEGER | float | bool | None


def narrow_decoder(need: Need) -> Decode:
    """Return a decoder of the records that any reader would give, without the keys that nobody asks for."""
    return msgspec.json.Decoder(_record(need)).decode


class Narrow:
    """A decoder of no more than is needed, into objects instead of records, and the function that maps these.

    `compile` makes that function; it gives None where the record has to be read and mapped as a whole.

    Raises:
        ValueError: no class can have attributes for these keys.
    """

    def __init__(self, need: Need, compile: Callable[[Decoded], Function]) -> None:  # noqa: A002 - that's what it does
        objects = _objects(need)
        self._need = need
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(objects.made).decode
        """Reads one record as an object, or raises as a `Decode` does."""
        self.function = compile(objects)

    def objects(self, block: bytes) -> Iterable[Any]:
        """Read the lines of a block as objects; None is what `function` gets for a line that isn't usual.

        All lines are read before the first is mapped, because a processor is faster at one thing at a time.
        """
        try:
            return list(map(self.decode, BytesIO(block)))
        except (ValueError, RecursionError):
            return map(self._decoded, BytesIO(block))

    def _decoded(self, text: bytes) -> Any:
        try:
            return self.decode(text)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def read(self) -> Decode:
        """Reads a record that can't be read as a whole."""
        return narrow_decoder(self._need)


def _record(need: Need) -> Any:
    keys = {
        key: _whole(_LEVELS) if below.whole else _type(_record(below), below)
        for key, below in need.keys.items()
    }
    return TypedDict("Needed", keys, total=False)  # type: ignore[operator]  # made at run time


def _objects(need: Need) -> Decoded:
    inner = {key: _objects(below) for key, below in need.keys.items() if not below.whole}
    attributes = {key: f"key_{number}" for number, key in enumerate(need.keys)}
    fields = [
        (
            attributes[key],
            _type(inner[key].made, below) if key in inner else _whole(_LEVELS),
            msgspec.field(default=None, name=key),
        )
        for key, below in need.keys.items()
    ]
    # Nothing that is decoded refers to itself, so the collector need not know of it.
    return Decoded(msgspec.defstruct("Needed", fields, gc=False), attributes, inner)


def _type(made: Any, need: Need) -> Any:
    # Whatever stands where an object was expected is kept as it is: a collection may have something to say of it.
    return made | GenericAlias(list, (made | _SCALAR,)) | _SCALAR if need.is_each else made | _SCALAR


def _whole(levels: int) -> Any:
    if not levels:
        return _SCALAR
    inner = _whole(levels - 1)
    return _SCALAR | GenericAlias(list, (inner,)) | GenericAlias(dict, (str, inner))
