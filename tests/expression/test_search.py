"""The evaluator of sources behind the trace: what it tells of its steps, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from recordmap.diagnostics import Fault
from recordmap.expression.search import search
from recordmap.expression.source import parse_source
from recordmap.expression.source_nodes import Node
from recordmap.runtime.budget import MAX_STEPS, Budget


def observed(text: str, data: Any) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def observe(node: Node, value: Any) -> None:
        seen.append((text[node.offset : node.offset + node.length], value))

    search(parse_source(text), data, observe)
    return seen


def test_a_path_tells_of_each_step() -> None:
    assert observed("a.b[0]", {"a": {"b": [1]}}) == [
        ("a", {"b": [1]}),
        ("b", [1]),
        ("[0]", 1),
        ("b[0]", 1),
        ("a.b[0]", 1),
    ]


def test_a_filter_tells_of_each_element() -> None:
    seen = observed(
        "lines[?price > `1`].sku", {"lines": [{"price": 1, "sku": "x"}, {"price": 2, "sku": "y"}]}
    )
    assert seen == [
        ("lines", [{"price": 1, "sku": "x"}, {"price": 2, "sku": "y"}]),
        ("price", 1),
        ("`1`", 1),
        ("price > `1`", False),
        ("price", 2),
        ("`1`", 1),
        ("price > `1`", True),
        ("sku", "y"),
        ("lines[?price > `1`].sku", ["y"]),
    ]


def test_what_decides_ends_a_choice() -> None:
    assert observed("a || b", {"a": 1, "b": 2}) == [("a", 1), ("a || b", 1)]


def test_calls_and_references() -> None:
    assert observed("max_by(a, &b)", {"a": [{"b": 1}, {"b": 2}]}) == [
        ("a", [{"b": 1}, {"b": 2}]),
        ("b", 1),
        ("b", 2),
        ("max_by(a, &b)", {"b": 2}),
    ]


def test_a_reference_to_one_position() -> None:
    assert search(parse_source("sort_by(@, &[0])"), [[2], [1]]) == [[1], [2]]


def test_steps_before_a_fault_are_told() -> None:
    seen: list[Any] = []
    with pytest.raises(Fault, match="sum needs a list, not a number"):
        search(parse_source("sum(a)"), {"a": 1}, lambda _, value: seen.append(value))
    assert seen == [1]


def test_a_budget_is_spent() -> None:
    budget = Budget()
    budget.spend(MAX_STEPS - 1)
    assert search(parse_source("a[*]"), {"a": [1]}, budget=budget) == [1]
    with pytest.raises(Fault) as caught:
        search(parse_source("a[*]"), {"a": [1]}, budget=budget)
    assert caught.value.code == "value-too-large"


def test_data_that_is_no_json_is_a_fault_or_null() -> None:
    assert search(parse_source("a.b"), {"a": object()}) is None
    with pytest.raises(Fault) as caught:
        search(parse_source("to_string(@)"), {1: 2})
    assert caught.value.code == "source-failed"
