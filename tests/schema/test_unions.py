"""What a union says is so of the values of both types."""

from __future__ import annotations

import pytest

from recordmap.frozen import replace
from recordmap.schema.fit import holds
from recordmap.schema.inside import entry
from recordmap.schema.narrowing import limited
from recordmap.schema.types import ANY, INTEGER, LIST, OBJECT, TEXT, Kind, Limits, Objects, Texts, Type
from recordmap.schema.unions import MAX_PROPERTIES, constants, list_type, record_type, union


def test_objects_with_very_many_keys_are_cut_down_to_their_kind() -> None:
    many = record_type({f"key {number}": INTEGER for number in range(MAX_PROPERTIES)})
    texts = Type(OBJECT.kinds, objects=Objects({"one more": TEXT}, extra=TEXT))
    made = union(many, texts)
    assert holds(made, {f"key {number}": number for number in range(MAX_PROPERTIES)})


@pytest.mark.parametrize("other", [INTEGER, LIST, constants([1, True])])
def test_what_is_known_of_one_kind_stays_beside_another(other: Type) -> None:
    date = Texts(format="date", recased=(9, 3))
    assert union(other, Type(TEXT.kinds, texts=date)).texts == date
    notes = union(Type(OBJECT.kinds, objects=Objects(extra=replace(ANY, description="a note"))), other)
    assert entry(notes, "x").description == "a note"


def test_types_of_the_same_values_are_equal_however_they_came_about() -> None:
    numbers = union(limited(INTEGER, Limits(1, 2)), limited(INTEGER, Limits(3, 4)))
    assert numbers == limited(INTEGER, Limits(1, 4))
    assert union(list_type([numbers]), list_type([limited(INTEGER, Limits(1, 4))])).lists.entries == (
        numbers,
    )
    assert replace(constants([None]), kinds=TEXT.kinds) == TEXT
    assert constants([""]).falsy
    assert not union(constants([True]), Type.of(Kind.TEXT)).falsy
