"""Reading the timestamps that other systems write."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(value: object) -> datetime | None:
    """Return an instant in UTC, or None when `value` is not the text of one.

    Read are the forms of ISO 8601 that occur: `Z`, `+00:00`, `+0000` or no offset at all (taken as UTC), a
    blank instead of `T`, fractions of any length. (Klaviyo writes RFC 3339 with whole seconds, but consent
    times and custom properties hold all of these.)
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
