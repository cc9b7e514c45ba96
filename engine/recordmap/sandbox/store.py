"""The profiles of a sandbox: a generated base that is never held, and every change to it, in memory.

Pages follow a sort key and go on after (or before) a row, never after a count of rows, so that they stay right
while profiles change. Rows with equal keys follow in the order of their numbers; Klaviyo doesn't tell its own.
Rows without a value come last in rising order. Safe to use from several threads.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from heapq import merge
from itertools import chain
from math import inf
from threading import RLock
from typing import Any

from recordmap.sandbox.conditions import Conditions, candidates
from recordmap.sandbox.generator import People, Profile
from recordmap.sandbox.settings import Clock
from recordmap.sandbox.values import SUPPRESSIONS, read_value, sort_value, suppressions

Rank = tuple[bool, Any, int]
"""Where a row stands: whether it has no value, the value, its number."""

_LAST = 1 << 80


@dataclass(frozen=True, slots=True)
class Order:
    """A sort key and its direction. Key `number` is the order in which profiles came to be known."""

    key: str = "number"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some profiles, with the ranks of the first and the last, and whether more follow the way of the walk."""

    profiles: list[Profile]
    first: Rank | None
    last: Rank | None
    more: bool


class Store:
    """Profiles that can be read in pages, looked up, added, changed and removed.

    Args:
        people: the generated base.
        clock: tells when a change becomes visible.
        visible_after: seconds until lists show a change.
    """

    def __init__(self, people: People, clock: Clock, visible_after: float = 0) -> None:
        self._people = people
        self._clock = clock
        self._visible_after = visible_after
        self._lock = RLock()
        self._listed: dict[int, Profile | None] = {}
        self._newest: dict[int, Profile | None] = {}
        self._waiting: deque[tuple[float, int, Profile | None]] = deque()
        self._numbers: dict[str, int] = {}
        self._next = len(people)
        self._base_orders: dict[str, Sequence[int]] = {}
        self._changed_orders: dict[str, list[Rank]] = {}

    def get(self, profile_id: str) -> Profile | None:
        """Return a profile as it is now, or None. The caller must not change it."""
        with self._lock:
            number = self._number(profile_id)
            return None if number is None else self._current(number)

    def __iter__(self) -> Iterator[Profile]:
        """Give every profile as it is now, in the order of numbers, none of them held."""
        with self._lock:
            numbers = range(self._next)
        for number in numbers:
            with self._lock:
                profile = self._current(number)
            if profile is not None:
                yield deepcopy(profile) if number in self._newest else profile

    def ids(self) -> Iterator[str]:
        """Give the id of every profile that is there now, in the order of numbers."""
        with self._lock:
            numbers = range(self._next)
        for number in numbers:
            if number not in self._newest:
                yield self._people.id(number)
            elif (profile := self._newest[number]) is not None:
                yield profile["id"]

    def add(self, profile: Profile) -> None:
        """Take a new profile in. Its id must be new.

        Raises:
            ValueError: a profile with this id is there already.
        """
        with self._lock:
            if self.get(profile["id"]) is not None:
                raise ValueError(f"there is a profile {profile['id']} already")
            self._numbers[profile["id"]] = self._next
            self._next += 1
            self._write(self._next - 1, profile)

    def replace(self, profile: Profile) -> None:
        """Put a changed profile in the place of the one with its id.

        Raises:
            KeyError: no profile has this id.
        """
        self._write(self._existing(profile["id"]), profile)

    def remove(self, profile_id: str) -> None:
        """Forget a profile, as a merge or a privacy deletion does.

        Raises:
            KeyError: no profile has this id.
        """
        self._write(self._existing(profile_id), None)

    def having(self, field: str, value: str) -> list[str]:
        """Return the ids of the profiles whose identifier `field` is `value` now."""
        with self._lock:
            numbers = self._find(self._newest, field, value)
            return [profile["id"] for number in numbers if (profile := self._current(number)) is not None]

    def page(
        self,
        order: Order,
        conditions: Conditions,
        size: int,
        *,
        start: Rank | None = None,
        backwards: bool = False,
    ) -> Page:
        """Return up to `size` profiles that meet the conditions.

        `start` is the row before the page, or with `backwards` the row behind it; None begins at the end.
        """
        with self._lock:
            self._settle()
            against = order.descending != backwards
            found: list[tuple[Rank, int]] = []
            for rank in self._walk(order.key, conditions, start, descending=against):
                if conditions.hold(self._reader(rank[2])):
                    found.append((rank, rank[2]))
                    if len(found) > size:
                        break
            more = len(found) > size
            del found[size:]
            if backwards:
                found.reverse()
            profiles = [self._listed.get(number) or self._people.profile(number) for _, number in found]
            first, last = (found[0][0], found[-1][0]) if found else (None, None)
            return Page(profiles, first, last, more)

    def _walk(
        self, key: str, conditions: Conditions, start: Rank | None, *, descending: bool
    ) -> Iterator[Rank]:
        """Give ranks from `start` on, leaving out what the conditions exclude cheaply."""
        rank = self._ranker(key)
        numbers = candidates(conditions, lambda field, value: self._find(self._listed, field, value))
        if numbers is not None:
            some = sorted(rank(number) for number in numbers)
            yield from _from(some, start, descending=descending)
            return
        between = conditions.between.get(key)
        if between is not None and descending:
            # Even without an upper bound the rows without a value, which come first, are out.
            bound = (False, inf if between.high is None else between.high, _LAST)
            start = bound if start is None else min(start, bound)
        elif between is not None and between.low is not None:
            bound = (False, between.low, -1)
            start = bound if start is None else max(start, bound)
        base = _ranked(self._base_order(key), rank, start, descending=descending)
        changed = _from(self._changed_order(key), start, descending=descending)
        fresh = (each for each in base if each[2] not in self._listed)
        for each in merge(fresh, changed, reverse=descending):
            if between is not None and not between.holds(each[1]):
                return
            yield each

    def _base_order(self, key: str) -> Sequence[int]:
        """Return the numbers of the base in the order of a key; only two orders are free of sorting."""
        if key in ("number", "updated"):
            return range(len(self._people))
        if key not in self._base_orders:
            self._base_orders[key] = sorted(range(len(self._people)), key=self._base_ranker(key))
        return self._base_orders[key]

    def _changed_order(self, key: str) -> list[Rank]:
        if key not in self._changed_orders:
            rank = self._ranker(key)
            there = (number for number, profile in self._listed.items() if profile is not None)
            self._changed_orders[key] = sorted(map(rank, there))
        return self._changed_orders[key]

    def _ranker(self, key: str) -> Callable[[int], Rank]:
        from_base = self._base_ranker(key)

        def rank(number: int) -> Rank:
            changed = self._listed.get(number)
            if changed is None or key == "number":
                return from_base(number)
            value = sort_value(key, lambda field: read_value(changed, field))
            return (value is None, value, number)

        return rank

    def _base_ranker(self, key: str) -> Callable[[int], Rank]:
        if key == "number":
            return lambda number: (False, number, number)
        people = self._people
        if key == "updated":
            return lambda number: (False, people.updated(number), number)

        def rank(number: int) -> Rank:
            value = sort_value(key, lambda field: self._base_value(number, field))
            return (value is None, value, number)

        return rank

    def _reader(self, number: int) -> Callable[[str], Any]:
        changed = self._listed.get(number)
        if changed is None:
            return lambda field: self._base_value(number, field)
        return lambda field: read_value(changed, field)

    def _base_value(self, number: int, field: str) -> Any:
        if field in SUPPRESSIONS:
            return suppressions(self._people.subscriptions(number), field)
        return getattr(self._people, field)(number)

    def _find(self, changes: Mapping[int, Profile | None], field: str, value: str) -> Iterable[int]:
        fresh = (number for number in self._people.having(field, value) if number not in changes)
        changed = (n for n, profile in changes.items() if profile and read_value(profile, field) == value)
        return chain(fresh, changed)

    def _number(self, profile_id: str) -> int | None:
        if profile_id in self._numbers:
            return self._numbers[profile_id]
        return next(iter(self._people.having("id", profile_id)), None)

    def _existing(self, profile_id: str) -> int:
        with self._lock:
            number = self._number(profile_id)
            if number is None or self._current(number) is None:
                raise KeyError(profile_id)
            return number

    def _current(self, number: int) -> Profile | None:
        if number in self._newest:
            return self._newest[number]
        return self._people.profile(number) if number < len(self._people) else None

    def _write(self, number: int, profile: Profile | None) -> None:
        with self._lock:
            self._newest[number] = profile
            self._waiting.append((self._clock().timestamp() + self._visible_after, number, profile))
            self._settle()

    def _settle(self) -> None:
        """Show the changes whose time has come."""
        now = self._clock().timestamp()
        while self._waiting and self._waiting[0][0] <= now:
            _, number, profile = self._waiting.popleft()
            self._listed[number] = profile
            self._changed_orders.clear()


def _ranked(
    numbers: Sequence[int], rank: Callable[[int], Rank], start: Rank | None, *, descending: bool
) -> Iterator[Rank]:
    """Give the ranks of sorted numbers, from behind `start` on."""
    if descending:
        end = len(numbers) if start is None else bisect_left(numbers, start, key=rank)
        return (rank(numbers[place]) for place in range(end - 1, -1, -1))
    begin = 0 if start is None else bisect_right(numbers, start, key=rank)
    return (rank(numbers[place]) for place in range(begin, len(numbers)))


def _from(ranks: list[Rank], start: Rank | None, *, descending: bool) -> Iterator[Rank]:
    """Give sorted ranks, from behind `start` on."""
    if descending:
        end = len(ranks) if start is None else bisect_left(ranks, start)
        return (ranks[place] for place in range(end - 1, -1, -1))
    begin = 0 if start is None else bisect_right(ranks, start)
    return (ranks[place] for place in range(begin, len(ranks)))
