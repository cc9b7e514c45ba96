"""External IDs of source records as text, for reports and for matching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recordmap.runtime.outcome import Record

PickId = Callable[[Any], Any]
"""Picks a source record's external ID."""


def text_id(pick: PickId, record: Record) -> str | None:
    """Return a source record's external ID; None when it has none that is text or a whole number."""
    value = pick(record)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None
