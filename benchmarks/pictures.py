"""Which pictures the page about performance has."""

from __future__ import annotations

from typing import Any

from benchmarks.charts import Curve, Row, curves, on_a_scale, parts_of_a_whole
from benchmarks.files import REFERENCE, map_name


def all_of(results: dict[str, Any]) -> dict[str, str]:
    """Return the pictures by file name."""
    return {
        "performance-memory.svg": _memory(results),
        "performance-files.svg": _files(results),
        "performance-growth.svg": _growth(results),
        "performance-layers.svg": _layers(results),
        "performance-syncs.svg": _syncs(results),
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


def _layers(results: dict[str, Any]) -> str:
    (row,) = [row for row in results["syncing"]["rows"] if row["layers"] and row["store"] == "SQLite"]
    whole = sum(row["layers"].values())
    bars = [
        Row(layer, micros, f"{micros:.0f} µs, {micros / whole:.0%}".replace("%", " %"))
        for layer, micros in row["layers"].items()
    ]
    return parts_of_a_whole(
        "Where the processor time of a profile goes, from HTTP into SQLite",
        "A bar for each layer of a sync, in the order in which a profile passes them. The table has the same figures.",
        bars,
    )


def _syncs(results: dict[str, Any]) -> str:
    rows = [row for row in results["syncing"]["rows"] if row["store"] == "SQLite" and not row["layers"]]
    polled = sorted((row["profiles"], row["megabytes"]) for row in rows if not row["held"])
    held = sorted((row["held"], row["micros"]) for row in rows if row["held"])
    return curves(
        "A sync into SQLite: memory, and processor time in stores of several sizes",
        "Two small charts: peak memory by profiles polled, and time of a profile by customers in the store before.",
        [
            Curve("Peak memory", polled, "profiles polled", "MB"),
            Curve("Processor time of a profile", held, "customers there before", "µs"),
        ],
    )


def _ours(name: str) -> bool:
    return name.startswith("recordmap")
