"""Values of profiles as filters and sort orders see them: times are whole seconds of Unix time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from recordmap.sandbox.generator import Profile

SUPPRESSIONS = ("suppression", "list_suppressions")


def sort_value(key: str, read: Callable[[str], Any]) -> Any:
    """Return what a profile is sorted by: with several suppressions, the time of the latest."""
    if key in SUPPRESSIONS:
        times = [each["timestamp"] for each in read(key) if each.get("timestamp") is not None]
        return max(times, default=None)
    return read(key)


def read_value(profile: Profile, field: str) -> Any:
    """Return a value of a profile as filters and sort orders see it: times in seconds of Unix time."""
    if field == "id":
        return profile["id"]
    attributes = profile["attributes"]
    if field in SUPPRESSIONS:
        return suppressions(attributes.get("subscriptions"), field)
    value = attributes.get(field)
    if field in ("created", "updated"):
        return to_seconds(value)
    return value if isinstance(value, str) else None


def suppressions(subscriptions: Any, kind: str) -> list[dict[str, Any]]:
    """Return global or list suppressions, with their times in seconds of Unix time."""
    found = subscriptions
    for name in ("email", "marketing", kind):
        found = found.get(name) if isinstance(found, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    return [row | {"timestamp": to_seconds(row.get("timestamp"))} for row in rows]


def to_seconds(text: Any) -> int | None:
    """Return a time as text in whole seconds of Unix time, None when it is no time. No offset means UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() // 1)
