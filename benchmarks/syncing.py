"""`python -m benchmarks.syncing`: what a sync costs, from a Klaviyo API over HTTP into a store.

Each measurement is a process of its own, so that its memory is its own; the API is another's, which has made its
answers beforehand. It tells how many profiles a second, the processor time of a profile, where the time of the process
that polls went, and the peak of memory; what a poll costs when nothing has changed; and what a profile costs in stores
of several sizes.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import machine
from benchmarks.layers import Layers
from benchmarks.page import write
from benchmarks.projects import ROOT
from benchmarks.recorded import KEY, served
from recordmap.cli.sync import COLLECT
from recordmap.connectors.http import Client
from recordmap.engine import Engine
from recordmap.starter import make_project

RESULTS = Path(__file__).with_name("results.json")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MOST = {"sqlite": 1_000_000, "postgresql": 100_000}
"""Profiles or customers that a store is measured with at most: a million of each would take half an hour more."""

RUNS = 3
MOST_REPEATED = 100_000
"""Profiles or customers of a measurement that is made more than once at most: with a million, one takes minutes."""


def measured(url: str, store: str, *, customers: int = 0, layers: bool = False) -> dict[str, Any]:
    """Poll twice in a process of its own, into a store that holds so many customers already."""
    environ = {
        **os.environ,
        "KLAVIYO_API_KEY": KEY,
        "RECORDMAP_SOURCE_URL": url,
        "RECORDMAP_STORE_URL": store,
    }
    command = [sys.executable, "-m", "benchmarks.syncing", "--worker", str(customers)]
    command += ["--layers"] if layers else []
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def work(customers: int, *, layers: bool) -> dict[str, Any]:
    """Poll everything, then what has changed since, and tell what it took."""
    asked, get = [0], Client.get

    def counted(*given: Any) -> Any:
        asked[0] += 1
        return get(*given)

    Client.get = counted  # type: ignore[method-assign]
    timers = Layers() if layers else None
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        make_project(project, "klaviyo")
        with Engine.load(project).session() as session:
            fill(session, customers)
            gc.freeze()
            gc.set_threshold(*COLLECT)
            began, used = time.perf_counter(), time.process_time()
            first = session.poll()
            took, cost = time.perf_counter() - began, time.process_time() - used
            spent = timers.found(cost) if timers else {}
            asked[0] = 0
            again = session.poll()
    return {
        "status": f"{first.status}, {again.status}",
        "profiles": first.records,
        "per_second": round(first.records / took),
        "micros": round(cost / first.records * 1e6, 1),
        "waiting": round(first.source_seconds / took, 3),
        "requests": asked[0],
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "layers": {layer: round(one / first.records * 1e6, 1) for layer, one in spent.items()},
    }


def fill(session: Any, customers: int) -> None:
    """Add customers whom no profile of the API is."""
    for start in range(0, customers, 2000):
        with session.destination.unit() as unit:
            for number in range(start, min(start + 2000, customers)):
                phone = f"+1415{number % 10_000_000:07}"
                unit.add(
                    {"EmailAddress": f"c{number}@example.net", "CustomerNumber": phone, "FirstName": "Ann"}
                )


@contextmanager
def new_store(name: str) -> Iterator[str]:
    """Give the address of a new store of a kind."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/store.db"
    else:
        address = os.environ["RECORDMAP_TEST_POSTGRES"]
        database = f"bench_{time.time_ns()}"
        _psql(address.format(database="postgres"), f"CREATE DATABASE {database}")
        yield address.format(database=database)


def _psql(address: str, statement: str) -> None:
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def main(arguments: argparse.Namespace) -> None:
    """Measure, print a line for each measurement, and keep each at once for the page where that is asked for."""
    tasks = planned(arguments)
    done, began = 0, time.monotonic()
    # Answers are made once for all measurements that ask for the same profiles.
    for (profiles, seed), group in groupby(tasks, key=lambda task: (task.profiles, task.seed)):
        _tell(f"making the answers for {profiles:,} profiles")
        with served(profiles, seed) as url:
            for task in group:
                done += 1
                _tell(f"{done} of {len(tasks)}, {time.monotonic() - began:.0f} s so far: {task.told}")
                row = usual([measure(task, url) for _ in range(task.runs)])
                _say(json.dumps(row))
                if arguments.keep:
                    keep(row)


class Task(NamedTuple):
    """One measurement: so many profiles into a store that holds so many customers."""

    store: str
    profiles: int
    held: int = 0
    layers: bool = False

    @property
    def seed(self) -> int:
        """Where profiles begin: customers that are there before are other people."""
        return 2 if self.held else 1

    @property
    def runs(self) -> int:
        """How often it is measured: other work on the machine makes a fifth of a difference, so once says little."""
        return 1 if self.layers or max(self.profiles, self.held) > MOST_REPEATED else RUNS

    @property
    def told(self) -> str:
        """What is measured, in words."""
        beside = f" beside {self.held:,} customers" if self.held else ""
        timed = ", with timers" if self.layers else ""
        return f"{self.profiles:,} profiles into {TITLES[self.store]}{beside}{timed}"


def planned(arguments: argparse.Namespace) -> list[Task]:
    """Return what is to be measured, the longest last."""
    names = arguments.stores.split(",")
    tasks = [Task(name, 20_000, layers=True) for name in names] if arguments.layers else []
    sizes = [(count, 0) for count in arguments.profiles] + [(5000, held) for held in arguments.held]
    tasks += [
        Task(name, profiles, held)
        for profiles, held in sorted(sizes, key=lambda size: (max(size), size))
        for name in names
        if max(profiles, held) <= MOST[name]
    ]
    return tasks


def measure(task: Task, url: str) -> dict[str, Any]:
    """Measure in a new store, and return what was found.

    Raises:
        SystemExit: a poll did not come to its end.
    """
    busy = machine.load()
    with new_store(task.store) as store:
        found = measured(url, store, customers=task.held, layers=task.layers)
    if found["status"] != "complete, complete":
        sys.exit(f"a poll ended otherwise: {found['status']}")
    return {"store": TITLES[task.store], "held": task.held, **found, "load_before": round(busy, 2)}


def usual(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row in the middle by its rate, with the rates of all."""
    ranked = sorted(rows, key=lambda row: row["per_second"])
    return {**ranked[len(ranked) // 2], "rates": [row["per_second"] for row in ranked]}


def keep(row: dict[str, Any]) -> None:
    """Put a measurement into the results and onto the page, in the place of the same one made before."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    found = results.setdefault("syncing", {"rows": []})
    same = ("store", "held", "profiles")
    others = [
        one
        for one in found["rows"]
        if [one[name] for name in same] != [row[name] for name in same]
        or bool(one["layers"]) != bool(row["layers"])
    ]
    found["rows"] = sorted([*others, row], key=_order)
    found["when"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write(results, ROOT / "docs")


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return bool(row["layers"]), row["held"] > 0, row["store"] != "SQLite", row["profiles"], row["held"]


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.syncing", description=__doc__)
    numbers = lambda text: [int(one) for one in text.split(",") if one]  # noqa: E731
    parser.add_argument(
        "--profiles", type=numbers, default=[10_000, 100_000, 1_000_000], help="how many to poll"
    )
    parser.add_argument(
        "--held", type=numbers, default=[10_000, 100_000, 1_000_000], help="customers there before"
    )
    parser.add_argument("--stores", default="sqlite,postgresql")
    parser.add_argument(
        "--layers", action="store_true", help="also tell where the time of 20,000 profiles goes"
    )
    parser.add_argument("--keep", action="store_true", help="put what is found into docs/performance.md")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker is None:
        main(given)
    else:
        _say(json.dumps(work(given.worker, layers=given.layers)))
