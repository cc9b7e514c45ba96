"""Memory does not grow with the input: measured in processes of their own, by the most they ever held."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

STATUS = Path("/proc/self/status")
pytestmark = pytest.mark.skipif(
    not STATUS.exists(), reason="this system does not tell the memory of a process"
)

TESTS = Path(__file__).parent.parent
# Not `getrusage`: what it tells of a new process includes the process that started it.
MEASURE = """
import re, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from batch.support import map_file
tally = map_file(Path(sys.argv[2])).tally
print(tally.records, 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]))
"""
SLACK = 16_000_000
"""Bytes. A run that kept its input would hold several times its text, far more than this."""


def peak(path: Path) -> tuple[int, int]:
    """Return how many records a file holds, and the most memory that mapping it took, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(TESTS), str(path)], capture_output=True, check=True
    )
    records, memory = done.stdout.split()
    return int(records), int(memory)


def lines(count: int) -> bytes:
    """Return records that are skipped, because `map_file` reads the output back."""
    return b'{"id": 1, "do": "skip", "v": {"a": [1, 2, 3], "b": "some text", "c": null}}\n' * count


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> int:
    path = tmp_path_factory.mktemp("least") / "in.ndjson"
    path.write_bytes(lines(1000))
    return peak(path)[1]


def test_lines(tmp_path: Path, least: int) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(lines(500_000))
    records, memory = peak(path)
    assert records == 500_000
    assert memory < least + SLACK


def test_elements(tmp_path: Path, least: int) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b"[" + b",".join([lines(1)] * 200_000) + b"]")
    records, memory = peak(path)
    assert records == 200_000
    assert memory < least + SLACK


@pytest.mark.parametrize("opened", [gzip.open, zstandard.open], ids=["gz", "zst"])
@pytest.mark.parametrize("text", [b'{"v": "', b"{", b" ", b'[{"v": "', b"[ "], ids=repr)
def test_a_line_or_an_element_without_end(text: bytes, opened: Any, tmp_path: Path, least: int) -> None:
    """A hundred megabytes in a few kilobytes of file."""
    path = tmp_path / ("in.gz" if opened is gzip.open else "in.zst")
    with opened(path, "wb") as file:
        file.write(text)
        for _ in range(100):
            file.write(text[-1:].replace(b'"', b"x") * 1_000_000)
    assert path.stat().st_size < 200_000
    _, memory = peak(path)
    assert memory < least + SLACK
