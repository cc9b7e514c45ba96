"""A little of `make fuzz`, so that the fuzzer itself keeps working."""

from __future__ import annotations

import pytest

from fuzz.run import KINDS, run_chunk


@pytest.mark.parametrize("kind", KINDS)
def test_a_little(kind: str) -> None:
    result = run_chunk(kind, seed=7, count=300)
    assert sum(result.outcomes.values()) == 300
    # Time is for `make fuzz`: a busy machine is no fault of the checker.
    assert [fault for fault in result.faults if " ms: " not in fault] == []
    assert len(result.outcomes) > 1
