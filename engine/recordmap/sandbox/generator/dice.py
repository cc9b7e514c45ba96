"""Chance that repeats: every draw follows from a seed, a profile's number and the aspect it is drawn for.

A hash feeds the draws rather than `random.Random`, whose choices may differ between Python versions. Aspects
are drawn apart, so that a profile's e-mail address can be told without making the whole profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")

_MILLION = 1_000_000
_LOW_POOL = 64


class Dice:
    """Draws for one aspect of one profile."""

    __slots__ = ("_pool", "_source", "_throws")

    def __init__(self, seed: int, number: int, aspect: str) -> None:
        self._source = f"{seed}/{number}/{aspect}"
        self._throws = 0
        self._pool = 0

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, but not, `limit`."""
        if self._pool >> _LOW_POOL == 0:
            digest = blake2b(f"{self._source}/{self._throws}".encode()).digest()
            self._pool = int.from_bytes(digest)
            self._throws += 1
        self._pool, drawn = divmod(self._pool, limit)
        return drawn

    def chance(self, percent: int) -> bool:
        """Return true in `percent` of a hundred cases."""
        return self.below(100) < percent

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of `items`, each as likely as the next."""
        return items[self.below(len(items))]


def chosen(number: int, share: float) -> bool:
    """Whether `number` belongs to an evenly spread `share` (0 to 1) of all numbers.

    Of any thousand neighbours of a share of 0.002 exactly two are chosen: demonstrations can count on it.
    """
    step = round(share * _MILLION)
    before = number * step + _MILLION // 2
    return before // _MILLION != (before + step) // _MILLION
