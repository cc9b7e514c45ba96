"""Lookup tables: inline maps, and CSV or YAML files beside the template."""

from __future__ import annotations

import io
from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Lookup, OnMiss
from recordmap.template.nodes import Mapping, Node, Scalar
from recordmap.template.reader import read
from recordmap.template.reasons import reason_of
from recordmap.template.shape import Keys, kind_of, shown

MAX_ROWS = 10_000
MAX_READ = 16 * 1024 * 1024
"""Bytes of all files that the lookups of one template name."""
LONGEST = 1_000_000
"""Characters of one value in a CSV file. Python keeps one such limit for the whole process, so that of the sources and
destinations that are CSV files has to be the same."""

Files = Callable[[str], bytes]
"""Reads a file by its path relative to the template.

Raises OSError when it can't be read, ValueError with a message when it may not be read.
"""

LOOKUP_KEYS = ("table", "file", "on_miss")


_FORM = "it must be a CSV file, or a YAML file of lines such as from: to, in the project's folder"


class _TableError(ValueError):
    """A lookup file that can't be used; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _Miss(StrEnum):
    ERROR = "error"
    NULL = "null"
    KEEP = "keep"


class Tables:
    """The tables in files beside one template; a file is read once, however many lookups name it."""

    def __init__(self, files: Files | None) -> None:
        self._files = files
        self._left = MAX_READ
        self._read: dict[PurePath, ReadOnly[str, Any] | Exception] = {}

    def read(self, path: Scalar) -> ReadOnly[str, Any]:
        """Return the table in a file.

        Raises:
            OSError: it can't be read.
            ValueError: it can't be used.
        """
        name = PurePath(path.text)  # which keeps '..': behind a link it leads elsewhere than back
        if name not in self._read:
            try:
                self._read[name] = MappingProxyType(self._table(path))
            except (OSError, ValueError) as error:
                self._read[name] = error
        found = self._read[name]
        if isinstance(found, Exception):
            raise found
        return found

    def _table(self, path: Scalar) -> dict[str, Any]:
        if self._files is None:
            raise ValueError("a template without a place has no files beside it")
        data = self._files(path.text)
        self._left -= len(data)
        if self._left < 0:
            raise _TableError(
                f"with it the lookup files of this template have more than {MAX_READ:,} bytes",
                "use one file for several lookups, or leave out rows that nothing asks for",
            )
        if path.text.endswith((".yaml", ".yml")):
            return _from_yaml(data, path)
        if path.text.endswith(".csv"):
            return _from_csv(data)
        raise _TableError("a lookup file ends in .csv, .yaml or .yml", "save the table as CSV")


def parse_lookup(name: Scalar, node: Node, tables: Tables, findings: Findings) -> Lookup | None:
    """Parse one entry of `lookups:`."""
    if not isinstance(node, Mapping):
        message = f"a lookup is a map with 'table' or 'file', not {kind_of(node)}"
        findings.add("wrong-value", message, node.span, hint="write table: {from: to}")
        return None
    before = len(findings)
    keys = Keys(node, LOOKUP_KEYS, "a lookup", findings)
    on_miss, default = _on_miss(keys, findings)
    if keys.get("table") is None and keys.get("file") is None:
        message = f"the lookup '{shown(name)}' needs its rows: 'table' or 'file'"
        hint = "write table: {from: to}, or file: with the path of a CSV file"
        findings.add("invalid-lookup", message, name.span, hint=hint)
        return None
    if keys.get("table") is not None and keys.get("file") is not None:
        message = f"the lookup '{shown(name)}' has both 'table' and 'file'"
        findings.add("invalid-lookup", message, name.span, hint="keep one of the two")
        return None
    file = keys.text("file")
    written = keys.mapping("table")
    table = _from_file(file, tables, findings) if file else MappingProxyType(rows_of(written, findings))
    asked = on_miss is OnMiss.ERROR and keys.get("on_miss") is not None
    rows = {key.text: key for key, _ in written or ()}
    faulty = len(findings) > before
    return Lookup(
        name,
        table,
        on_miss,
        default,
        asked,
        MappingProxyType(rows),
        faulty,
        file.text if file else None,
    )


def _on_miss(keys: Keys, findings: Findings) -> tuple[OnMiss, Any]:
    node = keys.get("on_miss")
    if isinstance(node, Mapping):
        default = node.get("default")
        if default is None or len(node.items) > 1:
            keys.wrong("on_miss", node, "error, null, keep, or {default: …}")
        elif isinstance(default, Scalar):
            return OnMiss.DEFAULT, default.value
        else:
            _report_several("a lookup", default, findings)
        return OnMiss.ERROR, None
    hint = "for a value of your own, write on_miss: {default: …}"
    return OnMiss(keys.choice("on_miss", _Miss, _Miss.ERROR, hint).value), None


def rows_of(mapping: Mapping | None, findings: Findings) -> dict[str, Any]:
    """Return the rows of a table that is written as a map."""
    table: dict[str, Any] = {}
    for key, node in mapping or ():
        if isinstance(node, Scalar):
            table[key.text] = node.value
        else:
            _report_several("a row of a lookup", node, findings)
    return table


def _report_several(what: str, node: Node, findings: Findings) -> None:
    message = f"{what} gives one value, not {kind_of(node)}"
    findings.add("wrong-value", message, node.span, hint="write one text or number behind the colon")


def _from_file(path: Scalar, tables: Tables, findings: Findings) -> ReadOnly[str, Any]:
    """Read a table from a file: YAML is a map, CSV has a heading line and two columns."""
    try:
        return tables.read(path)
    except (OSError, ValueError) as error:
        hint = _FORM
        if isinstance(error, FileNotFoundError):
            hint = "the path counts from the folder of the template"
        elif isinstance(error, _TableError):
            hint = error.hint
        message = f"the file '{shown(path)}' can't be used: {reason_of(error)}"
        findings.add("invalid-lookup", message, path.span, hint=hint)
        return MappingProxyType({})


def _from_yaml(data: bytes, path: Scalar) -> dict[str, Any]:
    inside = Findings(path.text)
    node = read(data, inside)
    table = rows_of(node, inside) if isinstance(node, Mapping) else {}
    for found in inside:
        raise _TableError(f"line {found.span.start.line}: {found.message}", found.hint or _FORM)
    if not isinstance(node, Mapping):
        raise _TableError("it is not a map of keys and values", "write one line for each row: from: to")
    return table


def _from_csv(data: bytes) -> dict[str, Any]:
    import csv  # noqa: PLC0415 - few templates have such a file

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"it is not UTF-8 text (byte {error.start + 1:,})"
        hint = "open it in the program that shows it correctly, and save it as CSV with the encoding UTF-8"
        raise _TableError(message, hint) from None
    csv.field_size_limit(LONGEST)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    table: dict[str, Any] = {}
    count = 0
    try:
        for count, row in enumerate(filter(None, rows), start=1):
            if count > MAX_ROWS + 1:
                raise ValueError(f"more than {MAX_ROWS:,} rows")
            if len(row) != 2:
                raise _columns(row, rows.line_num)
            if count > 1:
                if row[0] in table:
                    message = f"line {rows.line_num}: '{row[0]}' is given twice"
                    raise _TableError(message, "keep one of the two lines")
                table[row[0]] = row[1]
    except csv.Error as error:
        # Python's own sentences are for people who write programs.
        if "limit" in str(error):
            message = f"line {rows.line_num}: a value of more than {LONGEST:,} characters"
            raise _TableError(message, "look for a double quote that is not closed, or shorten it") from None
        message = f"line {rows.line_num}: a double quote is not closed, or stands in the middle of a value"
        hint = 'put the whole value in double quotes, and write "" for a quote within it'
        raise _TableError(message, hint) from None
    if not count:
        raise _TableError("it is empty", "write a heading line, and a line for each row: from,to")
    return table


def _columns(row: list[str], line: int) -> _TableError:
    """Return what is wrong with a row that has other than two columns."""
    if len(row) > 1:
        message = f"line {line} has {len(row)} columns; a lookup has two, under a heading line"
        return _TableError(
            message, "delete the other columns; a value that holds a comma takes double quotes"
        )
    message = f"line {line} has one column; a lookup has two, under a heading line"
    for sign, name in ((";", "a semicolon"), ("\t", "a tab")):
        if sign in row[0]:
            return _TableError(message, f"save the file with a comma between the columns, not {name}")
    return _TableError(message, "put a comma between the two columns")
