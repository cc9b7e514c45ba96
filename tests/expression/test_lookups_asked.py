"""What is asked of lookups is worked out once for one key, and for no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from recordmap.expression.lookups_asked import Lookups
from recordmap.schema.unions import constants


@dataclass
class Table:
    table: dict[str, Any] = field(default_factory=dict)
    on_miss: str = "error"
    default: object = None
    asked: bool = False


def test_one_and_true_are_two_keys() -> None:
    lookups = Lookups({"t": Table({"0": "a", "1": "b", "2": "c"})})
    numbers, others = constants((0, 1, 2)), constants((0, True, 2))
    assert numbers.enum == others.enum, "to Python they are the same"
    first, second = lookups.up("t", numbers), lookups.up("t", others)
    assert first is not None
    assert second is not None
    assert (first.missing, second.missing) == (None, (True,))
    assert lookups.up("t", numbers) is first
    assert lookups.up("t", others) is second
