"""The garbage collector rests while templates are read, and is afterwards as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from recordmap.collector import resting


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
