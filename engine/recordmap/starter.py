"""Making a project: the shipped example as files of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from recordmap.diagnostics import ConfigurationError
from recordmap.project import INTEGRATION_FILE, TEMPLATE_SUFFIXES
from recordmap.resources import data_folder

EDITOR_SCHEMAS = ("collection", "integration", "cases")
_IGNORED = "# The store holds records of real people: it stays out of version control.\n.recordmap/\n"


def examples() -> list[str]:
    """Return the names of the shipped examples."""
    return sorted(path.name for path in data_folder("collections").iterdir() if path.is_dir())


def make_project(folder: Path, example: str) -> list[Path]:
    """Write the example into `folder` and return the files made, sorted.

    The record schemas stay in the package, so that an upgrade brings new ones; only the schemas that editors use
    for completion are copied, because editors need a path.

    Raises:
        ConfigurationError: there is a project in `folder` already, or other files that would be overwritten, or
            there is no such example.
    """
    if (folder / INTEGRATION_FILE).exists():
        raise ConfigurationError(
            f"'{folder}' holds a project already", "choose another folder: recordmap init NAME"
        )
    if example not in examples():
        raise ConfigurationError(f"there is no example '{example}'", f"known: {', '.join(examples())}")
    files = {folder / path: data for path, data in _files(example)}
    taken = [path for path in files if path.exists() and path.read_bytes() != files[path]]
    if taken:
        names = ", ".join(path.relative_to(folder).as_posix() for path in taken)
        raise ConfigurationError(
            f"'{folder}' has files that a project would overwrite: {names}",
            "choose another folder (recordmap init NAME), or move them away",
        )
    ignored = folder / ".gitignore"
    if not ignored.exists():
        files[ignored] = _IGNORED.encode()
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sorted(files)


def _files(example: str) -> Iterator[tuple[Path, bytes]]:
    """Yield the files of an example: paths within the project, and what stands in them."""
    root = data_folder("collections") / example
    for source in sorted(path for path in root.rglob("*") if path.is_file()):
        data = source.read_bytes()
        if source.suffix in TEMPLATE_SUFFIXES:
            data = data.replace(b"$schema=../../schemas/", b"$schema=schemas/")
        yield source.relative_to(root), data
    for name in EDITOR_SCHEMAS:
        file = f"{name}.schema.json"
        yield Path("schemas", file), (data_folder("schemas") / file).read_bytes()
