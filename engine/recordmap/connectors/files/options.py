"""What an integration file says of a file: its path, its format and what CSV needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion
from recordmap.frozen import Frozen


class Format(StrEnum):
    """How records stand in a file."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"


class FileOptions(Frozen):
    """A file. `delimiter` and `empty_is_null` count only for CSV."""

    path: Path
    format: Format
    delimiter: str = ","
    empty_is_null: bool = True


_SUFFIXES = {
    **dict.fromkeys((".ndjson", ".jsonl"), Format.NDJSON),
    ".json": Format.JSON,
    ".csv": Format.CSV,
}
PACKED = {".gz", ".zst"}
_NAMES = ("path", "format", "delimiter", "empty")


def read_options(options: Mapping[str, Any], path: str | None = None) -> FileOptions:
    """Return what the options say; `path` stands above theirs.

    Raises:
        ConfigurationError: an option is unknown or of the wrong kind, or the format can't be told.
    """
    for name, value in options.items():
        if name not in _NAMES:
            raise ConfigurationError(f"files have no option '{name}'", suggestion(name, _NAMES))
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"the option '{name}' of files must be text")
    where = path or options.get("path")
    if where is None:
        raise ConfigurationError(
            "the option 'path' must name a file", "write options: {path: records.ndjson}"
        )
    delimiter = options.get("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ConfigurationError("the option 'delimiter' must be one character, such as ';'")
    empty = options.get("empty", "null")
    if empty not in ("null", "text"):
        raise ConfigurationError("the option 'empty' must be null or text", 'put it in quotes: empty: "null"')
    return FileOptions(Path(where).expanduser(), _format(options, Path(where)), delimiter, empty == "null")


def option_faults(role: str, options: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str, str | None]]:
    """Yield what is wrong with options: a code, the option (None: not one alone), a message and a hint."""
    try:
        # The environment may name the file of a source.
        read = read_options(options, "any.ndjson" if role == "source" and "path" not in options else None)
        if role == "destination":
            refuse_packed(read)
    except ConfigurationError as error:
        yield "wrong-value", None, str(error), error.hint


def refuse_packed(options: FileOptions) -> None:
    """Refuse a destination that is named like a compressed file.

    Raises:
        ConfigurationError: it is.
    """
    if options.path.suffix in PACKED:
        raise ConfigurationError(
            "a destination is written as it is, not compressed", "name a file without .gz or .zst"
        )


def _format(options: Mapping[str, Any], path: Path) -> Format:
    given = options.get("format")
    if given is not None:
        try:
            return Format(given)
        except ValueError:
            raise ConfigurationError(
                f"files can't have the format '{given}'", "known: ndjson, json, csv"
            ) from None
    suffix = path.with_suffix("").suffix if path.suffix in PACKED else path.suffix
    known = _SUFFIXES.get(suffix.lower())
    if known is None:
        hint = "let its name end in .ndjson, .json or .csv, or write format: ndjson"
        raise ConfigurationError(f"the name '{path.name}' doesn't tell the format", hint)
    return known
