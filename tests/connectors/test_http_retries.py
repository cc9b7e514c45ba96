"""Trying again: how often, how long in between, and what is passed on in the end. Nothing here sleeps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.retries import PassingError, RetryOptions, retry_after, with_retries

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def passing(wait: float | None = None) -> PassingError:
    return PassingError("source-unavailable", "gone", hint="HTTP 503", wait=wait)


def run(faults: list[Exception], **options) -> tuple[str, list[float]]:
    """Run a call that fails with each fault in turn and then succeeds; return the result and the waits."""
    left = list(faults)
    slept: list[float] = []

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return with_retries(call, RetryOptions(**options), sleep=slept.append), slept


def test_a_success_needs_no_wait() -> None:
    assert run([]) == ("done", [])


def test_waits_double_with_something_at_random() -> None:
    result, slept = run([passing()] * 4)
    assert result == "done"
    assert [low <= wait <= low + 1 for low, wait in zip([1, 2, 4, 8], slept, strict=True)] == [True] * 4


def test_waits_of_our_own_are_capped() -> None:
    _, slept = run([passing()] * 10, attempts=11, longest_wait=5.0)
    assert max(slept) == 5.0
    assert len(slept) == 10


def test_a_wait_asked_for_is_kept_to() -> None:
    assert run([passing(7), passing(0.25), passing(60)]) == ("done", [7, 0.25, 60])


def test_a_wait_of_zero_is_none() -> None:
    _, (slept,) = run([passing(0.0)])
    assert 1 <= slept <= 2


def test_after_the_last_try_the_fault_is_passed_on() -> None:
    with pytest.raises(ConnectorError) as caught:
        run([passing()] * 3, attempts=3)
    error = caught.value
    assert not isinstance(error, PassingError)
    assert (error.code, error.message, error.hint) == (
        "source-unavailable",
        "gone",
        "HTTP 503; tried 3 times",
    )
    assert error.transient


def test_one_attempt_means_no_second() -> None:
    with pytest.raises(ConnectorError, match="gone"):
        run([passing()], attempts=1)


def test_a_wait_too_long_ends_it_at_once() -> None:
    slept: list[float] = []

    def call() -> str:
        raise passing(3600)

    with pytest.raises(ConnectorError) as caught:
        with_retries(call, RetryOptions(), sleep=slept.append)
    assert caught.value.hint == "HTTP 503; asked to wait 3600 s"
    assert caught.value.transient
    assert slept == []


@pytest.mark.parametrize(
    "fault",
    [ConnectorError("source-refused-key", "no", transient=False), ValueError("bug"), KeyboardInterrupt()],
)
def test_everything_else_goes_straight_through(fault: BaseException) -> None:
    calls: list[int] = []

    def call() -> str:
        calls.append(1)
        raise fault

    with pytest.raises(type(fault)) as caught:
        with_retries(call, RetryOptions(), sleep=calls.append)
    assert caught.value is fault
    assert calls == [1]


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("1", 1.0),
        ("0", 0.0),
        (" 30 ", 30.0),
        ("1.5", 1.5),
        ("3600", 3600.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 14:00:30 +0200", 30.0),
        ("Tue, 24 Nov 2026 12:00:30 -0000", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("9999999999", None),
        ("nan", None),
        ("inf", None),
        ("\u0661", None),
        ("2026-11-24T12:00:30Z", None),
        ("Tue, 99 Nov 2026 12:00:30 GMT", None),
        ("Tue, 24 Nov 2026 99999999999:00:30 GMT", None),
        ("Tue, 24 Nov 99999999999 12:00:30 GMT", None),
        ("Tue, 24 Nov 2026 12:00:30 +99999999999999", None),
    ],
)
def test_retry_after(text: str, wait: float | None) -> None:
    assert retry_after({"Retry-After": text}, NOW) == wait


def test_no_retry_after() -> None:
    assert retry_after({}, NOW) is None


@given(st.one_of(st.text(), st.from_regex(r"\w{3}, \d{1,3} \w{3} \d{1,6} \d{1,3}:\d\d:\d\d [+-]?\d{0,6}")))
def test_any_text_gives_a_wait_or_none(text: str) -> None:
    wait = retry_after({"Retry-After": text}, NOW)
    assert wait is None or wait >= 0
