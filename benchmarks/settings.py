"""How much is measured: the whole, or little of everything to see that it runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.projects import ROOT


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes of a run. `folder` holds what the benchmarks make; repetitions are per contender."""

    folder: Path = ROOT / "build" / "benchmarks"
    checked: int = 2_000
    cold_records: int = 20_000
    repetitions: int = 15
    checked_file: int = 10_000
    file_records: int = 100_000
    file_repetitions: int = 5
    stream_records: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    stream_repetitions: int = 5
    fields: tuple[int, ...] = (10, 25, 50, 100, 200)
    depths: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    entries: tuple[int, ...] = (10, 50, 100, 200, 400)
    start_repetitions: int = 15
    collections: tuple[int, ...] = (100, 300, 1_000)

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command line


FULL = Settings()
QUICK = Settings(
    checked=300,
    cold_records=8_000,
    repetitions=3,
    checked_file=1_000,
    file_records=10_000,
    file_repetitions=2,
    stream_records=(1_000, 10_000),
    stream_repetitions=1,
    fields=(10, 50),
    depths=(1, 8),
    entries=(10, 50),
    start_repetitions=3,
    collections=(10, 40),
)
