"""Opening streams of records and cutting them into blocks: NDJSON or one JSON array, plain or compressed.

Compression is told by the file's name (`.gz`, `.zst`), an array by its first character that is no blank. A stream is
read once, forwards, and at no time is more of it in memory than one block or one record at its limit. A stream that
can't be read to its end (a compressed file that was cut off) is an error of the run: nobody knows what is missing.
"""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self, cast

from recordmap.diagnostics import ConfigurationError
from recordmap.frozen import Frozen
from recordmap.streams.broken import Broken
from recordmap.streams.json import MAX_RECORD

BLOCK = 3 << 15
"""Bytes read at a time: few enough that a block stays in the processor's cache until its lines are mapped."""

Block = bytes | tuple[bytes | Broken, ...]
"""What is mapped at a time: whole lines as they are, or elements of an array."""

_STDIO = Path("-")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NEWLINE = ord("\n")


class Range(Frozen):
    """Part of a plain file: the lines that begin from `start` on and before `end`, in bytes.

    `start` is the beginning of a line for the first part only (`is_first`).
    """

    path: Path
    start: int
    end: int
    is_first: bool

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines of this part.

        Raises:
            ConfigurationError: the file can't be read.
        """
        with _readable(str(self.path)), self.path.open("rb") as file:
            file.seek(self.start if self.is_first else self.start - 1)
            if not self.is_first:
                _skip_line(file)
            while (at := file.tell()) < self.end:
                block = _whole_lines(file, file.read(min(BLOCK, self.end - at)))
                if not block:
                    return
                yield block


class Input:
    """A stream of records, to be read once. A context manager.

    `size` is the length of the file in bytes as it lies on disk, None for standard input and anything else without a
    length; `is_array` says that it holds one JSON array and not lines.
    """

    def __init__(self, path: Path | None) -> None:
        """Open `path`; None and `-` are standard input.

        Raises:
            ConfigurationError: it can't be opened or read.
        """
        path = None if path == _STDIO else path
        self._path = path
        self._name = "the standard input" if path is None else str(path)
        with _readable(self._name), ExitStack() as opened:
            self._raw = _standard_input() if path is None else opened.enter_context(path.open("rb"))
            self._is_file = path is not None and path.is_file()
            self.size = os.fstat(self._raw.fileno()).st_size if self._is_file else None
            self._file = _decompressed(self._raw, path)
            self._begin = 0
            if self._file.peek(1).startswith(_BYTE_ORDER_MARK):
                self._begin = len(self._file.read(len(_BYTE_ORDER_MARK)))
            self.is_array = self._file.peek(1).lstrip().startswith(b"[")
            self._close = opened.pop_all().close

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def unit(self) -> str:
        """What records are counted by: `line`, or `item` of an array."""
        return "item" if self.is_array else "line"

    @property
    def position(self) -> int:
        """How many bytes of the file, as it lies on disk, were read."""
        return self._raw.tell() if self._is_file else 0

    def blocks(self, size: int = 0) -> Iterator[Block]:
        """Yield the records in blocks of about `size` bytes; without a size as soon as there are some.

        Raises:
            ConfigurationError: the stream can't be read to its end.
        """
        with _readable(self._name):
            # What a pipe has at hand is mapped at once, so that results come while somebody still writes.
            read = self._file.read if size or self._is_file else self._file.read1
            chunks = iter(lambda: read(size or BLOCK), b"")
            if self.is_array:
                yield from _element_blocks(chunks, size or BLOCK)
            else:
                yield from (_whole_lines(self._file, chunk) for chunk in chunks)

    def ranges(self, length: int) -> list[Range]:
        """Return the file in parts of `length` bytes; none when it must be read from one end to the other."""
        if self._path is None or self.size is None or self.is_array or self._file is not self._raw:
            return []
        starts = range(self._begin, self.size, length)
        return [Range(self._path, at, min(at + length, self.size), at == self._begin) for at in starts]


def _element_blocks(chunks: Iterable[bytes], size: int) -> Iterator[Block]:
    from recordmap.streams.elements import elements  # noqa: PLC0415 - only for arrays

    block: list[bytes | Broken] = []
    length = 0
    for element in elements(chunks):
        block.append(element)
        # With its comma: between two commas there may be nothing, again and again.
        length += 1 + (len(element) if isinstance(element, bytes) else 0)
        if length >= size:
            yield tuple(block)
            block, length = [], 0
    if block:
        yield tuple(block)


def line_blocks(data: bytes) -> Iterator[bytes]:
    """Cut whole lines into blocks of lines; data of about one block stays as it is."""
    if len(data) < 2 * BLOCK:
        yield data
        return
    file = io.BytesIO(data)
    while block := file.read(BLOCK):
        yield _whole_lines(file, block)


def _whole_lines(file: io.BufferedReader | io.BytesIO, data: bytes) -> bytes:
    """Read on to the end of the last line. What a line has over the limit of a record is passed over."""
    if data and data[-1] != _NEWLINE:
        data += file.readline(MAX_RECORD + 1)
        if data[-1] != _NEWLINE and _skip_line(file):
            data += b"\n"
    return data


def _skip_line(file: io.BufferedReader | io.BytesIO) -> bool:
    """Pass over the rest of a line; say whether there was any."""
    passed = False
    while more := file.readline(BLOCK):
        passed = True
        if more[-1] == _NEWLINE:
            break
    return passed


def _standard_input() -> io.BufferedReader:
    return cast("io.BufferedReader", sys.stdin.buffer)


def _decompressed(raw: io.BufferedReader, path: Path | None) -> io.BufferedReader:
    suffix = path.suffix.lower() if path is not None else ""
    if suffix == ".gz":
        import gzip  # noqa: PLC0415 - only for such files

        # `GzipFile` has every method of a raw stream that a buffer needs.
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=raw, mode="rb")), BLOCK)
    if suffix == ".zst":
        from recordmap.streams.zstd import ZstdReader  # noqa: PLC0415 - only for such files

        return io.BufferedReader(ZstdReader(raw), BLOCK)
    return raw


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what goes wrong while reading into a configuration error that names the stream."""
    try:
        yield
    except EOFError:
        raise ConfigurationError(
            f"{name} can't be read to its end: the compressed data was cut off"
        ) from None
    except zlib.error:
        raise ConfigurationError(f"{name} can't be read: the compressed data is damaged") from None
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror or _damage(error)}") from None


def _damage(error: OSError) -> str:
    """Return what is wrong with compressed data, which isn't the system's to say."""
    import gzip  # noqa: PLC0415 - only for such files

    is_gzip = isinstance(error, gzip.BadGzipFile)
    return "the compressed data is damaged, or was never compressed" if is_gzip else str(error)
