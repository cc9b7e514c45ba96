"""Zstandard streams; the one door to `zstandard`. Frames may follow each other, as members do in `.gz` files.

The library's own stream reader takes a file that was cut off for a complete one, and its other reader unpacks without
a bound. So a file is handed to it block by block (RFC 8878, section 3.1): no block unpacks to more than 128 KB.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

import zstandard

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPED = b"\x2a\x4d\x18"  # after a first byte of 0x50 to 0x5f
_CHECKSUM = 4
_DICTIONARY_ID = (0, 1, 2, 4)
_CONTENT_SIZE = (0, 2, 4, 8)
_REPEATED = 1
_STEP = 1 << 16


def zstd_writer(raw: BinaryIO) -> BinaryIO:
    """Return a stream that writes one frame to `raw`; closing it ends the frame and leaves `raw` open."""
    writer = zstandard.ZstdCompressor(write_checksum=True).stream_writer(raw, closefd=False)
    return cast("BinaryIO", writer)


class ZstdReader(io.RawIOBase):
    """The text of a Zstandard file. When read it raises EOFError for one cut off, OSError for one damaged."""

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self._texts = self._unpacked()
        self._text = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` as far as one block goes; 0 at the end."""
        while not self._text:
            text = next(self._texts, None)
            if text is None:
                return 0
            self._text = memoryview(text)
        target = memoryview(buffer).cast("B")
        length = min(len(target), len(self._text))
        target[:length] = self._text[:length]
        self._text = self._text[length:]
        return length

    def _unpacked(self) -> Iterator[bytes]:
        context = zstandard.ZstdDecompressor()
        while self._raw.peek(1):
            magic = self._exactly(len(_FRAME))
            if magic[1:] == _SKIPPED and magic[0] >> 4 == 5:
                self._pass_over(int.from_bytes(self._exactly(4), "little"))
            elif magic == _FRAME:
                frame = context.decompressobj()
                try:
                    yield from (frame.decompress(part) for part in self._parts())
                except zstandard.ZstdError:
                    raise OSError("the compressed data is damaged") from None
            else:
                raise OSError("the compressed data is damaged")

    def _parts(self) -> Iterator[bytes]:
        """Yield a frame: its header, its blocks, and its checksum if it has one."""
        descriptor = self._exactly(1)
        flags = descriptor[0]
        is_single = flags >> 5 & 1
        window = 1 - is_single
        content_size = _CONTENT_SIZE[flags >> 6] or is_single
        yield _FRAME + descriptor + self._exactly(window + _DICTIONARY_ID[flags & 3] + content_size)
        is_last = 0
        while not is_last:
            header = self._exactly(3)
            value = int.from_bytes(header, "little")
            is_last, kind, size = value & 1, value >> 1 & 3, value >> 3
            yield header + self._exactly(1 if kind == _REPEATED else size)
        if flags >> 2 & 1:
            yield self._exactly(_CHECKSUM)

    def _exactly(self, size: int) -> bytes:
        data = self._raw.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def _pass_over(self, size: int) -> None:
        while size:
            size -= len(self._exactly(min(size, _STEP)))
