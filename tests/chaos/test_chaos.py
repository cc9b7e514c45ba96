"""A sample of `make chaos`: a fault of each family in the middle of a poll, and two random histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chaos.account import FAULTS, many_faults, one_fault

SAMPLE = [fault for fault in FAULTS if fault["kind"] not in {"hang", "drip"}][::6]


@pytest.mark.parametrize("fault", SAMPLE, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_fault_in_the_middle_of_a_poll(fault: Mapping[str, Any]) -> None:
    assert one_fault(fault, 2) in {"complete", "failed"}


@pytest.mark.parametrize("seed", [2, 9])
def test_a_history_of_random_faults(seed: int) -> None:
    assert many_faults(seed).total() == 3


def test_there_are_enough_kinds() -> None:
    assert len({str(fault) for fault in FAULTS}) == len(FAULTS) >= 40
