"""A little of `make crash` in every run of the tests, and proof that these trials find what they look for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from postgres.database import server_environment

HERE = Path(__file__).parent
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="these trials fork")


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the trials in a process of their own, because one with threads must not fork."""
    return subprocess.run(
        [sys.executable, str(HERE / "run.py"), *arguments],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@POSIX
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_little_of_everything(store: str) -> None:
    environ = server_environment() if store == "postgresql" else {}
    done = run(
        "--stores", store, "--rounds", "1", "--stride", "20", "--kills", "4", "--at-once", "1", **environ
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.count(
            "0 lost, 0 doubles, 0 written twice, 0 watermarks ahead, 0 not converged, 0 remains"
        )
        == 7
    )


@POSIX
@pytest.mark.parametrize(
    ("sabotage", "only", "found"),
    [
        ("watermark first", "every write", "watermarks ahead"),
        ("links first", "every write", "lost"),
        ("no lock", "2 pollers", "not converged"),
    ],
)
def test_a_store_that_breaks_its_word_is_found_out(sabotage: str, only: str, found: str) -> None:
    trials = ("--rounds", "1", "--stride", "7", "--at-once", "3", "--only", only)
    done = run("--stores", "sqlite", *trials, "--sabotage", sabotage)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"[1-9]\d* {found}", done.stdout)
