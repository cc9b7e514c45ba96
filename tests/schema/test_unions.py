"""What a union says is so of the values of both types."""

from __future__ import annotations

from recordmap.frozen import replace
from recordmap.schema.fit import holds
from recordmap.schema.types import INTEGER, OBJECT, TEXT
from recordmap.schema.unions import MAX_PROPERTIES, record_type, union


def test_objects_with_very_many_keys_are_cut_down_to_their_kind() -> None:
    many = record_type({f"key {number}": INTEGER for number in range(MAX_PROPERTIES)})
    texts = replace(OBJECT, extra=TEXT)
    made = union(many, replace(texts, properties={"one more": TEXT}))
    assert holds(made, {f"key {number}": number for number in range(MAX_PROPERTIES)})
