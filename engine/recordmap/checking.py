"""Checking single files, each held against the project around it. What stands in a project is checked by its engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from recordmap.diagnostics import Diagnostic
from recordmap.engine import Engine
from recordmap.project import folder_around, shown


def check_files(files: Iterable[Path], texts: Mapping[Path, bytes] | None = None) -> list[Diagnostic]:
    """Return the findings of single files, each held against the project around it.

    `texts` stand in for what is on disk, by resolved path.
    """
    files = list(files)
    wanted = {shown(file) for file in files}
    return [one for one in check_around(files, texts) if one.file in wanted]


def check_around(files: Iterable[Path], texts: Mapping[Path, bytes] | None = None) -> list[Diagnostic]:
    """Return the findings of single files and of all the files of the projects around them."""
    groups: dict[Path, list[Path]] = {}
    around: dict[Path, Path] = {}
    for file in files:
        folder = around.get(file.parent)
        if folder is None:
            folder = around[file.parent] = folder_around(file)
        groups.setdefault(folder, []).append(file)
    found: list[Diagnostic] = []
    for folder, group in groups.items():
        found.extend(Engine.for_files(folder, group, texts).check())
    return sorted(found, key=lambda one: one.sort_key)
