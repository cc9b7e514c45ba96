"""The record schemas at hand: the project's own first, then the shipped ones. Only files below these folders."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recordmap.patterns import later
from recordmap.schema.record import ANY_SCHEMA, MAX_BYTES, RecordSchema, SchemaError, load_schema

SUFFIX = ".schema.json"
_NAME = later(r"[a-zA-Z0-9][a-zA-Z0-9_-]*(/[a-zA-Z0-9][a-zA-Z0-9_-]*)*", re.ASCII)


class SchemaLibrary:
    """Finds and loads record schemas by name; each is loaded once."""

    def __init__(self, folders: Iterable[Path] = (), given: Mapping[str, Any] | None = None) -> None:
        self._folders = tuple(folders)
        self._given = dict(given or {})
        self._loaded: dict[str, RecordSchema] = {"any": ANY_SCHEMA}
        self._files: dict[str, dict[str, bytes]] = {"any": {}}

    def names(self) -> tuple[str, ...]:
        """Return the names of all record schemas at hand. Schemas of template files lie at the top: not of records."""
        names = {"any", *self._given}
        for folder in self._folders:
            # A link could lead to the root of the whole disk: what lies behind one isn't looked at.
            within = [one for one in folder.glob("*/") if one.name != "cli" and _lies_within(one, folder)]
            for path in (path for one in within for path in one.glob(f"**/*{SUFFIX}")):
                names.add(path.relative_to(folder).as_posix().removesuffix(SUFFIX))
        return tuple(sorted(names))

    def load(self, name: str) -> RecordSchema:
        """Return a record schema by name.

        Raises:
            SchemaError: there is none, or it can't be used.
        """
        if name not in self._loaded:
            files: dict[str, bytes] = {}

            def read(one: str) -> bytes:
                files[one] = self.read(one)
                return files[one]

            self._loaded[name] = load_schema(name, read)
            self._files[name] = files
        return self._loaded[name]

    def files(self, name: str) -> Mapping[str, bytes]:
        """Return what a record schema was made of: its file and those that its references lead to, by name.

        Raises:
            SchemaError: as for `load`.
        """
        self.load(name)
        return self._files[name]

    def read(self, name: str) -> bytes:
        """Return the bytes of a schema by name.

        Raises:
            SchemaError: there is none of that name.
        """
        given = self._given.get(name)
        if given is not None:
            return given if isinstance(given, bytes) else json.dumps(given).encode()
        if _NAME.fullmatch(name):
            for folder in self._folders:
                path = folder / f"{name}{SUFFIX}"
                if path.is_file():
                    if not _lies_within(path, folder):
                        raise SchemaError(
                            f"the record schema '{name}' can't be used: it is a link, and it lies outside the project"
                        )
                    with path.open("rb") as file:
                        return file.read(MAX_BYTES + 1)
        raise SchemaError(f"there is no record schema '{name}'")


def _lies_within(path: Path, folder: Path) -> bool:
    """Whether a path leads to somewhere in the project that a folder of schemas belongs to."""
    return path.resolve().is_relative_to(folder.parent.resolve())
