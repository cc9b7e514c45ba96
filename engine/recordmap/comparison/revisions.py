"""Projects as they were: the files of a git revision, read through git itself.

Nothing is checked out: what a project may consist of is copied into a folder of its own. Links are left out, because
they may lead anywhere, and names that lead out of the folder, which git itself never makes. A repository may come from
anybody, with settings of its own: git runs no program that these name, and asks nobody for what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile

from recordmap.diagnostics import ConfigurationError
from recordmap.project import MAX_FILE, TEMPLATE_SUFFIXES

_SUFFIXES = (*TEMPLATE_SUFFIXES, ".json", ".csv")
_FILE_MODES = ("100644", "100755")
_MAX_LIST = 64 * 1024 * 1024
"""Bytes of the list of a revision's files. A small repository can hold trees that name billions of files."""
_MAX_TOTAL = 256 * 1024 * 1024
"""Bytes of the files of a revision that a project may consist of."""
_LONGEST_WORD = 1000
_TOO_LARGE = "a project has fewer files: is it in a folder of its own?"
_SETTINGS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
# A repository from which something was left out names who has it, and the command that fetches it from there.
_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def is_revision(folder: Path, name: str) -> bool:
    """Whether git knows a commit of this name where the project is."""
    return _commit(folder, name) is not None


def short_commit(folder: Path, name: str) -> str:
    """Return the commit that a revision is, as git shortens it."""
    return (
        _run(folder, "rev-parse", "--short", "--verify", "--end-of-options", f"{name}^{{commit}}")
        .decode()
        .strip()
    )


def export(folder: Path, revision: str, target: Path) -> None:
    """Copy what the project in `folder` consisted of at a revision into the folder `target`.

    Raises:
        ConfigurationError: git doesn't know the revision, has no project there, or not all of its files, or there are
            more than any project has.
        OSError: a file can't be written.
    """
    commit = _commit(folder, revision)
    if commit is None:
        raise ConfigurationError(
            f"git knows no revision '{revision}' here", "git log shows those that there are"
        )
    total = 0
    for name, blob, size in _files(folder, commit):
        total += size
        if total > _MAX_TOTAL:
            raise ConfigurationError(f"there are more than {_MAX_TOTAL:,} bytes at {revision}", _TOO_LARGE)
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_run(folder, "cat-file", "blob", blob))


def _files(folder: Path, commit: str) -> Iterator[tuple[PurePosixPath, str, int]]:
    """Yield name, blob and size in bytes of each file that a project may consist of."""
    for entry in filter(None, _run(folder, "ls-tree", "-r", "-l", "-z", commit, "--", ".").split(b"\0")):
        about, _, raw = entry.partition(b"\t")
        mode, _, blob, size = about.decode().split()
        name = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
        if (
            mode not in _FILE_MODES
            or name.suffix not in _SUFFIXES
            or name.is_absolute()
            or ".." in name.parts
        ):
            continue
        if not size.isdecimal():
            raise ConfigurationError(
                f"git doesn't have '{name}' of this revision here",
                "it was cloned without all of its files: clone it whole",
            )
        if int(size) <= MAX_FILE:
            yield name, blob, int(size)


def _commit(folder: Path, name: str) -> str | None:
    try:
        found = _run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except ConfigurationError:
        return None
    return found.decode().strip()


def _run(folder: Path, *arguments: str) -> bytes:
    """Run git in a folder and return what it prints.

    Raises:
        ConfigurationError: there is no git, or it refuses.
    """
    git = shutil.which("git")
    if git is None:
        raise ConfigurationError("git is not installed", "name two folders instead: recordmap diff OLD NEW")
    # The program is git by its full path; what users type stands behind --end-of-options.
    command = [git, *_SETTINGS, "-C", str(folder), *arguments]
    with (
        TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env=os.environ | _ENVIRONMENT,
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        printed = process.stdout.read(_MAX_LIST + 1)
        if len(printed) > _MAX_LIST:
            process.kill()
            raise ConfigurationError("git knows of more files than any project has", _TOO_LARGE)
        if process.wait():
            said.seek(0)
            told = said.read(_LONGEST_WORD).decode("utf-8", "replace")
            raise ConfigurationError(
                f"git can't tell: {told.strip().removeprefix('fatal: ').partition(chr(10))[0]}"
            )
    return printed
