"""Plans hold nothing of a record: threads that share one get what each of them would get alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from recordmap import Engine
from recordmap.resources import data_folder
from recordmap.runtime.plan import Plan

RECORDS, THREADS = 30_000, 4


def profile(number: int) -> dict[str, Any]:
    """Return a profile of which every text tells the number; every ninth is rejected, every fifth has no address."""
    address = {"address1": f"Street {number}", "city": f"City {number}", "country": f"Country {number}"}
    attributes = {
        "email": f"person{number}@example.org" if number % 9 else None,
        "phone_number": f" {number} " if number % 3 else None,
        "first_name": f"Áda {number}" if number % 2 else "",
        "location": address if number % 5 else None,
        "properties": {"Last active": number if number % 7 else f"day {number}"},
    }
    return {"type": "profile", "id": str(number), "attributes": attributes}


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_four_threads_share_a_plan() -> None:
    plan: Plan = Engine.load(data_folder("collections") / "klaviyo").plan("Add Klaviyo Profile TO iPaaS.com")
    records = [profile(number) for number in range(RECORDS)]
    wanted = [plan(record) for record in records]
    assert sum(outcome.mapped for outcome in wanted) == sum(number % 9 != 0 for number in range(RECORDS))
    assert wanted[1].record is not None
    assert wanted[1].record["Addresses"][0]["Address1"] == "Street 1"
    with ThreadPoolExecutor(THREADS) as pool:
        runs = [
            pool.submit(lambda begin: [plan(one) for one in records[begin::THREADS]], begin)
            for begin in range(THREADS)
        ]
        for begin, run in enumerate(runs):
            assert run.result() == wanted[begin::THREADS]
