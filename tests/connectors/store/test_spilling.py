"""Tables that spill are dictionaries, whatever of them is in memory."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recordmap.connectors.destination import MatchKey
from recordmap.connectors.store.spilling import Spill

# Keys of every kind that a unit uses; one of them is equal to a plain tuple.
keys: Any = st.one_of(
    st.integers(0, 5),
    st.sampled_from(["a", "b", "\ud800", "'"]),
    st.sampled_from([MatchKey("f", "c", "k"), ("f", "c", "k"), (1, ("f", "c"))]),
)
steps = st.lists(st.tuples(st.sampled_from(["put", "drop", "get", "update"]), keys, st.integers()))


@given(steps=steps, most=st.integers(1, 4))
def test_a_table_is_a_dictionary(steps: list[Any], most: int) -> None:
    model: dict[Any, Any] = {}
    with Spill(most) as spill:
        table = spill.table()
        for step, key, value in steps:
            if step == "put":
                table[key] = model[key] = value
            elif step == "drop" and key in model:
                del table[key]
                del model[key]
            elif step == "update":
                table.update({key: value})
                model.update({key: value})
            assert (key in table, table.get(key), table.get(key, "none")) == (
                key in model,
                model.get(key),
                model.get(key, "none"),
            )
            if key in model:
                assert table[key] == model[key]
            assert len(table) <= most
            assert bool(table) or not model


def test_a_view_that_nobody_can_change_comes_back_as_what_it_shows() -> None:
    with Spill(1) as spill:
        table = spill.table()
        table.update({"a": MappingProxyType({1: 2}), "b": MappingProxyType({})})
        assert (table["a"], table["b"]) == ({1: 2}, {})


def test_tables_are_apart() -> None:
    with Spill(1) as spill:
        one, two = spill.table(), spill.table()
        for key in "abc":
            one[key] = key
        assert "a" not in two
        assert not two
