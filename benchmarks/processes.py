"""Timing whole processes, in turn: wall time, processor time and peak memory, start-up and files included."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.projects import ROOT

_LAUNCHER = Path(__file__).with_name("launcher.py")


class ProcessFailedError(Exception):
    """A program of the benchmarks ended with an exit code that it should not end with."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program to be timed. `codes` are the exit codes of a good end, `output` is where standard output goes."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    codes: frozenset[int] = frozenset({0})
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class Took:
    """What one run of a program took: seconds, and megabytes of its largest process."""

    wall: float
    cpu: float
    megabytes: float


def run(program: Program) -> Took:
    """Run a program once.

    Raises:
        ProcessFailedError: it ended badly.
    """
    target = str(program.output or os.devnull)
    with TemporaryFile() as errors:
        answer = subprocess.run(  # noqa: S603 - commands of this suite
            [sys.executable, "-I", "-S", str(_LAUNCHER), target, *program.command],
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env={**_environment(), **program.environment},
            check=True,
        )
        took = json.loads(answer.stdout)
        if took["code"] not in program.codes:
            errors.seek(0)
            last = errors.read()[-800:].decode("utf-8", "replace")
            raise ProcessFailedError(f"{' '.join(program.command)} ended with {took['code']}: {last}")
    return Took(took["wall"], took["cpu"], took["megabytes"])


def _environment() -> dict[str, str]:
    """Return the environment without what keeps Python from storing compiled modules: installed packages have them."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def compare(programs: Sequence[Program], *, reference: str, repetitions: int) -> dict[str, dict[str, float]]:
    """Run programs in an order that changes with every repetition; return medians by name.

    Each ratio is to the reference of the same repetition: of wall times, and `cpu_ratio` of processor times.
    """
    runs: dict[str, list[Took]] = {program.name: [] for program in programs}
    order = random.Random(3)  # noqa: S311 - an order, no secret
    for program in programs:
        run(program)  # so that its files and modules are in memory
    for _ in range(repetitions):
        for program in order.sample(programs, len(programs)):
            runs[program.name].append(run(program))
    return {name: _summary(several, runs[reference]) for name, several in runs.items()}


def _summary(several: Sequence[Took], beside: Sequence[Took]) -> dict[str, float]:
    pairs = list(zip(several, beside, strict=True))
    ratios = [took.wall / other.wall for took, other in pairs]
    return {
        "wall": statistics.median(took.wall for took in several),
        "cpu": statistics.median(took.cpu for took in several),
        "megabytes": statistics.median(took.megabytes for took in several),
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "cpu_ratio": statistics.median(took.cpu / other.cpu for took, other in pairs),
        "repetitions": len(several),
    }
