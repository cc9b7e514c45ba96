"""Which fields an update writes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.sync.canonical import canonical, digest
from recordmap.sync.changes import changed_fields, equal

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
flat_records = st.dictionaries(st.sampled_from("abc"), json_values, max_size=3)


@pytest.mark.parametrize(
    ("before", "mapped", "changes"),
    [
        ({"A": 1}, {"A": 1}, {}),
        ({"A": 1}, {}, {}),
        ({"A": 1}, {"A": None}, {"A": None}),
        ({}, {"A": None}, {}),
        ({}, {"A": ""}, {"A": ""}),
        ({"A": 1}, {"A": True}, {"A": True}),
        ({"A": 0}, {"A": False}, {"A": False}),
        ({"A": 1}, {"A": 1.0}, {}),
        ({"A": [1, {"b": 1}]}, {"A": [1, {"b": True}]}, {"A": [1, {"b": True}]}),
        ({"A": "x"}, {"A": "x", "B": "y"}, {"B": "y"}),
        ({"CustomFields": {"a": 1, "b": 2}}, {"CustomFields": {"a": 1}}, {}),
        ({"CustomFields": {"a": 1}}, {"CustomFields": {"a": 2, "c": 3}}, {"CustomFields": {"a": 2, "c": 3}}),
        ({"CustomFields": {"a": 1}}, {"CustomFields": {"a": None, "b": " "}}, {}),
        ({}, {"CustomFields": {"a": 1}}, {"CustomFields": {"a": 1}}),
        ({}, {"CustomFields": {}}, {}),
        ({}, {"Addresses": [{}]}, {}),
    ],
)
def test_changed_fields(before: dict[str, Any], mapped: dict[str, Any], changes: dict[str, Any]) -> None:
    found = changed_fields(before, mapped, {"Addresses"})
    assert canonical(found) == canonical(changes)


@given(flat_records, flat_records)
def test_changes_laid_on_give_what_was_mapped(before: dict[str, Any], mapped: dict[str, Any]) -> None:
    changes = changed_fields(before, mapped)
    after = {**before, **changes}
    assert all(equal(after.get(name), value) for name, value in mapped.items())
    assert changed_fields(after, mapped) == {}
    assert changes.keys() <= mapped.keys()


@given(json_values, json_values)
def test_equal_is_an_equivalence_in_step_with_hashes(left: Any, right: Any) -> None:
    assert equal(left, left)
    assert equal(left, right) == equal(right, left)
    if digest(left) == digest(right):
        assert equal(left, right)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_the_order_of_keys_makes_no_difference(record: dict[str, Any]) -> None:
    assert digest(record) == digest(dict(reversed(record.items())))


@pytest.mark.parametrize("odd", [{"a": 2**70}, {"a": "\ud800"}, {"a": -(2**64), "b": [2**64]}])
def test_legal_json_that_is_odd_has_a_hash_too(odd: dict[str, Any]) -> None:
    assert digest(odd) == digest(dict(odd))
    assert digest(odd) != digest({**odd, "z": 1})
