"""What is not documented about Klaviyo, or varies, as switches; and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Clock = Callable[[], datetime]
"""Tells the time, with an offset."""

READ = "profiles:read"
WRITE = "profiles:write"


def system_clock() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the sandbox behaves where Klaviyo leaves it open. Times are in seconds.

    Attributes:
        limits: refuse requests beyond the rate limits with 429. Off, the headers are still there but tell of an
            account that nobody else uses, so a walk of many profiles is fast.
        missing_revision: what a request without the `revision` header meets.
        retirement: revisions end two years after their date, and a request for one that ended is answered by the
            oldest that lives. Off, every revision from 2023-10-15 on lives for ever.
        scopes: what the key may do.
        newest_bound: date filters must be older than this; with 0 only bounds in the future are refused.
        inclusive_bounds: rows exactly on a `greater-than` or `less-than` bound come back, as sometimes seen.
        ignore_broken_bounds: a date whose `+` was decoded to a blank is ignored instead of refused, as in 2022.
        visible_after: how long a change stays unseen in lists; one profile by id is always up to date.
        cursor_lifetime: after this a cursor is invalid; None for never.
        media_type: content type of the answers.
    """

    limits: bool = False
    missing_revision: Literal["refuse", "fall-forward"] = "refuse"
    retirement: bool = True
    scopes: frozenset[str] = frozenset((READ, WRITE))
    newest_bound: float = 0
    inclusive_bounds: bool = False
    ignore_broken_bounds: bool = False
    visible_after: float = 0
    cursor_lifetime: float | None = None
    media_type: str = "application/vnd.api+json"
