"""Making a project: the shipped example as files of the user's own."""

from __future__ import annotations

from pathlib import Path

from recordmap.delivery import shipped, written
from recordmap.diagnostics import ConfigurationError
from recordmap.project import INTEGRATION_FILE

_IGNORED = "# The store holds records of real people: it stays out of version control.\n.recordmap/\n"


def make_project(folder: Path, example: str) -> list[Path]:
    """Write the example into `folder` and return the files made, sorted; what keeps the delivery is not among them.

    Raises:
        ConfigurationError: there is a project in `folder` already, or other files that would be overwritten or
            are in the way, or there is no such example. Then nothing is written.
    """
    if (folder / INTEGRATION_FILE).exists():
        raise ConfigurationError(
            f"'{folder}' holds a project already", "choose another folder: recordmap init NAME"
        )
    delivery = shipped(example)
    files = {folder / path: data for path, data in delivery.files.items()}
    kept = {folder / path: data for path, data in written(delivery).items()}
    taken = [path for path in files if not _is_free(path, files[path])]
    if taken:
        names = ", ".join(path.relative_to(folder).as_posix() for path in taken)
        raise ConfigurationError(
            f"'{folder}' has files that a project would overwrite: {names}",
            "choose another folder (recordmap init NAME), or move them away",
        )
    above = {place for path in (*kept, *files) for place in path.relative_to(folder).parents}
    in_the_way = sorted(place.as_posix() for place in above if _is_no_folder(folder / place))
    if in_the_way:
        raise ConfigurationError(
            f"'{folder}' has files where a project has folders: {', '.join(in_the_way)}",
            "choose another folder (recordmap init NAME), or move them away",
        )
    ignored = folder / ".gitignore"
    if not ignored.exists():
        files[ignored] = _IGNORED.encode()
    for path, data in {**kept, **files}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sorted(files)


def _is_free(path: Path, data: bytes) -> bool:
    """Whether a file can be written, or is there already as it would be. A link is never written through."""
    if path.is_symlink():
        return False
    return not path.exists() or (path.is_file() and path.read_bytes() == data)


def _is_no_folder(path: Path) -> bool:
    return (path.exists() or path.is_symlink()) and not path.is_dir()
