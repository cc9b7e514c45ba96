"""Putting results in place as a whole: a file appears under its name when it is complete, or not at all.

A file is written under a temporary name in its own folder, brought to disk, and then renamed. Standard output and
anything else that is no regular file (a pipe, a device) has no such moment: what was written there stays written.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self, cast

from recordmap.diagnostics import ConfigurationError

STRETCH = 1 << 23
"""Bytes of a file that are sent to the disk together, before the end."""
_BUFFER = 1 << 18
"""Bytes that are kept back until the system gets them: it takes several blocks at once in half the time."""
_SELDOM = 16
"""Calls of `hasten` for one look at the file: what so many blocks come to is far less than a stretch."""


class Shared(NamedTuple):
    """A file that several processes write, each at places of its own, and its name."""

    descriptor: int
    name: str

    def write(self, data: bytes, at: int) -> None:
        """Write `data` at a place of the file.

        Raises:
            ConfigurationError: it can't be written.
        """
        with _writable(self.name):
            rest = memoryview(data)
            while rest:
                count = os.pwrite(self.descriptor, rest, at)
                at += count
                rest = rest[count:]


class Output:
    """A stream of results, written once. A context manager: without `commit`, nothing is left of it."""

    def __init__(self, path: Path | None) -> None:
        """Open `path`, or standard output for None.

        Raises:
            ConfigurationError: it can't be written.
        """
        self._path = _target(path)
        self._name = "the standard output" if path is None else str(path)
        self._temporary: Path | None = None
        with _writable(self._name):
            self._raw = self._open()
            self._file = _compressed(self._raw, path)
        self._is_live = self._temporary is None
        self._sent = 0  # bytes that are on their way to the disk
        self._calls = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            with suppress(OSError, ValueError):
                self._file.close()
            with suppress(OSError):
                self._raw.close()
        if self._temporary is not None:
            with suppress(OSError):
                self._temporary.unlink()

    def write(self, data: bytes) -> None:
        """Write some results. Where somebody may wait for them they go out at once.

        Raises:
            ConfigurationError: they can't be written.
            BrokenPipeError: whoever read them has gone.
        """
        try:  # not `_writable`, because this runs for every block
            self._file.write(data)
            if self._is_live:
                self._file.flush()
        except OSError as error:
            raise _refused(self._name, error) from None

    def hasten(self) -> None:
        """Have the system begin to bring to disk what is there by now, so that `commit` has little to wait for.

        Whoever else writes the file may still be at it: what comes to be there later is for `commit`.
        """
        self._calls += 1
        if self._temporary is None or sys.platform != "linux" or self._calls % _SELDOM:
            return
        descriptor = self._raw.fileno()
        length = os.fstat(descriptor).st_size - self._sent
        if length >= STRETCH:
            with suppress(OSError):
                # Pages that have to be written are written first, and stay in memory meanwhile.
                os.posix_fadvise(descriptor, self._sent, length, os.POSIX_FADV_DONTNEED)
            self._sent += length

    def shared(self) -> Shared | None:
        """Return the file for processes forked from here on, which write it instead; None where it isn't plain."""
        if self._temporary is None or self._file is not self._raw:
            return None
        return Shared(self._raw.fileno(), self._name)

    def commit(self) -> None:
        """Put the file in place, on disk.

        Raises:
            ConfigurationError: it can't be put there.
            BrokenPipeError: whoever read it has gone.
        """
        with _writable(self._name):
            if self._file is not self._raw:
                self._file.close()
            self._raw.flush()
            if self._temporary is None or self._path is None:
                return
            os.fsync(self._raw.fileno())
            self._raw.close()
            self._temporary.replace(self._path)
            self._temporary = None
            _sync_folder(self._path.parent)

    def _open(self) -> BinaryIO:
        path = self._path
        if path is None:
            return sys.stdout.buffer
        before = path.stat() if path.exists() else None
        if before is not None and not stat.S_ISREG(before.st_mode):
            return path.open("wb")
        self._temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
        file = self._temporary.open("xb", buffering=_BUFFER)
        if before is not None:
            self._temporary.chmod(stat.S_IMODE(before.st_mode))
        return file


def _target(path: Path | None) -> Path | None:
    """Return the file that a path leads to. What is no regular file is opened by its own name: a pipe has no other."""
    if path is None or (path.exists() and not path.is_file()):
        return path
    return Path(os.path.realpath(path))


def _compressed(raw: BinaryIO, path: Path | None) -> BinaryIO:
    suffix = path.suffix.lower() if path is not None else ""
    if suffix == ".gz":
        import gzip  # noqa: PLC0415 - only for such files

        # Neither name nor time, so that the same results are the same bytes.
        return cast("BinaryIO", gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0))
    if suffix == ".zst":
        from recordmap.streams.zstd import zstd_writer  # noqa: PLC0415 - only for such files

        return zstd_writer(raw)
    return raw


def _sync_folder(folder: Path) -> None:
    """Bring a rename to disk. Windows has no such call, and some file systems refuse it; the file itself is safe."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _writable(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refused(name, error) from None


def _refused(name: str, error: OSError) -> Exception:
    """Return what is to be raised: whoever read a pipe may have seen enough, and that is no fault."""
    if isinstance(error, BrokenPipeError):
        return error
    return ConfigurationError(f"{name} can't be written: {error.strerror or error}")
