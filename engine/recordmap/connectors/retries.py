"""Trying again: only what may pass, only a few times, and never before the other side said.

What may pass is decided where the fault is seen, by raising `PassingError`. Everything else goes straight
through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import tenacity

from recordmap.connectors.base import ConnectorError
from recordmap.diagnostics.log import event, logger

_LOG = logger(__name__)
_SECONDS = re.compile(r"\s*(\d{1,9}(?:\.\d+)?)\s*", re.ASCII)

Result = TypeVar("Result")


class PassingError(ConnectorError):
    """A fault that may be gone on the next try. `wait`: how many seconds the other side asked for, if any."""

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, wait: float | None = None
    ) -> None:
        self.wait = wait
        super().__init__(code, message, transient=True, hint=hint)


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """How often a request is made at most, and the longest wait between two tries in seconds.

    A wait asked for that is longer ends the tries at once: asking earlier is refused anyway.
    """

    attempts: int = 5
    longest_wait: float = 60.0


def with_retries(
    call: Callable[[], Result], options: RetryOptions, *, sleep: Callable[[float], None]
) -> Result:
    """Return what `call` returns, calling it again after a `PassingError`.

    Without a wait asked for, waits grow from one second, doubling, with up to one more second at random.

    Raises:
        ConnectorError: the last fault, with the number of tries in its hint.
    """
    back_off = tenacity.wait_exponential_jitter(initial=1, max=options.longest_wait, jitter=1)

    def wait(state: tenacity.RetryCallState) -> float:
        # No wait, or none worth the name: a service that counts whole seconds says 0 for any part of one.
        return _fault(state).wait or back_off(state)

    def stop(state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= options.attempts or state.upcoming_sleep > options.longest_wait

    def report(state: tenacity.RetryCallState) -> None:
        fault = _fault(state)
        wait = state.upcoming_sleep
        told = event(
            "request-repeated", code=fault.code, attempt=state.attempt_number, wait_seconds=round(wait, 1)
        )
        _LOG.info("%s (%s); trying again in %.1f s", fault.message, fault.hint, wait, extra=told)

    def give_up(state: tenacity.RetryCallState) -> Result:
        fault = _fault(state)
        told = fault.wait or 0
        tried = "tried once" if state.attempt_number == 1 else f"tried {state.attempt_number} times"
        why = f"asked to wait {told:.0f} s" if told > options.longest_wait else tried
        hint = f"{fault.hint}; {why}" if fault.hint else why
        raise ConnectorError(fault.code, fault.message, transient=True, hint=hint) from fault

    return tenacity.Retrying(
        sleep=sleep,
        wait=wait,
        stop=stop,
        retry=tenacity.retry_if_exception_type(PassingError),
        before_sleep=report,
        retry_error_callback=give_up,
    )(call)


def _fault(state: tenacity.RetryCallState) -> PassingError:
    """Return what the last try raised; nothing else than a `PassingError` is ever tried again."""
    outcome: Any = state.outcome
    fault: PassingError = outcome.exception()
    return fault


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for: a number, also a decimal one, or an HTTP date.

    None when the header is absent or makes no sense; 0.0 for a date that has passed. `headers` looks names up
    whatever their letter case, `now` is aware.
    """
    text = headers.get("Retry-After", "")
    if seconds := _SECONDS.fullmatch(text):
        return float(seconds[1])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # OverflowError: a year or an hour of twenty digits
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
