"""Long streams: `recordmap map` over files of growing length, for its time and for its memory, which must not grow.

What two jobs can gain at most is measured, too: by two processes that know nothing of each other, each with a file half
as long. More than that the machine doesn't give.
"""

from __future__ import annotations

import shlex
import statistics
from pathlib import Path
from typing import Any

from benchmarks.files import REFERENCE, WAYS, map_command, map_name
from benchmarks.processes import Program, Took, run
from benchmarks.records import stream
from benchmarks.settings import Settings

HALVES = "two processes, half a file each"
"""What two processes come to that share nothing but the machine."""


def measure(settings: Settings) -> dict[str, Any]:
    """Map each file by hand-written code, with one process and with two, in turn; return seconds and megabytes.

    Seconds are medians, megabytes those of the largest run. `speedup` is how many times as fast as one process a
    program was: the median of what each repetition says.
    """
    ways = {way.name: way for way in WAYS}
    names = (REFERENCE, map_name(1), map_name(2))
    target = settings.folder / "out.ndjson"
    runs: list[dict[str, Any]] = []
    for count in settings.stream_records:
        source = stream(settings.folder, count)
        programs = [ways[name].program(source, target) for name in names]
        if count == max(settings.stream_records):
            programs.append(_halves(stream(settings.folder, count // 2), target))
        took: dict[str, list[Took]] = {program.name: [] for program in programs}
        for number in range(settings.stream_repetitions):
            for program in programs:
                settings.say(f"streams: {count:,} records, {program.name}, {number + 1}")
                took[program.name].append(run(program))
                for written in _targets(program, target):
                    written.unlink()
        alone = took[map_name(1)]
        runs.extend(
            {
                "records": count,
                "program": name,
                "wall": statistics.median(one.wall for one in several),
                "cpu": statistics.median(one.cpu for one in several),
                "megabytes": max(one.megabytes for one in several),
                "speedup": statistics.median(
                    one.wall / this.wall for one, this in zip(alone, several, strict=True)
                ),
            }
            for name, several in took.items()
        )
    return {"runs": runs}


def _halves(source: Path, target: Path) -> Program:
    first, second = (shlex.join(map_command(source, half)) for half in _half_targets(target))
    return Program(HALVES, ("sh", "-c", f"{first} & {second} & wait"))


def _half_targets(target: Path) -> tuple[Path, Path]:
    return target.with_stem("out-1"), target.with_stem("out-2")


def _targets(program: Program, target: Path) -> tuple[Path, ...]:
    return _half_targets(target) if program.name == HALVES else (target,)
