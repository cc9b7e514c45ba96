"""Programs from NDJSON file to NDJSON file, one a contender: `python -m benchmarks.pipes NAME IN OUT`.

Each is what one writes for the job: read a line, map it, write a line; a rejected record is left out. Libraries are
imported by the program that needs them, so that the start-up of a process is its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def parse_orjson(source: str, target: str) -> None:
    """Read the records and do nothing with them."""
    from orjson import loads  # noqa: PLC0415 - as all imports here: the start-up of each program is its own

    with Path(source).open("rb") as lines, Path(target).open("wb"):
        for line in lines:
            loads(line)


def hand_orjson(source: str, target: str) -> None:
    """Map by hand-written code, with orjson."""
    from orjson import dumps, loads  # noqa: PLC0415

    from benchmarks.handwritten import RejectedError, customer  # noqa: PLC0415

    with Path(source).open("rb") as lines, Path(target).open("wb") as out:
        for line in lines:
            try:
                out.write(dumps(customer(loads(line))) + b"\n")
            except RejectedError:
                continue


def hand_json(source: str, target: str) -> None:
    """Map by hand-written code, with Python's own json."""
    from json import dumps, loads  # noqa: PLC0415

    from benchmarks.handwritten import RejectedError, customer  # noqa: PLC0415

    with Path(source).open(encoding="utf-8") as lines, Path(target).open("w", encoding="utf-8") as out:
        for line in lines:
            try:
                out.write(dumps(customer(loads(line)), ensure_ascii=False) + "\n")
            except RejectedError:
                continue


def embedded_orjson(source: str, target: str) -> None:
    """Map by recordmap embedded in a program, with orjson and a loop as simple as the hand-written one."""
    from orjson import dumps, loads  # noqa: PLC0415

    from benchmarks.projects import klaviyo_plan  # noqa: PLC0415

    plan = klaviyo_plan()
    with Path(source).open("rb") as lines, Path(target).open("wb") as out:
        for line in lines:
            record = plan(loads(line)).record
            if record is not None:
                out.write(dumps(record) + b"\n")


def interpreted_orjson(source: str, target: str) -> None:
    """Map by jmespath and simpleeval, with orjson."""
    from orjson import dumps, loads  # noqa: PLC0415

    from benchmarks.handwritten import RejectedError  # noqa: PLC0415
    from benchmarks.naive import Naive  # noqa: PLC0415

    mapping = Naive(Path(__file__).parent.parent / "collections" / "klaviyo" / "customer_add.yaml")
    with Path(source).open("rb") as lines, Path(target).open("wb") as out:
        for line in lines:
            try:
                out.write(dumps(mapping(loads(line))) + b"\n")
            except RejectedError:
                continue


def jsonata2py_orjson(source: str, target: str) -> None:
    """Map by JSONata translated to Python, with orjson."""
    from orjson import dumps, loads  # noqa: PLC0415

    from benchmarks.peers.in_memory import jsonata2py  # noqa: PLC0415

    mapping = jsonata2py()
    with Path(source).open("rb") as lines, Path(target).open("wb") as out:
        out.writelines(dumps(mapping(loads(line))) + b"\n" for line in lines)


def msgspec_typed(source: str, target: str) -> None:
    """Map by hand from objects that hold the needed fields alone, typed and decoded by msgspec."""
    from benchmarks.peers.typed import map_file  # noqa: PLC0415

    map_file(Path(source), Path(target))


def polars(source: str, target: str) -> None:
    """Map by Polars expressions; POLARS_MAX_THREADS says how many threads."""
    from benchmarks.peers.frames import map_file  # noqa: PLC0415

    map_file(source, target)


def duckdb(source: str, target: str, threads: int) -> None:
    """Map by DuckDB's SQL."""
    from benchmarks.peers.in_memory import program  # noqa: PLC0415

    engine: Any = import_module("duckdb")
    engine.execute(f"SET threads = {threads}; SET preserve_insertion_order = true")
    engine.execute(program("sql"), {"source": source, "target": target})


PIPES: dict[str, Callable[[str, str], None]] = {
    "parse-orjson": parse_orjson,
    "hand-orjson": hand_orjson,
    "hand-json": hand_json,
    "embedded-orjson": embedded_orjson,
    "interpreted-orjson": interpreted_orjson,
    "jsonata2py-orjson": jsonata2py_orjson,
    "msgspec-typed": msgspec_typed,
    "polars": polars,
    "duckdb-1": lambda source, target: duckdb(source, target, 1),
    "duckdb-2": lambda source, target: duckdb(source, target, 2),
}

if __name__ == "__main__":
    name, file_in, file_out = sys.argv[1:]
    PIPES[name](file_in, file_out)
