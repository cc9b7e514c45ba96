"""A project on disk: one folder with `integration.yaml`, its templates, cases files and schemas.

Templates are the YAML files directly in the folder, but for hidden ones, which other programs keep; cases files end in
`.cases.yaml`, overlays in `.overlay.yaml`; record schemas of the project's own lie under `schemas/`. Lookup tables lie
in the folder or in any below: a YAML file that a template names as one is no template. Nothing outside the folder is
ever read on a template's word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from os.path import normpath
from pathlib import Path
from typing import Any

from recordmap.diagnostics import ConfigurationError

INTEGRATION_FILE = "integration.yaml"
CASES_SUFFIXES = (".cases.yaml", ".cases.yml")
OVERLAY_SUFFIXES = (".overlay.yaml", ".overlay.yml")
TEMPLATE_SUFFIXES = (".yaml", ".yml")
_DIGITS = 10
MAX_FILE = 8 * 1024 * 1024
MAX_RECORDS = 16 * 1024 * 1024
"""Bytes of all files with records that one cases file names."""
OUTSIDE = "it lies outside the project"
"""Why a file is not read that a path or a link leads to."""


def find_project(start: Path) -> Path:
    """Return the project folder at or above `start`.

    Raises:
        ConfigurationError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / INTEGRATION_FILE).is_file():
            return folder
    raise ConfigurationError(
        f"no recordmap project here: no {INTEGRATION_FILE} in {start} or above it",
        hint="go into a project, name one with --project, or make one: recordmap init my-project",
    )


def folder_around(file: Path) -> Path:
    """Return the folder of the project that a file belongs to, or else the file's own."""
    try:
        return find_project(file.parent)
    except ConfigurationError:
        return file.parent.resolve()


def leads_out(path: Path, project: Path | None = None) -> bool:
    """Whether a file is a link to somewhere outside of its project, which is the one around it if none is given."""
    if not path.is_symlink():
        return False
    project = project.resolve() if project is not None else folder_around(path)
    return not path.resolve().is_relative_to(project)


def located(path: Path) -> Path:
    """Return the absolute path by which a file is known: links are followed, but not out of a project."""
    return path.parent.resolve() / path.name if leads_out(path) else path.resolve()


def is_cases_file(path: Path) -> bool:
    """Whether a path is that of a cases file."""
    return path.name.endswith(CASES_SUFFIXES)


def is_overlay(path: Path) -> bool:
    """Whether a path is that of an overlay, which says what is otherwise than in a template."""
    return path.name.endswith(OVERLAY_SUFFIXES)


def is_template(path: Path) -> bool:
    """Whether a path is that of a template."""
    others = (*CASES_SUFFIXES, *OVERLAY_SUFFIXES)
    return (
        path.suffix in TEMPLATE_SUFFIXES and path.name != INTEGRATION_FILE and not path.name.endswith(others)
    )


def project_files(folder: Path) -> list[Path]:
    """Return the integration file, templates and cases files of a project, in that order."""
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix in TEMPLATE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    return sorted(files, key=lambda path: (path.name != INTEGRATION_FILE, is_cases_file(path), path.name))


Stamp = tuple[int, int]
"""When a file was changed last, in nanoseconds, and its size in bytes."""


class FilesBeside:
    """Reads files that a template names, within its project folder and nowhere else."""

    def __init__(self, folder: Path, project: Path | None = None) -> None:
        self._folder = folder
        self._project = project or folder
        self._documents: dict[Path, Any] = {}
        self._left = MAX_RECORDS
        self._stamps: dict[Path, Stamp | None] = {}

    def read(self, name: str) -> bytes:
        """Return the bytes of a file by its path relative to the template.

        Raises:
            OSError: it can't be read.
            ValueError: it lies outside the project, is too large, or no ordinary file.
        """
        path = self._resolved(name)
        self._stamps.setdefault(path, _stamp(path))
        if not path.is_relative_to(self._project.resolve()):
            raise ValueError(OUTSIDE)
        if path.is_file() and path.stat().st_size > MAX_FILE:
            raise ValueError(f"it is larger than {MAX_FILE:,} bytes")
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ValueError("it is no ordinary file")  # a pipe would be waited for
        return path.read_bytes()

    def _resolved(self, name: str) -> Path:
        try:
            return (self._folder / name).resolve()
        except RuntimeError:  # what Python before 3.13 says of it
            raise ValueError("it is a link that leads to itself") from None

    def place(self, name: str) -> Path:
        """Return where a file of that name would be, whether there is one or not."""
        return Path(normpath(self._folder / name))

    def is_unchanged(self) -> bool:
        """Whether the files that were read, or were not there, are as they were."""
        return all(_stamp(path) == stamp for path, stamp in self._stamps.items())

    def record(self, name: str) -> Any:
        """Return a JSON record by `file` or `file#index`. Nobody changes it: a file is read once.

        Raises:
            OSError: the file can't be read.
            ValueError: there is no such record in it.
        """
        name, _, index = name.partition("#")
        path = self._resolved(name)
        if path not in self._documents:
            data = self.read(name)
            self._left -= len(data)
            if self._left < 0:
                raise ValueError(f"with it the files of these cases have more than {MAX_RECORDS:,} bytes")
            self._documents[path] = _document(data)
        return _record(self._documents[path], index)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def record_of(data: bytes, index: str = "") -> Any:
    """Return the JSON record in `data`: all of it, or number `index` of a list, from 0.

    Raises:
        ValueError: it is not JSON, or there is no such record in it.
    """
    return _record(_document(data), index)


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON (line {error.lineno})") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:  # what is left is what Python says of numbers
        raise ValueError("it holds a number that is too long") from None


def _record(document: Any, index: str) -> Any:
    if not index:
        return document
    is_number = index.isascii() and index.isdecimal() and len(index) < _DIGITS
    if not isinstance(document, list) or not is_number or int(index) >= len(document):
        raise ValueError(f"it has no record number {index}")
    return document[int(index)]


def shown(path: Path, *, resolved: bool = False) -> str:
    """Return a path as people read it: relative to where they stand when it lies below, else absolute.

    It is one for each file, however the path was written: findings are told apart by it. Resolving takes time.
    """
    place = path if resolved else located(path)
    try:
        return place.relative_to(Path.cwd()).as_posix()
    except (OSError, ValueError):  # the folder that people stand in may be deleted by now
        return str(place)


def collect(paths: Iterable[Path]) -> list[Path]:
    """Return the YAML files that `paths` mean: files as they are, folders with their project files.

    Raises:
        ConfigurationError: a path doesn't exist.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files.extend(project_files(path))
        elif path.exists():
            files.append(path)
        else:
            raise ConfigurationError(
                f"there is no file or folder '{path}'", "paths count from the folder that you are in"
            )
    return files
