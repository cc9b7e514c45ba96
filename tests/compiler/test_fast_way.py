"""Which records the fast function maps on its own: the usual ones must not be mapped twice."""

from __future__ import annotations

import ast
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


def test_what_the_settings_say_is_decided_before_any_record_comes() -> None:
    template = """
fields:
  Rate: {formula: 'record.a * settings.rates.gold'}
  Country: {formula: 'settings.country if settings.rates.gold > 1 else settings.rates.none.at.all'}
"""
    plan = ways(template, settings={"rates": {"gold": 2}, "country": "DE"}).plan
    assert plan({"a": 3}).record == {"Rate": 6, "Country": "DE"}
    assert not [name for name in plan.function.__code__.co_names if name.startswith("SETTING")]


def test_a_record_is_asked_once_whether_it_is_an_object() -> None:
    *_, plan = ways("fields: {A: {source: a}, B: {formula: 'upper(record.b)'}}").plan.trees()
    assert ast.unparse(plan).count("type(record)") == 1
    assert "record is not None" not in ast.unparse(plan)


def test_what_is_read_around_child_records_is_read_once_for_all_of_them() -> None:
    child = """
collection: Child
child_of: any
each: kids
fields:
  Of: {formula: 'concat(parent.home.city, record.b)'}
  Was: {formula: existing.name, when: parent.home.country}
"""
    made = ways(
        "operation: update\nfields: {}\nchildren: [{collection: Child, into: Kids}]",
        f"operation: update\n{child}",
    )
    for tree in made.plan.trees():
        [loop] = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
        read = {node.value for node in ast.walk(loop) if isinstance(node, ast.Constant)}
        assert "b" in read
        assert not read & {"home", "city", "country", "name"}
