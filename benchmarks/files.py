"""From file to file: whole processes that read NDJSON, map it and write NDJSON."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from benchmarks.checking import DifferentError, without_nothing
from benchmarks.processes import Program, compare, run
from benchmarks.projects import ADD, KLAVIYO
from benchmarks.records import stream
from benchmarks.settings import Settings

REFERENCE = "hand-written, orjson"
PARSE_ONLY = "parse only, orjson"
NODE_HOME = Path(sys.prefix) / "node"
"""Where `make bench-peers` puts packages of Node."""
_PEERS = Path(__file__).parent / "peers"
_JQ, _NODE = shutil.which("jq"), shutil.which("node")


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a file to a file. `command` takes both; without an output it writes to standard output.

    `lacking` says what it needs that is not here.
    """

    name: str
    command: Callable[[Path, Path], tuple[str, ...]]
    environment: Mapping[str, str] = field(default_factory=dict)
    codes: frozenset[int] = frozenset({0})
    lacking: str | None = None
    to_stdout: bool = False

    def program(self, source: Path, target: Path) -> Program:
        """Return the program for two files."""
        output = target if self.to_stdout else None
        return Program(self.name, self.command(source, target), self.environment, self.codes, output)


def map_name(jobs: int) -> str:
    """Return how the map command is called in tables."""
    return f"recordmap map --jobs {jobs}"


def map_command(source: Path, target: Path, *, jobs: int = 1) -> tuple[str, ...]:
    """Return the command that maps a file with recordmap."""
    options = ("--collection", ADD, "--project", str(KLAVIYO), "--jobs", str(jobs), "--output", str(target))
    return (sys.executable, "-m", "recordmap", "map", *options, str(source))


def _pipe(name: str, pipe: str, *, package: str | None = None, threads: int = 1) -> Way:
    lacking = None
    if package is not None and find_spec(package) is None:
        lacking = f"the package {package} is not installed (make bench-peers)"
    return Way(
        name,
        lambda source, target: (sys.executable, "-m", "benchmarks.pipes", pipe, str(source), str(target)),
        environment={"POLARS_MAX_THREADS": str(threads)},
        lacking=lacking,
    )


def _recordmap(jobs: int) -> Way:
    # Where records are rejected, and some are, the exit code tells it.
    return Way(
        map_name(jobs),
        lambda source, target: map_command(source, target, jobs=jobs),
        codes=frozenset({0, 1}),
    )


def _jq() -> Way:
    return Way(
        "jq",
        lambda source, _: (_JQ or "jq", "-c", "-f", str(_PEERS / "customer.jq"), str(source)),
        lacking=None if _JQ else "jq is not installed (Debian: apt install jq)",
        to_stdout=True,
    )


def _node() -> Way:
    installed = _NODE is not None and (NODE_HOME / "node_modules" / "jsonata").is_dir()
    script = (str(_PEERS / "customer.mjs"), str(NODE_HOME), str(_PEERS / "customer.jsonata"))
    return Way(
        "jsonata, Node",
        lambda source, target: (_NODE or "node", *script, str(source), str(target)),
        lacking=None if installed else "Node, or its package jsonata, is not installed (make bench-peers)",
    )


WAYS = (
    _pipe(PARSE_ONLY, "parse-orjson"),
    _pipe(REFERENCE, "hand-orjson"),
    _pipe("hand-written, json", "hand-json"),
    _recordmap(1),
    _recordmap(2),
    _pipe("recordmap embedded, orjson", "embedded-orjson"),
    _pipe("needed fields only, msgspec", "msgspec-typed", package="msgspec"),
    _pipe("jsonata2py, orjson", "jsonata2py-orjson", package="jsonata2py"),
    _pipe("polars, 1 thread", "polars", package="polars"),
    _pipe("polars, 2 threads", "polars", package="polars", threads=2),
    _pipe("duckdb, 1 thread", "duckdb-1", package="duckdb"),
    _pipe("duckdb, 2 threads", "duckdb-2", package="duckdb"),
    _jq(),
    _pipe("interpreted, orjson", "interpreted-orjson"),
    _node(),
)


def measure(settings: Settings) -> dict[str, Any]:
    """Check that all programs give the same customers, and time them."""
    able = [way for way in WAYS if way.lacking is None]
    settings.say(f"files: {len(able)} programs on {settings.checked_file:,} records, to be equal")
    equal = check(able, settings.folder, stream(settings.folder, settings.checked_file))
    source = stream(settings.folder, settings.file_records)
    target = settings.folder / "out.ndjson"
    settings.say(f"files: {settings.file_repetitions} repetitions on {settings.file_records:,} records")
    times = compare(
        [way.program(source, target) for way in able],
        reference=REFERENCE,
        repetitions=settings.file_repetitions,
    )
    target.unlink()
    return {
        "records": settings.file_records,
        "megabytes": source.stat().st_size / 1e6,
        "times": times,
        "equal": equal,
        "missing": {way.name: way.lacking for way in WAYS if way.lacking is not None},
    }


def check(ways: Sequence[Way], folder: Path, source: Path) -> dict[str, str]:
    """Compare the customers that programs write with those of the reference; return `=` or `~` by name.

    A customer is known by its email address; those of records that the reference rejects don't count.

    Raises:
        DifferentError: a program wrote something else.
    """
    target = folder / "checked.ndjson"
    results: dict[str, list[dict[str, Any]]] = {}
    for way in ways:
        run(way.program(source, target))
        with target.open("rb") as lines:
            results[way.name] = [orjson.loads(line) for line in lines]
        target.unlink()
    results.pop(PARSE_ONLY, None)
    wanted = results[REFERENCE]
    equal = {}
    for name, made in results.items():
        found = {
            record["EmailAddress"]: record
            for record in map(without_nothing, made)
            if "EmailAddress" in record
        }
        for record in map(without_nothing, wanted):
            email = record["EmailAddress"]
            if found.get(email) != record:
                raise DifferentError(f"{name}: {found.get(email)!r} instead of {record!r}")
        equal[name] = "=" if made == wanted else "~"
    return equal
