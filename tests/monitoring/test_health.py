"""The verdict on a sync, from the history of its runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from data_files.support import read_yaml
from monitoring.support import HERE
from recordmap.monitoring.health import duration_text, examine
from sync.fakes import FakeClock, FakeDestination
from sync.plans import RULES

CASES = read_yaml(HERE / "health.yaml")


@pytest.mark.parametrize("case", CASES["verdicts"], ids=lambda case: case["name"])
def test_verdict(case: dict[str, Any]) -> None:
    clock = FakeClock()
    destination = FakeDestination(RULES, clock)
    for kind, status, *message in case["runs"]:
        number = destination.start_run(kind)
        clock.forward(minutes=1)
        if status == "interrupted":
            clock.forward(minutes=6)
        elif status != "running":
            destination.finish_run(number, status, {}, next(iter(message), None))
    clock.forward(minutes=case.get("later", 0))
    allowed = case.get("max_lag")
    health = examine(destination, clock(), allowed and timedelta(minutes=allowed))  # type: ignore[arg-type]
    assert health.verdict.value == case["verdict"]
    assert [f"{one.code}: {one.message}" for one in health.reasons] == case.get("reasons", [])
    lag = case.get("lag")
    assert health.lag == (None if lag is None else timedelta(minutes=lag))


def test_a_clock_that_went_back_makes_no_negative_lag() -> None:
    clock = FakeClock()
    destination = FakeDestination(RULES, clock)
    destination.finish_run(destination.start_run("poll"), "complete", {}, None)
    health = examine(destination, clock() - timedelta(hours=1), timedelta(minutes=1))
    assert (health.verdict.value, health.lag) == ("ok", timedelta())


@pytest.mark.parametrize(("seconds", "text"), CASES["durations"])
def test_duration(seconds: float, text: str) -> None:
    assert duration_text(seconds) == duration_text(timedelta(seconds=seconds)) == text
