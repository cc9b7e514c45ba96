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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.recorded import KEY, served
from recordmap.cli.sync import COLLECT
from recordmap.connectors.http import Client
from recordmap.engine import Engine
from recordmap.starter import make_project


def measured(url: str, store: str, *, customers: int = 0) -> dict[str, Any]:
    """Poll twice in a process of its own, into a store that holds so many customers already."""
    environ = {
        **os.environ,
        "KLAVIYO_API_KEY": KEY,
        "RECORDMAP_SOURCE_URL": url,
        "RECORDMAP_STORE_URL": store,
    }
    command = [sys.executable, "-m", "benchmarks.syncing", "--worker", str(customers)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def work(customers: int) -> dict[str, Any]:
    """Poll everything, then what has changed since, and tell what it took."""
    asked, get = [0], Client.get

    def counted(*given: Any) -> Any:
        asked[0] += 1
        return get(*given)

    Client.get = counted  # type: ignore[method-assign]
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
            asked[0] = 0
            again = session.poll()
    return {
        "status": f"{first.status}, {again.status}",
        "profiles": first.records,
        "per second": first.records / took,
        "microseconds": cost / first.records * 1e6,
        "waiting for pages": first.source_seconds / took,
        "requests without change": asked[0],
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
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


def stores(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give a new store of each kind: its name and its address."""
    for name in names:
        if name == "sqlite":
            with tempfile.TemporaryDirectory() as folder:
                yield "SQLite", f"sqlite:///{folder}/store.db"
        else:
            address = os.environ["RECORDMAP_TEST_POSTGRES"]
            database = f"bench_{time.time_ns()}"
            _psql(address.format(database="postgres"), f"CREATE DATABASE {database}")
            yield "PostgreSQL", address.format(database=database)


def _psql(address: str, statement: str) -> None:
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def main(arguments: argparse.Namespace) -> None:
    """Measure, and print a table."""
    heads = (
        "store",
        "held",
        "profiles",
        "a second",
        "µs of CPU each",
        "waiting for pages",
        "peak MB",
        "no change",
    )
    _say("| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
    names = arguments.stores.split(",")
    wanted = [(count, 0) for count in arguments.profiles] + [(5000, held) for held in arguments.held]
    for profiles, held in wanted:
        with served(profiles, seed=2 if held else 1) as url:
            for name, store in stores(names):
                found = measured(url, store, customers=held)
                _say(
                    f"| {name} | {held:,} | {found['profiles']:,} | {found['per second']:,.0f}"
                    f" | {found['microseconds']:,.0f} | {found['waiting for pages']:.0%} | {found['megabytes']:,.0f}"
                    f" | {found['requests without change']} |"
                )
                if found["status"] != "complete, complete":
                    sys.exit(f"a poll ended otherwise: {found['status']}")


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
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker is None:
        main(given)
    else:
        _say(json.dumps(work(given.worker)))
