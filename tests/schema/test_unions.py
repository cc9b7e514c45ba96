"""What a union says is so of the values of both types."""

from __future__ import annotations

import pytest

from recordmap.frozen import replace
from recordmap.schema.fit import holds
from recordmap.schema.inside import entry
from recordmap.schema.narrowing import limited, only
from recordmap.schema.types import ANY, INTEGER, LIST, OBJECT, TEXT, Kind, Type
from recordmap.schema.unions import MAX_PROPERTIES, constants, list_type, record_type, union


def test_objects_with_very_many_keys_are_cut_down_to_their_kind() -> None:
    many = record_type({f"key {number}": INTEGER for number in range(MAX_PROPERTIES)})
    texts = replace(OBJECT, extra=TEXT)
    made = union(many, replace(texts, properties={"one more": TEXT}))
    assert holds(made, {f"key {number}": number for number in range(MAX_PROPERTIES)})


@pytest.mark.parametrize("other", [INTEGER, LIST, constants([1, True])])
def test_what_is_known_of_one_kind_stays_beside_another(other: Type) -> None:
    date = replace(TEXT, format="date", recased=(9, 3))
    made = only(union(other, date), TEXT.kinds)
    assert (made.format, made.recased) == ("date", (9, 3))
    notes = union(replace(OBJECT, extra=replace(ANY, description="a note")), other)
    assert entry(notes, "x").description == "a note"


def test_types_of_the_same_values_are_equal_however_they_came_about() -> None:
    numbers = union(limited(INTEGER, (1, 2)), limited(INTEGER, (3, 4)))
    assert numbers == limited(INTEGER, (1, 4))
    assert union(list_type([numbers]), list_type([limited(INTEGER, (1, 4))])).entries == (numbers,)
    assert replace(constants([None]), kinds=TEXT.kinds) == TEXT
    assert constants([""]).falsy
    assert not union(constants([True]), Type.of(Kind.TEXT)).falsy
