"""Several writers at once never make one person two."""

from __future__ import annotations

import runpy
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from postgres.database import fresh_database
from recordmap.connectors.destination import MatchKey
from recordmap.connectors.store import Store, open_store
from recordmap.diagnostics import Fault

RACER = Path(__file__).with_name("racer.py")


def race(where: str, processes: int, people: int, rounds: int) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, str(RACER), where, str(people), str(rounds)],
            env={"PYTHONPATH": ":".join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        _, told = racer.communicate(timeout=120)
        assert (racer.returncode, told) == (0, "")


@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_open_a_new_store_at_once(tmp_path: Path, kind: str, processes: int) -> None:
    """The first unit of each falls together with the making of the tables and the keys."""
    where = tmp_path / "store.db" if kind == "sqlite" else fresh_database()
    race(str(where), processes, people=15, rounds=2)
    with closing(open_store(where, runpy.run_path(str(RACER))["RULES"])) as store:
        assert store.counts() == {"records": 15, "children": 15, "links": 15, "open_errors": 0}


def test_threads_with_one_store_between_them(store: Store) -> None:
    start = threading.Barrier(4)
    added: list[int] = []

    def work() -> None:
        start.wait(timeout=60)
        for number in range(25):
            key = MatchKey("EmailAddress", "email", f"p{number}@example.com")
            with store.unit() as unit:
                if key not in unit.find([key]):
                    added.append(unit.add({"EmailAddress": key.key, "CustomerNumber": "N/A"}).id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert sorted(added) == list(range(1, 26))
    assert store.counts()["records"] == 25


def test_without_looking_the_rule_of_uniqueness_still_holds(store: Store) -> None:
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(timeout=60)
        for number in range(20):
            with suppress(Fault), store.unit() as unit:
                unit.add({"EmailAddress": f"p{number}@example.com", "CustomerNumber": "N/A"})

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert store.counts()["records"] == 20
