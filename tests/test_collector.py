"""The garbage collector rests while templates are read, and finds nothing changed afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from recordmap.collector import resting


@pytest.fixture(autouse=True)
def switched_on() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_what_was_made_is_old_at_once() -> None:
    with resting():
        assert not gc.isenabled()
        made = [[number] for number in range(10_000)]
    assert gc.isenabled()
    young = {id(one) for one in gc.get_objects(generation=0)}
    assert not young & {id(one) for one in made}


def test_who_switched_it_off_finds_it_off() -> None:
    gc.disable()
    with resting():
        pass
    assert not gc.isenabled()


def test_what_a_program_froze_stays_frozen() -> None:
    """In a process of its own: the one that runs the tests would never get rid of what it freezes."""
    code = """
import gc
from recordmap.collector import resting
gc.freeze()
before = gc.get_freeze_count()
with resting():
    made = [[] for _ in range(100)]
assert gc.get_freeze_count() == before > 0
"""
    subprocess.run([sys.executable, "-c", code], check=True)
