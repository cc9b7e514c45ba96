"""What an integration's templates were when they were delivered: kept beside a project, for the next delivery.

A project's own files may be edited. The delivered ones lie untouched under `.delivered/`, so that it can be told what
a subscriber changed, and what the vendor did. A delivery may come from anybody: of its folder no more is taken than
data that a project may consist of, no links, and nothing of any size.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from recordmap import __version__
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import Findings
from recordmap.frozen import Frozen
from recordmap.project import INTEGRATION_FILE, TEMPLATE_SUFFIXES
from recordmap.resources import data_folder
from recordmap.template.nodes import Mapping as Nodes
from recordmap.template.nodes import Scalar
from recordmap.template.reader import read

FOLDER = ".delivered"
EDITOR_SCHEMAS = ("collection", "overlay", "integration", "cases")
_LABEL = "delivery.json"
_FORMAT = "1.0"
_MAX_LABEL = 64 * 1024
_SUFFIXES = (*TEMPLATE_SUFFIXES, ".json", ".ndjson", ".csv", ".md", ".txt")
_MAX_FILES = 1_000
_MAX_TOTAL = 64 * 1024 * 1024
"""Bytes of the files of a delivery."""
_MAX_ENTRIES = 100_000
"""Names in a folder and those below it, whatever they are."""
_MAX_LEVELS = 20


class Delivery(Frozen):
    """The files of one delivery by their paths within a project, and which it is."""

    integration: str
    version: str
    files: Mapping[str, bytes]


def examples() -> list[str]:
    """Return the names of the shipped integrations."""
    return sorted(path.name for path in data_folder("collections").iterdir() if path.is_dir())


def shipped(integration: str) -> Delivery:
    """Return the delivery that came with this version of recordmap.

    The record schemas stay in the package, so that an upgrade brings new ones; only the schemas that editors use for
    completion are copied, because editors need a path.

    Raises:
        ConfigurationError: there is no such integration.
    """
    if integration not in examples():
        raise ConfigurationError(f"there is no example '{integration}'", f"known: {', '.join(examples())}")
    files = {**_files_in(data_folder("collections") / integration), **_editor_schemas()}
    return Delivery(integration, __version__, MappingProxyType(files))


def from_folder(folder: Path) -> Delivery:
    """Return a delivery that lies in a folder of its own. The schemas for editors are recordmap's, and not in it.

    Raises:
        ConfigurationError: the folder holds no integration.
    """
    hint = f"name the folder that holds the templates and their {INTEGRATION_FILE}"
    if not (folder / INTEGRATION_FILE).is_file():
        raise ConfigurationError(f"'{folder}' holds no {INTEGRATION_FILE}", hint)
    files = {**_editor_schemas(), **_files_in(folder)}
    files.pop(_LABEL, None)  # ours, not theirs
    if INTEGRATION_FILE not in files:
        raise ConfigurationError(f"'{folder / INTEGRATION_FILE}' is a link", hint)
    node = read(files[INTEGRATION_FILE], Findings(None))
    name = node.get("integration") if isinstance(node, Nodes) else None
    if not isinstance(name, Scalar):
        raise ConfigurationError(f"'{folder / INTEGRATION_FILE}' doesn't say which integration it is", hint)
    return Delivery(name.text, folder.resolve().name, MappingProxyType(files))


def delivered(project: Path) -> Delivery:
    """Return what a project was made from, or was last upgraded to.

    Raises:
        ConfigurationError: the project doesn't know, or what it knows can't be read.
    """
    home = project / FOLDER
    if home.is_symlink() or not home.is_dir():
        hint = (
            "name the folder with the templates that it was made from: recordmap upgrade --delivered FOLDER"
        )
        raise ConfigurationError(
            f"this project has no folder '{FOLDER}', so it doesn't know its delivery", hint
        )
    try:
        integration, version = _label(home / _LABEL)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        hint = "restore the folder from version control, or name another with --delivered"
        raise ConfigurationError(f"'{FOLDER}/{_LABEL}' can't be read", hint) from None
    files = _files_in(home)
    files.pop(_LABEL, None)
    return Delivery(integration, version, MappingProxyType(files))


def _label(path: Path) -> tuple[str, str]:
    """Return the integration and the version that a label names.

    Raises:
        OSError, ValueError, KeyError, TypeError, RecursionError: it is none.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_LABEL:
        raise ValueError("no file that was written here")
    label = json.loads(path.read_bytes())
    integration, version = label["integration"], label["version"]
    if not isinstance(integration, str) or not isinstance(version, str):
        raise TypeError
    return integration, version


def written(delivery: Delivery) -> dict[str, bytes]:
    """Return the files that keep a delivery, by their paths within a project."""
    label = {
        "format_version": _FORMAT,
        "about": "The files as delivered, for recordmap upgrade. Don't edit them.",
        "integration": delivery.integration,
        "version": delivery.version,
    }
    files = {f"{FOLDER}/{path}": data for path, data in delivery.files.items()}
    return {f"{FOLDER}/{_LABEL}": (json.dumps(label, indent=2) + "\n").encode(), **files}


def _editor_schemas() -> dict[str, bytes]:
    names = [f"{name}.schema.json" for name in EDITOR_SCHEMAS]
    return {f"schemas/{name}": (data_folder("schemas") / name).read_bytes() for name in names}


def _files_in(root: Path) -> dict[str, bytes]:
    """Return the files of a delivery below a folder; templates name their schema as they do in a project.

    Raises:
        ConfigurationError: there are more files than any delivery has, or larger ones.
        OSError: a file can't be read.
    """
    files: dict[str, bytes] = {}
    total = 0
    for name, entry in sorted(_entries(root)):
        total += entry.stat().st_size
        if len(files) >= _MAX_FILES or total > _MAX_TOTAL:
            raise _too_much(root, f"{_MAX_FILES:,} files, or {_MAX_TOTAL:,} bytes")
        data = Path(entry).read_bytes()
        if name.endswith(TEMPLATE_SUFFIXES):
            data = data.replace(b"$schema=../../schemas/", b"$schema=schemas/")
        files[name] = data
    return files


def _entries(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the files below a folder that a delivery may consist of, by their paths; hidden ones and links are none."""
    folders, seen = [("", 1)], 0
    while folders:
        above, level = folders.pop()
        with os.scandir(root / above) as entries:
            for entry in entries:
                seen += 1
                if seen > _MAX_ENTRIES or level > _MAX_LEVELS:
                    raise _too_much(root, f"{_MAX_ENTRIES:,} files, or {_MAX_LEVELS} levels of folders")
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                if entry.is_dir():
                    folders.append((f"{above}{entry.name}/", level + 1))
                elif entry.is_file() and entry.name.endswith(_SUFFIXES):
                    yield above + entry.name, entry


def _too_much(root: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"'{root}' holds more than {what}", "is it the right folder?")
