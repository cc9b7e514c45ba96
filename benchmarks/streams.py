"""Long streams: `recordmap map` over files of growing length, for its time and for its memory, which must not grow."""

from __future__ import annotations

from typing import Any

from benchmarks.files import REFERENCE, WAYS, map_name
from benchmarks.processes import run
from benchmarks.records import stream
from benchmarks.settings import Settings


def measure(settings: Settings) -> dict[str, Any]:
    """Map each file by hand-written code, with one process and with two; return seconds and megabytes."""
    ways = {way.name: way for way in WAYS}
    target = settings.folder / "out.ndjson"
    runs: list[dict[str, Any]] = []
    for count in settings.stream_records:
        source = stream(settings.folder, count)
        for name in (REFERENCE, map_name(1), map_name(2)):
            settings.say(f"streams: {count:,} records, {name}")
            took = run(ways[name].program(source, target))
            target.unlink()
            runs.append(
                {
                    "records": count,
                    "program": name,
                    "wall": took.wall,
                    "cpu": took.cpu,
                    "megabytes": took.megabytes,
                }
            )
    return {"runs": runs}
