"""Reading the times that source systems write.

Klaviyo documents RFC 3339 with whole seconds; fractions, `Z`, a blank instead of `T`, offsets without a colon
and no offset at all occur too. All of them are read; a missing offset counts as UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recordmap.runtime.outcome import Json

_LONGEST = 64


def parse_timestamp(value: Json) -> datetime | None:
    """Return a time as aware UTC, or None when the value is not a time that can be told."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    try:
        time = datetime.fromisoformat(value.strip().upper())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        # OverflowError: an offset carries the first or last day of the calendar out of it.
        return None


def format_timestamp(time: datetime) -> str:
    """Return a time as RFC 3339 text in UTC, as formulas and messages show it."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def utc_now() -> datetime:
    """Return the present time, aware, in UTC: the clock when none is passed in."""
    return datetime.now(UTC)
