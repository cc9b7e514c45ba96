"""Timestamps as other systems write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.connectors.times import read_time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-02-11T08:45:30+00:00", datetime(2024, 2, 11, 8, 45, 30, tzinfo=UTC)),
        ("2024-02-11T08:45:30Z", datetime(2024, 2, 11, 8, 45, 30, tzinfo=UTC)),
        ("2024-02-11T10:45:30+0200", datetime(2024, 2, 11, 8, 45, 30, tzinfo=UTC)),
        ("2024-02-11 08:45:30", datetime(2024, 2, 11, 8, 45, 30, tzinfo=UTC)),
        ("2024-02-11T08:45:30", datetime(2024, 2, 11, 8, 45, 30, tzinfo=UTC)),
        (" 2023-07-28T13:26:48.852051+00:00 ", datetime(2023, 7, 28, 13, 26, 48, 852051, tzinfo=UTC)),
        ("2023-07-28T13:26:48.8520519999Z", datetime(2023, 7, 28, 13, 26, 48, 852051, tzinfo=UTC)),
        ("2024-02-11", datetime(2024, 2, 11, tzinfo=UTC)),
        ("2024-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1707641130, None),
        (["2024-02-11"], None),
    ],
)
def test_times(text: object, time: datetime | None) -> None:
    assert read_time(text) == time


@given(st.text())
def test_any_text_gives_a_utc_time_or_none(text: str) -> None:
    time = read_time(text)
    assert time is None or time.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read(time: datetime) -> None:
    assert read_time(time.isoformat()) == time
