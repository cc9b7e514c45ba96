"""Types put together: bounded in what they look into."""

from __future__ import annotations

from recordmap.schema.types import Kind
from recordmap.schema.unions import MAX_CONSTANTS, MAX_PROPERTIES, record_type, type_of, union


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
