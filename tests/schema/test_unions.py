"""What a union says is so of the values of both types."""

from __future__ import annotations

import pytest

from recordmap.frozen import replace
from recordmap.schema.fit import holds
from recordmap.schema.inside import entry
from recordmap.schema.narrowing import limited
from recordmap.schema.types import ANY, INTEGER, LIST, OBJECT, TEXT, Kind, Limits, Objects, Texts, Type
from recordmap.schema.unions import (
    MAX_CONSTANTS,
    MAX_PROPERTIES,
    constants,
    list_type,
    record_type,
    type_of,
    union,
)


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


def test_a_long_list_is_known_by_the_kinds_of_its_entries() -> None:
    entries = [{f"k{number}": number} for number in range(MAX_CONSTANTS)]
    assert len(type_of(entries).lists.each.objects.properties) == MAX_CONSTANTS
    each = type_of([*entries, "a"]).lists.each
    assert each.kinds == {Kind.OBJECT, Kind.TEXT}
    assert not each.objects.properties


def test_a_union_looks_into_so_many_properties_in_which_its_sides_differ() -> None:
    shared = type_of({"a": 1})
    same = {f"same {number}": shared for number in range(MAX_PROPERTIES - 2)}
    left, right = (record_type({**same, "b": type_of(one)}) for one in (1, "x"))
    assert union(left, right).objects.properties["b"].kinds == {Kind.INTEGER, Kind.TEXT}
    wide = [record_type({f"p{at}": type_of({"a": one, "b": one}) for at in range(200)}) for one in (1, "x")]
    made = union(*wide)
    assert len(made.objects.properties) == 200
    # There is room for a hundred more, and none of the two hundred has two of them.
    assert all(not inner.objects.properties for inner in made.objects.properties.values())
