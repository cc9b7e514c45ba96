"""Which records the fast function maps on its own: the usual ones must not be mapped twice."""

from __future__ import annotations

from typing import Any

import pytest

from language.ways import ways

FIELDS = {"A": {"type": "string"}, "Short": {"type": "string", "maxLength": 5}, "Known": {"type": "boolean"}}
TEMPLATE = f"""
destination: t/d
fields:
  A: {{source: a}}
  Short: {{source: short, formula: trim(value)}}
  Known: {{formula: 'record.code in {list(range(200))}'}}
"""


@pytest.fixture
def calls(request: pytest.FixtureRequest) -> list[Any]:
    """Map the record of a test; return the records that were handed to the careful function."""
    plan = ways(TEMPLATE, schemas={"t/d": {"type": "object", "properties": FIELDS}}).plan
    handed: list[Any] = []

    def careful(record: Any, *_: object) -> None:
        handed.append(record)

    plan.function.__globals__["careful"] = careful
    plan(request.param)
    return handed


@pytest.mark.parametrize(
    "calls",
    [
        {"a": "Ada", "short": "12345"},
        {"a": "é" * 300, "short": " 12345 "},
        {"a": "x" * 3_995, "short": "12345"},
        {"a": None, "short": ""},
        {"code": 3},
        {},
    ],
    indirect=True,
)
def test_usual_records_are_mapped_once(calls: list[Any]) -> None:
    assert not calls


@pytest.mark.parametrize(
    "calls",
    [
        {"short": "123456"},
        {"a": "x" * 300, "short": "123456"},
        {"a": "x" * 4_001},
        {"a": 1},
        {"code": [3]},
        [],
    ],
    indirect=True,
)
def test_unusual_records_are_mapped_with_care(calls: list[Any]) -> None:
    assert len(calls) == 1
