"""The times that Klaviyo was seen to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.sync.timestamps import format_timestamp, parse_timestamp, utc_now

SECOND = datetime(2024, 2, 11, 8, 45, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-02-11T08:45:30+00:00", SECOND),
        ("2024-02-11T08:45:30Z", SECOND),
        ("2024-02-11t08:45:30z", SECOND),
        ("2024-02-11T08:45:30+0000", SECOND),
        ("2024-02-11T08:45:30", SECOND),
        ("2024-02-11 08:45:30", SECOND),
        (" 2024-02-11 08:45:30+00:00 ", SECOND),
        ("2024-02-11T03:45:30-05:00", SECOND),
        ("2024-02-11T08:45:30.852051+00:00", SECOND.replace(microsecond=852051)),
        ("2024-02-11T08:45:30.5Z", SECOND.replace(microsecond=500000)),
        ("2024-02-11", datetime(2024, 2, 11, tzinfo=UTC)),
    ],
)
def test_read(text: str, time: datetime) -> None:
    found = parse_timestamp(text)
    assert found == time
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "yesterday", "2024-02-30T00:00:00Z", "2024-02-11T25:00:00Z", "23:59:60"),
        *(1707641130, 1707641130.5, True, [], {}, "2024" * 40, "0001-01-01T00:00:00+14:00"),
    ],
)
def test_not_a_time(value: Any) -> None:
    assert parse_timestamp(value) is None


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7, minutes=-30))])))
def test_there_and_back(time: datetime) -> None:
    try:
        expected = time.astimezone(UTC)
    except OverflowError:
        return
    text = format_timestamp(expected)
    assert text.endswith("Z")
    assert parse_timestamp(text) == expected


@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = parse_timestamp(text)
    assert found is None or found.tzinfo is UTC


def test_the_present_is_aware() -> None:
    assert utc_now().tzinfo is UTC
