"""Entries of the error log as commands tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recordmap.connectors.errorlog import ErrorEntry


def next_try(entry: ErrorEntry) -> str | None:
    """Return when, or after what, an open entry is tried again by itself."""
    from recordmap.cli.transfers import time_text
    from recordmap.sync.failures import WaitsFor

    if entry.status != "open":
        return None
    words = {WaitsFor.CHANGE: "after a change", WaitsFor.PERSON: "by hand: errors retry"}
    return words.get(WaitsFor.of(entry.failure)) or time_text(entry.failure.next_retry)


def entry_data(entry: ErrorEntry) -> dict[str, Any]:
    """Return an error entry as data, without the record."""
    from recordmap.cli.transfers import time_text
    from recordmap.sync.failures import WaitsFor

    failure = entry.failure
    return {
        "number": entry.id,
        "status": entry.status.value,
        "source_id": failure.external_id,
        "code": failure.code,
        "message": failure.message,
        "collection": failure.collection,
        "field": failure.field,
        "attempts": entry.attempts,
        "first": time_text(entry.first_at),
        "last": time_text(entry.last_at),
        "next_retry": time_text(failure.next_retry),
        "waits_for": WaitsFor.of(failure).value if entry.status == "open" else None,
        "closed": time_text(entry.closed_at),
        "template_version": failure.version,
    }
