"""What the figures were measured on: machine, versions, and how busy it was."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Any

from benchmarks.projects import ROOT

_PACKAGES = (
    "recordmap", "orjson", "jmespath", "simpleeval", "msgspec", "polars", "duckdb", "jsonata2py", "jlens", "jsonatapy",
    "jsonata-python", "singer-sdk", "jq", "jaq-rs", "pyVRL", "glom",
)  # fmt: skip


def describe() -> dict[str, Any]:
    """Return what is known of the machine and of the contenders' versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gigabytes": _memory(),
        "system": platform.platform(terse=True),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": dict(_versions()),
        "commit": _output("git", "rev-parse", "--short", "HEAD"),
    }


def load() -> float:
    """Return how many processes wanted a processor during the last minute."""
    return os.getloadavg()[0]


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue
    for name in ("node", "jq"):
        if which(name):
            yield f"{name} (program)", _output(name, "--version").removeprefix(f"{name}-").removeprefix("v")


def _output(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603 - fixed
    return answer.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
