"""What is known of the objects that a decoder makes."""

from __future__ import annotations

from recordmap.compiler.held import Decoded, held
from recordmap.schema.types import ANY


def test_what_lies_below_an_object_and_below_a_list_is_found_out_once() -> None:
    """Else each step of a path would double the work, and one of forty steps would never end."""
    last = Decoded(dict, {}, {})
    known = held(ANY, Decoded(dict, {"a": "key_0"}, {"a": last}))
    assert known.lists.items is not None
    assert known.objects.properties["a"] is known.lists.items.objects.properties["a"]
