"""The records of a stream, one after another and whole, for whoever does something else with them than to map them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from recordmap.streams.broken import Broken, Record
from recordmap.streams.json import UnreadableError
from recordmap.streams.reading import Block, Input
from recordmap.streams.texts import is_blank, read_text


def records(stream: Input) -> Iterator[tuple[int, Record | None]]:
    """Yield every record with its line or item number, from 1; None for one that can't be read.

    Raises:
        ConfigurationError: the stream can't be read to its end.
    """
    number = 0
    for block in stream.blocks():
        for text in _texts(block):
            number += 1
            if not isinstance(text, Broken) and is_blank(text):
                continue
            yield number, _record(text)


def _texts(block: Block) -> Iterator[bytes | Broken]:
    if isinstance(block, tuple):
        yield from block
    else:
        yield from (line.removesuffix(b"\n").removesuffix(b"\r") for line in BytesIO(block))


def _record(text: bytes | Broken) -> Record | None:
    if isinstance(text, Broken):
        return None
    try:
        return read_text(text)
    except UnreadableError:
        return None
