"""Writing a file whole, such as all records of a store: to a temporary name, then in place of the old one at once."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from glob import escape
from pathlib import Path
from typing import Any

import orjson

from recordmap.connectors.base import Record
from recordmap.connectors.files.options import FileOptions, Format
from recordmap.replacing import in_place_of

PART = ".recordmap-part"
"""How the name of a file ends that takes the place of another once it is whole; no other program's does."""
_RANDOM = "[a-z0-9_]" * 8
"""What `NamedTemporaryFile` puts before that, as a pattern."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these a cell is taken for a formula by programs that open CSV; a ' before it says that it is none."""


def write_file(
    path: Path,
    options: FileOptions,
    records: Callable[[], Iterable[Record]],
    ready: Callable[[str], None],
) -> str:
    """Write a file whole, and return the hash of what it holds; `ready` is told it right before it is in place.

    `records` gives them anew each time it is called.

    Raises:
        OSError: it can't be written.
    """
    made = hashlib.blake2b(digest_size=16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with in_place_of(path, suffix=PART) as file:
        for piece in _pieces(options, records):
            made.update(piece)
            file.write(piece)
        ready(made.hexdigest())
    return made.hexdigest()


def clear(path: Path) -> None:
    """Remove what writers of a file left behind that were killed. Only for who knows that nobody writes it now.

    Raises:
        OSError: it can't be removed.
    """
    for left in path.parent.glob(f".{escape(path.name)}.{_RANDOM}{PART}"):
        left.unlink(missing_ok=True)


def beside(path: Path, what: str) -> Path:
    """Return the name of a hidden file of recordmap's own beside a file, such as its lock."""
    return path.with_name(f".{path.name}.recordmap-{what}")


def hash_of(path: Path) -> str | None:
    """Return the hash of a file's content, or None when there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except FileNotFoundError:
        return None


def _pieces(options: FileOptions, records: Callable[[], Iterable[Record]]) -> Iterator[bytes]:
    if options.format is Format.NDJSON:
        yield from (orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in records())
    elif options.format is Format.JSON:
        lead = b"[\n"
        for one in records():
            yield lead + orjson.dumps(one)
            lead = b",\n"
        yield b"\n]\n" if lead == b",\n" else b"[]\n"
    else:
        yield from _csv(options, records)


def _csv(options: FileOptions, records: Callable[[], Iterable[Record]]) -> Iterator[bytes]:
    names: dict[str, None] = {}
    for one in records():
        names.update(dict.fromkeys(_flat(one)))
    yield _line(list(names), options)
    for one in records():
        flat = _flat(one)
        yield _line([_cell(flat.get(name)) for name in names], options)


def _flat(record: Record) -> dict[str, Any]:
    """Return a record with the fields of its objects beside its own: `CustomFields.Consent`."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": one for inner, one in value.items()}
        else:
            flat[name] = value
    return flat


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _line(cells: list[str], options: FileOptions) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=options.delimiter, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
