"""The fingerprint of all that rules look at when they check the templates of a project: one digest of it.

Whatever could decide what they find is in it: the text of every template and overlay and of the integration, the files
that these name, the record schemas with all that their references lead to, the names of schemas and connectors, and
recordmap itself, with Python and the packages beside it. Cases are not: no rule for templates sees them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from recordmap import __version__
from recordmap.digests import digest_of
from recordmap.document import Document
from recordmap.schema.library import SchemaLibrary
from recordmap.schema.record import RecordSchema

ROOMS = (
    "",
    "checks",
    "diagnostics",
    "expression",
    "expression/functions",
    "keys",
    "runtime",
    "schema",
    "template",
)
"""Folders of this package whose modules decide what is found."""
_PACKAGES = ("site-packages", "dist-packages")
_COARSE = 50_000_000
"""Nanoseconds by which the time of a file may be behind the clock."""
_BEGAN = time.time_ns() - _COARSE

Part = tuple[object, ...]


def fingerprint(
    documents: Iterable[Document],
    library: SchemaLibrary,
    loaded: Mapping[str, RecordSchema],
    faults: Mapping[str, str],
    connectors: tuple[str, ...],
) -> str | None:
    """Return the digest of what was read; None where recordmap can't tell what it is itself.

    `loaded` are the record schemas of the library that templates name, `faults` what is wrong with the others.
    """
    try:
        this = _this()
    except OSError:  # it has no files: in an archive, say
        return None
    if this is None:
        return None
    parts: list[Part] = [
        this,
        *(("document", *_parts_of(document)) for document in documents),
        *(("schema", name, *_files_of(library, name)) for name in sorted(loaded)),
        *(("fault", name, faults[name]) for name in sorted(faults)),
        ("schemas", *library.names()),
        ("connectors", *connectors),
    ]
    return digest_of(repr(parts), 32)


def names_of(files: Iterable[str | None]) -> list[str]:
    """Return the names of files of a project, wherever it lies: no rule looks at that."""
    return sorted(Path(file or "").name for file in files)


def _parts_of(document: Document) -> Iterator[object]:
    yield names_of((document.name,))
    yield digest_of(document.data, 32)
    yield document.fault
    if document.beside is not None:
        yield document.beside.seen


def _files_of(library: SchemaLibrary, name: str) -> Iterator[Part]:
    for file, data in sorted(library.files(name).items()):
        yield file, digest_of(data, 32)


@cache
def _this() -> Part | None:
    return what_runs(Path(__file__).parent, sys.path, _BEGAN)


def what_runs(package: Path, path: Iterable[str], began: int) -> Part | None:
    """Return what tells a version of recordmap, Python and the packages beside it from others.

    None where files were changed after the process `began`, in nanoseconds: it may run what stood there before.

    Raises:
        OSError: they can't be looked at.
    """
    files = {name: found for room in ROOMS for name, found in _modules_in(package / room)}
    for place in map(Path, path):
        if place.name in _PACKAGES and place.is_dir():  # whose time changes with what is installed
            files[str(place)] = place.stat()
    if any(max(found.st_mtime_ns, found.st_ctime_ns) > began for found in files.values()):
        return None
    known = sorted((name, found.st_size, found.st_mtime_ns) for name, found in files.items())
    return __version__, sys.version, known


def _modules_in(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path, entry.stat()
