"""The records of a stream, one after another and whole, for whoever does something else with them than to map them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from recordmap.streams.broken import Broken, Malformed, Record
from recordmap.streams.json import UnreadableError, shown_text
from recordmap.streams.reading import Block, Input
from recordmap.streams.texts import is_blank, read_text


def records(stream: Input) -> Iterator[Record | Malformed]:
    """Yield every record, or what is known of one that can't be read.

    Raises:
        ConfigurationError: the stream can't be read to its end.
    """
    for block in stream.blocks():
        for text in _texts(block):
            if isinstance(text, Broken):
                yield Malformed(text.reason, "")
            elif not is_blank(text):
                yield _record(text)


def _texts(block: Block) -> Iterator[bytes | Broken]:
    if isinstance(block, tuple):
        yield from block
    else:
        yield from (line.removesuffix(b"\n").removesuffix(b"\r") for line in BytesIO(block))


def _record(text: bytes) -> Record | Malformed:
    try:
        return read_text(text)
    except UnreadableError as error:
        return Malformed(str(error), shown_text(text))
