"""Limits of numbers that come of other numbers: what is too large to be a limit is none."""

from __future__ import annotations

import pytest

from recordmap.expression.number_limits import added, multiplied, negated, without_sign
from recordmap.schema.types import UNLIMITED, Limits

LARGE = Limits(-1e308, 1e308)


@pytest.mark.parametrize(
    ("made", "limits"),
    [
        (added(Limits(1, 2), Limits(3, None)), Limits(4, None)),
        (multiplied(Limits(-2, 3), Limits(-5, 7)), Limits(-15, 21)),
        (multiplied(Limits(1, 2), Limits(3, None)), UNLIMITED),
        (multiplied(LARGE, LARGE), UNLIMITED),
        (multiplied(multiplied(LARGE, LARGE), Limits(0, 1)), UNLIMITED),
        (added(Limits(0, 1.7e308), Limits(0, 1.7e308)), Limits(0, None)),
        (added(Limits(10**400, 10**400), Limits(0, 0.5)), UNLIMITED),
        (negated(Limits(None, 2)), Limits(-2, None)),
        (without_sign(Limits(-3, 2)), Limits(0, 3)),
        (without_sign(Limits(-3, None)), Limits(0, None)),
    ],
)
def test_limits(made: Limits, limits: Limits) -> None:
    assert made == limits
