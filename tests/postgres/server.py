"""A PostgreSQL server for the tests: made in a directory of its own, reached by a socket there, gone afterwards.

    python tests/postgres/server.py pytest …      runs a command with a server, for all its processes

The address is in RECORDMAP_TEST_POSTGRES. Tests started without it start a server for themselves. Nothing is synced to
the disk: the server is as fast as it can be, and its data are worth nothing once it has stopped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ADDRESS = "RECORDMAP_TEST_POSTGRES"
"""The variable with the address of a running server, without a database: `postgresql:///{database}?…`."""

REQUIRED = "RECORDMAP_NEEDS_POSTGRES"
"""Set where tests must not be left out for want of a server, as in CI."""

MISSING = "no PostgreSQL here: install one (on Debian: apt-get install postgresql) to test the store on it"

_ROOM = 4 * 1024**3

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
}


def binaries() -> Path | None:
    """Return the directory with `initdb` and `postgres`, the newest of several; None when there is none."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running() -> Iterator[str]:
    """Run a server, and give its address with `{database}` where the name of a database belongs.

    Raises:
        FileNotFoundError: there is no PostgreSQL on this machine.
    """
    found = binaries()
    if found is None:
        raise FileNotFoundError(MISSING)
    owner = _owner()
    # Short, because the name of a socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=memory() or "/tmp"))
    try:
        if owner:
            os.chown(folder, owner["user"], owner["group"])
        _run(
            [found / "initdb", "-D", folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "-N"],
            owner,
            folder,
        )
        server = _start(found, folder, owner)
        try:
            _await(found, folder, server)
            yield f"postgresql:///{{database}}?host={folder}&user=tester"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> str | None:
    """Return a directory in memory, for files that are worth nothing after a test; None when there is no room."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > _ROOM else None


def _owner() -> dict[str, Any]:
    """Return who runs the server: nobody special, but not root, whom it refuses."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": ()}


def _run(command: Sequence[object], owner: dict[str, Any], folder: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **owner,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr}")


def _start(found: Path, folder: Path, owner: dict[str, Any]) -> subprocess.Popen[bytes]:
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [str(found / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **owner,
        )


def _await(found: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server takes connections."""
    while server.poll() is None:
        asked = [
            str(found / "pg_isready"),
            "-q",
            "-t",
            "10",
            "-h",
            str(folder),
            "-U",
            "tester",
            "-d",
            "postgres",
        ]
        if subprocess.run(asked, check=False).returncode == 0:
            return
    raise RuntimeError(f"PostgreSQL ended at once: {(folder / 'log').read_text(errors='replace')}")


def main(command: Sequence[str]) -> int:
    """Run a command with a server; without PostgreSQL say so and run it all the same, unless it is required."""
    try:
        with running() as address:
            return subprocess.run(command, env={**os.environ, ADDRESS: address}, check=False).returncode
    except FileNotFoundError as error:
        if str(error) != MISSING:
            raise
        sys.stderr.write(f"{MISSING}\n")
        return 2 if os.environ.get(REQUIRED) else subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
