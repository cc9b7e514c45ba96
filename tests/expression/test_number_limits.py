"""Limits of numbers that come of other numbers: what is too large to be a limit is none."""

from __future__ import annotations

import pytest

from recordmap.expression.number_limits import added, multiplied, negated, without_sign
from recordmap.schema.narrowing import Limits

LARGE = (-1e308, 1e308)
NONE = (None, None)


@pytest.mark.parametrize(
    ("made", "limits"),
    [
        (added((1, 2), (3, None)), (4, None)),
        (multiplied((-2, 3), (-5, 7)), (-15, 21)),
        (multiplied((1, 2), (3, None)), NONE),
        (multiplied(LARGE, LARGE), NONE),
        (multiplied(multiplied(LARGE, LARGE), (0, 1)), NONE),
        (added((0, 1.7e308), (0, 1.7e308)), (0, None)),
        (added((10**400, 10**400), (0, 0.5)), NONE),
        (negated((None, 2)), (-2, None)),
        (without_sign((-3, 2)), (0, 3)),
        (without_sign((-3, None)), (0, None)),
    ],
)
def test_limits(made: Limits, limits: Limits) -> None:
    assert made == limits
