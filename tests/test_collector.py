"""The garbage collector rests while templates are read, and is afterwards as it was."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from recordmap.collector import importing, resting


@pytest.fixture(autouse=True)
def switched_on() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_and_goes_on() -> None:
    with resting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_a_fault() -> None:
    with pytest.raises(KeyError), resting():
        raise KeyError
    assert gc.isenabled()


def test_who_switched_it_off_finds_it_off() -> None:
    gc.disable()
    with resting():
        pass
    assert not gc.isenabled()


def test_garbage_of_meanwhile_is_collected() -> None:
    """What was made meanwhile must not count as old: a process that runs on would never get rid of it."""
    with resting():
        made = [[number] for number in range(1_000)]
    old = {id(one) for one in gc.get_objects(generation=2)}
    assert not old & {id(one) for one in made}


def test_what_an_import_made_is_old_at_once() -> None:
    """In a process of its own, where something is left to be imported; what was frozen before stays frozen."""
    code = """
import gc
from recordmap.collector import importing
ages = not gc.get_freeze_count()
with importing():
    import wave
    made = [[number] for number in range(1_000)]
assert gc.isenabled()
old = {id(one) for one in gc.get_objects(generation=2)}
assert all((id(one) in old) == ages for one in made)
gc.freeze()
before = gc.get_freeze_count()
with importing():
    import tabnanny
assert gc.get_freeze_count() == before > 0
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_ages_where_all_was_imported_before() -> None:
    gc.disable()  # it would make them older by itself
    with importing():
        made = [[number] for number in range(1_000)]
    assert not {id(one) for one in made} & {id(one) for one in gc.get_objects(generation=2)}
