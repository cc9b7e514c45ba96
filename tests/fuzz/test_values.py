"""Boundaries of a type: each is a value of it, and one that JSON has."""

from __future__ import annotations

import math

import pytest

from recordmap.fuzz.values import Hints, boundaries
from recordmap.schema.fit import holds
from recordmap.schema.narrowing import limited
from recordmap.schema.types import NUMBER, Limits


@pytest.mark.parametrize(
    ("minimum", "maximum"), [(1.7e308, None), (None, -1.7e308), (-1.7e308, 1.7e308), (0, 10), (-0.5, 0.5)]
)
def test_numbers_between_two_ends(minimum: float | None, maximum: float | None) -> None:
    type_ = limited(NUMBER, Limits(minimum, maximum))
    tried = boundaries(type_, Hints())
    assert tried
    assert all(math.isfinite(one) and holds(type_, one) for one in tried), tried
