"""CSV as records: a heading line names the fields, every other line is a record of texts.

CSV knows no kinds of values: everything is text, and `to_integer` and its like are for templates. An empty cell is null
unless the options say otherwise.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from recordmap.connectors.base import ConnectorError, Malformed, Record
from recordmap.connectors.files.options import FileOptions
from recordmap.streams.broken import Broken
from recordmap.streams.json import MAX_RECORD, shown_text
from recordmap.streams.reading import Input

MAX_COLUMNS = 1_000


def rows(stream: Input, options: FileOptions) -> Iterator[Record | Malformed]:
    """Yield the records of a CSV file.

    Raises:
        ConnectorError: the heading line can't be used.
    """
    csv.field_size_limit(MAX_RECORD)
    reader = csv.reader(_lines(stream), delimiter=options.delimiter, strict=True)
    names: list[str] | None = None
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if names is None:
                raise _unusable(f"can't be read: {error}") from None
            yield Malformed(f"line {reader.line_num}: {error}", "")
            continue
        if names is None:
            names = _heading(row)
        elif row:
            yield _record(names, row, reader.line_num, options)


def _record(names: list[str], row: list[str], line: int, options: FileOptions) -> Record | Malformed:
    raw = shown_text(options.delimiter.join(row).encode("utf-8", "replace"))
    if len(row) != len(names):
        return Malformed(f"line {line}: {len(row)} cells under {len(names)} headings", raw)
    if any("\udc80" <= character <= "\udcff" for cell in row for character in cell):
        return Malformed(f"line {line}: not UTF-8", raw)
    empty = None if options.empty_is_null else ""
    return {name: cell or empty for name, cell in zip(names, row, strict=True)}


def _heading(row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    if len(names) > MAX_COLUMNS:
        raise _unusable(f"has more than {MAX_COLUMNS:,} columns")
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


def _lines(stream: Input) -> Iterator[str]:
    """Yield the lines of a file. What isn't UTF-8 stays recognisable: the row that it is in is told."""
    for block in stream.blocks():
        if isinstance(block, bytes):
            for line in block.splitlines(keepends=True):
                yield line.decode("utf-8", "surrogateescape")
        else:  # what begins with [ is taken for a JSON array
            for part in block:
                if isinstance(part, Broken):
                    raise _unusable("can't be read: it looks like JSON")
            raise _unusable("can't be read: it looks like JSON")
