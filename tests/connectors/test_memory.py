"""The source in memory: order, since, pages, and one record by its ID."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from recordmap.connectors.base import Source
from recordmap.connectors.memory import MemorySource


def record(each: str, updated: object) -> dict[str, Any]:
    return {"id": each, "attributes": {"updated": updated}}


RECORDS = [
    record("new", "2024-03-01T00:00:00Z"),
    record("old", "2024-01-01T00:00:00+00:00"),
    record("tie-1", "2024-02-01T01:00:00+01:00"),
    record("tie-2", "2024-02-01T00:00:00Z"),
    record("never", None),
    {"id": "bare"},
]


def ids(source: MemorySource, since: datetime | None) -> list[list[str]]:
    return [[each["id"] for each in page.records] for page in source.pages(since)]


def test_pages_in_order_of_change() -> None:
    source = MemorySource(RECORDS, page_size=4)
    assert isinstance(source, Source)
    assert ids(source, None) == [["never", "bare", "old", "tie-1"], ["tie-2", "new"]]


def test_since_is_exclusive_and_keeps_what_has_no_time() -> None:
    assert ids(MemorySource(RECORDS), datetime(2024, 2, 1, tzinfo=UTC)) == [["never", "bare", "new"]]


def test_records_may_change_between_walks() -> None:
    source = MemorySource([])
    assert ids(source, None) == []
    source.records.append(record("late", "2024-05-01T00:00:00Z"))
    assert ids(source, datetime(2024, 4, 1, tzinfo=UTC)) == [["late"]]


def test_other_paths() -> None:
    source = MemorySource([{"key": {"no": "7"}, "at": "2024-01-01"}], updated="at", external_id="key.no")
    assert source.fetch("7") == {"key": {"no": "7"}, "at": "2024-01-01"}
    assert source.fetch("8") is None
    assert list(source.pages(datetime(2024, 1, 2, tzinfo=UTC))) == []
    source.close()
