"""CSV as records: a heading line names the fields, every other line is a record of texts.

CSV knows no kinds of values: everything is text, and `to_integer` and its like are for templates. An empty cell is null
unless the options say otherwise.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO

from recordmap.connectors.base import ConnectorError, Malformed, Record
from recordmap.connectors.files.options import FileOptions
from recordmap.streams.json import MAX_RECORD, shown_text
from recordmap.streams.reading import Input

MAX_COLUMNS = 1_000


def rows(stream: Input, options: FileOptions) -> Iterator[Record | Malformed]:
    """Yield the records of a CSV file.

    Raises:
        ConnectorError: the heading line can't be used.
    """
    csv.field_size_limit(MAX_RECORD)
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=options.delimiter, strict=True)
    names: list[str] | None = None
    while True:
        lines.read.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLongError) as error:
            if names is None:
                raise _unusable(f"can't be read: {error}") from None
            yield lines.malformed(str(error))
            continue
        if not row:
            continue
        if names is None:
            names = _heading(row)
        elif len(row) != len(names):
            yield lines.malformed(f"{len(row)} cells under {len(names)} headings")
        elif any(map(_is_broken, row)):
            yield lines.malformed("not UTF-8")
        else:
            empty = None if options.empty_is_null else ""
            yield {name: cell or empty for name, cell in zip(names, row, strict=True)}


class _TooLongError(Exception):
    """A line was not read to its end."""


class _Lines:
    """The lines of a file, their `number`, and those that were `read` since whoever uses them last cleared that.

    What isn't UTF-8 stays recognisable: the row that it is in is told. A line that is too long is an exception, and the
    next one can be read after it.
    """

    def __init__(self, stream: Input) -> None:
        self.number = 0
        self.read: list[bytes] = []
        self._lines = _lines(stream)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.read.append(line)
        if len(line) > MAX_RECORD:
            raise _TooLongError(f"longer than {MAX_RECORD:,} bytes")
        return line.decode("utf-8", "surrogateescape")

    def malformed(self, reason: str) -> Malformed:
        """Return what was read as a record that can't be read, with its text: another one is another record."""
        return Malformed(f"line {self.number}: {reason}", shown_text(b"".join(self.read).rstrip(b"\r\n")))


def _is_broken(cell: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in cell)


def _heading(row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    if len(names) > MAX_COLUMNS:
        raise _unusable(f"has more than {MAX_COLUMNS:,} columns")
    if any(map(_is_broken, names)):
        raise _unusable("is not UTF-8")
    if not all(names):
        raise _unusable("leaves a column without a name")
    double = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if double is not None:
        raise _unusable(f"names '{double}' twice")
    return names


def _unusable(what: str) -> ConnectorError:
    return ConnectorError(
        "source-bad-answer",
        f"the heading line of the CSV file {what}",
        transient=False,
        hint="the first line names each column, and each name once",
    )


def _lines(stream: Input) -> Iterator[bytes]:
    for block in stream.blocks():
        if not isinstance(block, bytes):  # what begins with [ is taken for a JSON array
            raise _unusable("can't be read: it looks like JSON")
        for text in BytesIO(block):
            # What is over the limit was cut, wherever it has lines of its own.
            yield from [text] if len(text) > MAX_RECORD else text.splitlines(keepends=True)
