"""API revisions: which of them answers a request, and what its profiles lack.

Klaviyo: a revision is stable for a year, deprecated for the next and then retired. A request for a retired one is
answered, silently, by the oldest that lives, unless its header opts out of that; then it gets a 410. Shapes older
than 2023-10-15 were different and are never served here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from recordmap.sandbox import errors
from recordmap.sandbox.settings import Settings

FIRST_SERVED = "2023-10-15"
OPT_OUT_HEADER = "x-klaviyo-revision-fall-forward-opt-out"

REVISIONS = (
    *("2022-10-17", "2023-01-24", "2023-02-22", "2023-06-15", "2023-07-15", "2023-08-15", "2023-09-15"),
    *("2023-10-15", "2023-12-15", "2024-02-15", "2024-05-15", "2024-06-15", "2024-07-15", "2024-10-15"),
    *("2025-01-15", "2025-04-15", "2025-07-15", "2025-10-15", "2026-01-15", "2026-04-15", "2026-07-15"),
    "2026-10-15",
)
"""The stable revisions, oldest first."""

LOCALE_SINCE = "2024-05-15"
MORE_CHANNELS_SINCE = "2025-01-15"
"""From here on at the latest there are transactional SMS and push subscriptions."""

_FORM = re.compile(r"(\d{4}-\d{2}-\d{2})(\.[a-z0-9.-]{1,20})?", re.ASCII)


def served_revision(headers: Mapping[str, str], settings: Settings, today: date) -> str:
    """Return the revision that answers a request.

    Raises:
        ApiError: the header is missing or no revision, or names a retired one and opts out of the next.
    """
    oldest = _oldest_alive(today) if settings.retirement else FIRST_SERVED
    asked = headers.get("revision")
    if asked is None:
        if settings.missing_revision == "fall-forward":
            return oldest
        raise errors.bad_header("revision", "The revision header is required.")
    form = _FORM.fullmatch(asked)
    if form is None or not _is_date(form[1]):
        raise errors.bad_header("revision", "The revision header is not a revision: use YYYY-MM-DD.")
    if form[1] < oldest:
        if headers.get(OPT_OUT_HEADER) == "1":
            raise errors.retired(asked)
        return oldest
    # A date between two revisions gets the one that was current on that day.
    return max(revision for revision in REVISIONS if revision <= form[1])


def _oldest_alive(today: date) -> str:
    """Return the oldest revision less than two years old, or the newest of all when time has passed them by."""
    limit = f"{today.year - 2}{today.isoformat()[4:]}"
    alive = [revision for revision in REVISIONS if revision > limit and revision >= FIRST_SERVED]
    return alive[0] if alive else REVISIONS[-1]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def as_of(revision: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a profile that a revision knows."""
    known = dict(attributes)
    if revision < LOCALE_SINCE:
        known.pop("locale", None)
    channels = known.get("subscriptions")
    if revision < MORE_CHANNELS_SINCE and isinstance(channels, dict):
        kept = {name: channel for name, channel in channels.items() if name in ("email", "sms")}
        for name, channel in kept.items():
            if isinstance(channel, dict):
                kept[name] = {kind: value for kind, value in channel.items() if kind == "marketing"}
        known["subscriptions"] = kept
    return known
