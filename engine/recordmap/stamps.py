"""Stamp files: the fact that exactly these bytes were checked and have no errors, kept between processes.

A stamp is an empty file named by a digest of all that was looked at (see `fingerprint`). Nothing else is kept: no plan,
no code, nothing of a template and no finding. So a stamp can only spare a check that would find nothing, and never
make a plan. What goes wrong with the folder is never told: without it, templates are checked.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from recordmap.digests import digest_of

VARIABLE = "RECORDMAP_CACHE"
"""The environment variable that names the folder of the cache; `off` means none."""
OFF = "off"
MOST = 1_000
"""Stamps that are kept. Beyond, the oldest go, a quarter of all at once."""

_FOLDER = "checked"
_NAME = re.compile(r"[0-9a-f]{64}")
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Stamp:
    """One stamp, which may be there or not. Safe to share between processes."""

    def __init__(self, folder: Path, of: str, most: int) -> None:
        self.folder = folder
        self._path = folder / digest_of(of, 32)
        self._most = most

    def is_there(self) -> bool:
        """Whether there is this stamp, in a folder where nobody else could have put it."""
        try:
            return _is_private(self.folder) and stat.S_ISREG(self._path.lstat().st_mode)
        except OSError:
            return False

    def put(self) -> None:
        """Put it there, if that can be done."""
        with suppress(OSError):
            if _made(self.folder) and _is_private(self.folder):
                self._path.touch(0o600, exist_ok=False)
                self._prune()

    def _prune(self) -> None:
        """Drop the oldest stamps when there are too many. Files of other names are not ours, and stay."""
        with os.scandir(self.folder) as entries:
            stamps = [entry for entry in entries if _NAME.fullmatch(entry.name)]
        if len(stamps) <= self._most:
            return
        ages: list[tuple[int, str]] = []
        for entry in stamps:
            with suppress(FileNotFoundError):  # another process drops them, too
                ages.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.path))
        for _, path in sorted(ages)[: len(ages) - self._most + self._most // 4]:
            with suppress(FileNotFoundError):
                Path(path).unlink()


class Stamps:
    """The stamps in one folder, which is made when the first is put there."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder = folder
        self._most = most

    def of(self, what: str) -> Stamp:
        """Return the stamp that stands for what a text says."""
        return Stamp(self.folder, what, self._most)


def stamps_of(environ: Mapping[str, str]) -> Stamps | None:
    """Return the stamps of whoever runs this process; None where there is no place for them, or none is wanted."""
    home = _home(environ)
    return None if home is None else Stamps(home / _FOLDER)


def _home(environ: Mapping[str, str]) -> Path | None:
    """Return the folder of recordmap's cache: the one that is named, or the platform's usual place."""
    named = environ.get(VARIABLE, "")
    if named == OFF:
        return None
    if named:
        return Path(named)
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA", "")
        return Path(local, "recordmap", "cache") if local else None
    base = Path(environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # as the standard has it
        home = Path(os.path.expanduser("~"))  # noqa: PTH111 - which raises nothing where there is no home
        if not home.is_absolute():
            return None
        base = home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "recordmap"


def _made(folder: Path) -> bool:
    """Make a folder and those above it, for nobody else. Root makes none in somebody else's."""
    if folder.is_dir():
        return True
    if sys.platform != "win32" and os.geteuid() == 0:
        above = next(one for one in folder.absolute().parents if one.exists())
        if above.stat().st_uid != 0:  # a person's home: who could never use what root makes there
            return False
    for one in reversed(folder.parents):
        with suppress(FileExistsError):
            one.mkdir(mode=0o700)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    return True


def _is_private(folder: Path) -> bool:
    """Whether only whoever runs this process can write in a folder. A link is none."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return _is_ours(found) and (sys.platform == "win32" or not found.st_mode & _WRITABLE_BY_OTHERS)


def _is_ours(found: os.stat_result) -> bool:
    return sys.platform == "win32" or found.st_uid == os.geteuid()
