"""Which pictures the page about performance has."""

from __future__ import annotations

from typing import Any

from benchmarks.charts import Curve, Row, curves, on_a_scale
from benchmarks.files import REFERENCE, map_name


def all_of(results: dict[str, Any]) -> dict[str, str]:
    """Return the pictures by file name."""
    return {
        "performance-memory.svg": _memory(results),
        "performance-files.svg": _files(results),
        "performance-growth.svg": _growth(results),
    }


def _memory(results: dict[str, Any]) -> str:
    rows = [
        Row(
            name,
            one["ratio"],
            f"{one['ratio']:.2f}" if one["ratio"] < 10 else f"{one['ratio']:.0f}",
            _ours(name),
        )
        for name, one in results["memory"]["customer"]["warm"].items()
    ]
    return on_a_scale(
        "Time for a customer in memory, as a multiple of hand-written Python",
        "A row for each contender, fastest first, logarithmic. The table has the same figures.",
        rows,
        axis="times hand-written, warm records",
        base=1,
    )


def _files(results: dict[str, Any]) -> str:
    found = results["files"]
    rows = [
        Row(name, one["wall"], f"{one['wall']:.2f} s", _ours(name)) for name, one in found["times"].items()
    ]
    return on_a_scale(
        f"{found['records']:,} records from file to file",
        "A row for each program, fastest first, logarithmic. The table has the same figures.",
        rows,
        axis="seconds of wall time",
        base=found["times"][REFERENCE]["wall"],
    )


def _growth(results: dict[str, Any]) -> str:
    found = results["curves"]
    runs = [run for run in results["streams"]["runs"] if run["program"] == map_name(1)]
    several = [
        Curve("Records of a stream", [(run["records"], run["wall"]) for run in runs], "records", "seconds"),
        *(
            Curve(title, [(one["size"], one["micros"]) for one in found[name]], across, "µs a record")
            for name, title, across in (
                ("fields", "Fields of a collection", "fields"),
                ("depth", "Depth of ten paths", "steps in each path"),
                ("entries", "Entries of a filtered list", "entries"),
            )
        ),
    ]
    return curves(
        "How cost grows",
        "Four small charts of time: by records of a stream, fields, steps of paths, entries of a list.",
        several,
    )


def _ours(name: str) -> bool:
    return name.startswith("recordmap")
