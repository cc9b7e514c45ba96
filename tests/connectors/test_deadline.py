"""A deadline cuts what takes too long, once, and nothing that came after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from recordmap.connectors.deadline import Deadline

LONG, SHORT, PATIENCE = 60.0, 0.01, 20.0


@pytest.fixture
def cut() -> threading.Event:
    return threading.Event()


@pytest.fixture
def long(cut: threading.Event) -> Iterator[Deadline]:
    deadline = Deadline(LONG, cut.set)
    yield deadline
    deadline.close()


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "deadline"]


def test_what_takes_too_long_is_cut_while_it_goes_on(cut: threading.Event) -> None:
    deadline = Deadline(SHORT, cut.set)
    with deadline:
        assert cut.wait(PATIENCE)
    assert deadline.expired


def test_the_next_thing_has_its_own_time(cut: threading.Event) -> None:
    deadline = Deadline(SHORT, cut.set)
    for _ in range(3):
        cut.clear()
        with deadline:
            assert cut.wait(PATIENCE)
        assert deadline.expired


def test_what_is_done_in_time_is_not_cut(long: Deadline, cut: threading.Event) -> None:
    with long:
        pass
    assert not long.expired
    assert not cut.is_set()


def test_what_was_cut_says_nothing_of_what_follows(long: Deadline) -> None:
    long.expired = True
    with long:
        assert not long.expired


def test_one_thread_keeps_all_of_them_and_ends_with_them(long: Deadline) -> None:
    before = set(watchers())
    for _ in range(10):
        with long, pytest.raises(ZeroDivisionError):
            raise ZeroDivisionError
        with long:
            [watcher] = set(watchers()) - before
    long.close()
    watcher.join(PATIENCE)
    assert not watcher.is_alive()


def test_after_its_thread_has_ended_it_keeps_on(long: Deadline) -> None:
    before = set(watchers())
    with long:
        [first] = set(watchers()) - before
    long.close()
    first.join(PATIENCE)
    with long:
        [second] = set(watchers()) - before
    assert second is not first
