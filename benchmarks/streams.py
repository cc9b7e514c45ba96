"""Long streams: `recordmap map` over files of growing length, for its time and for its memory, which must not grow."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.files import REFERENCE, WAYS, map_name
from benchmarks.processes import Took, run
from benchmarks.records import stream
from benchmarks.settings import Settings


def measure(settings: Settings) -> dict[str, Any]:
    """Map each file by hand-written code, with one process and with two, in turn; return seconds and megabytes.

    Seconds are medians, megabytes those of the largest run.
    """
    ways = {way.name: way for way in WAYS}
    names = (REFERENCE, map_name(1), map_name(2))
    target = settings.folder / "out.ndjson"
    runs: list[dict[str, Any]] = []
    for count in settings.stream_records:
        source = stream(settings.folder, count)
        took: dict[str, list[Took]] = {name: [] for name in names}
        for number in range(settings.stream_repetitions):
            for name in names:
                settings.say(f"streams: {count:,} records, {name}, {number + 1}")
                took[name].append(run(ways[name].program(source, target)))
                target.unlink()
        runs.extend(
            {
                "records": count,
                "program": name,
                "wall": statistics.median(one.wall for one in several),
                "cpu": statistics.median(one.cpu for one in several),
                "megabytes": max(one.megabytes for one in several),
            }
            for name, several in took.items()
        )
    return {"runs": runs}
