"""Projects as they were: the files of a git revision, read through git itself.

Nothing is checked out: what a project may consist of is copied into a folder of its own. Links are left out, because
they may lead anywhere.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path, PurePosixPath

from recordmap.diagnostics import ConfigurationError
from recordmap.project import MAX_FILE, TEMPLATE_SUFFIXES

_SUFFIXES = (*TEMPLATE_SUFFIXES, ".json", ".csv")
_FILE_MODES = ("100644", "100755")


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
        ConfigurationError: git doesn't know the revision, or has no project there.
    """
    commit = _commit(folder, revision)
    if commit is None:
        raise ConfigurationError(
            f"git knows no revision '{revision}' here", "git log shows those that there are"
        )
    listed = _run(folder, "ls-tree", "-r", "-l", "-z", commit, "--", ".")
    for entry in filter(None, listed.split(b"\0")):
        about, _, raw = entry.partition(b"\t")
        mode, _, blob, size = about.decode().split()
        name = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
        if mode not in _FILE_MODES or name.suffix not in _SUFFIXES or int(size) > MAX_FILE:
            continue
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_run(folder, "cat-file", "blob", blob))


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
    done = subprocess.run([git, "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ").split("\n")[0]
        raise ConfigurationError(f"git can't tell: {reason}")
    return done.stdout
