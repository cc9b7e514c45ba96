"""What is known of the values that expressions read, at one point of a template: types by the path to a value.

A path is the name of a root and keys: `("record", "attributes", "email")`. Records never change while they are mapped,
so what a condition has shown of a path holds from there on, wherever the path is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recordmap.frozen import Frozen, replace
from recordmap.schema.inside import entry, entry_at
from recordmap.schema.narrowing import (
    filled,
    may_be_false,
    may_be_true,
    not_null,
    only,
    only_null,
    unfilled,
    when_false,
    when_true,
)
from recordmap.schema.types import NEVER, Cause, Kind, Type
from recordmap.schema.unions import NUMBERS, union

Path = tuple[str | int, ...]
MAX_KNOWN = 300
"""Paths of which something is known beyond what their beginning says. Every part of an expression goes through them."""


class Facts(Frozen):
    """Types by path; of a path that has none, what its beginning says. `dead` facts are of a point never reached."""

    known: Mapping[Path, Type]
    dead: bool = False

    def read(self, path: Path) -> Type:
        """Return the type of the value at a path. Its root must be known."""
        length = len(path)
        while path[:length] not in self.known:
            length -= 1
        type_ = self.known[path[:length]]
        while length < len(path):
            length += 1
            type_ = under(type_, path[:length])
        return type_

    def step(self, path: Path, before: Type) -> Type:
        """Return the type of the value at a path, as `read` does; `before` is what it gives without the last key."""
        known = self.known.get(path)
        return under(before, path) if known is None else known

    def having(self, path: Path, type_: Type) -> Facts:
        """Return facts that know this of a path, and as much as before of the others."""
        if len(self.known) >= MAX_KNOWN and path not in self.known:
            return self if type_.kinds else self.never()
        return self.holding(path, type_)

    def holding(self, path: Path, type_: Type) -> Facts:
        """Return facts in which this is at a path, where nothing was before."""
        return Facts({**self.known, path: type_}, self.dead or not type_.kinds)

    def anew(self, path: Path, type_: Type) -> Facts:
        """Return facts in which this is at a path, and nothing is known of what is in it: another value stood there."""
        length = len(path)
        known = {one: before for one, before in self.known.items() if one[:length] != path}
        return Facts({**known, path: type_}, self.dead or not type_.kinds)

    def never(self) -> Facts:
        """Return the facts of a point that is never reached."""
        return self if self.dead else replace(self, dead=True)

    def met(self, base: Facts, other: Facts) -> Facts:
        """Return these facts with what the others, which were narrowed from `base`, know beyond it."""
        more = {path: type_ for path, type_ in other.known.items() if type_ is not base.known.get(path)}
        return Facts({**self.known, **more}, self.dead or other.dead) if more or other.dead else self

    def joined(self, other: Facts, base: Facts | None = None) -> Facts:
        """Return what is known where two ways meet, which may both have begun at `base`: what both know."""
        if self is other or other.dead:
            return self
        if self.dead:
            return other
        made = {}
        start: Mapping[Path, Type] = {} if base is None else base.known
        for path, type_ in self.known.items():
            there, before = other.known.get(path), start.get(path)
            if there is type_ or (there is not None and type_ is before):
                made[path] = type_  # and what was narrowed is within what it was before
            elif there is not None:
                made[path] = there if there is before else union(type_, there)
        return Facts(made)


def under(type_: Type, path: Path) -> Type:
    """Return the type of the last step of a path, read from a value of this type; null there knows its cause."""
    key = path[-1]
    if isinstance(key, str):
        made = entry(type_, key)
        may = "may be null" if key in type_.objects.required else "may be missing"
    else:
        made = entry_at(type_, key)
        may = "may be missing"
    if not made.nullable:
        return made
    outside = Kind.LIST if isinstance(key, int) else Kind.OBJECT
    cause = type_.cause if type_.kinds - {outside} and type_.cause is not None else Cause(path, may)
    return replace(made, cause=cause)


class Truth(Frozen):
    """What counts as true in one of the two languages. `numbers`: every number does, 0 too."""

    numbers: bool

    def possible(self, type_: Type) -> bool:
        """Return whether a value can count as true."""
        return bool(self._always(type_).kinds) or may_be_true(self._rest(type_))

    def refutable(self, type_: Type) -> bool:
        """Return whether a value can count as false."""
        return may_be_false(self._rest(type_))

    def shown(self, type_: Type) -> Type:
        """Return what is left of a type when a value counts as true."""
        return union(when_true(self._rest(type_)), self._always(type_))

    def refuted(self, type_: Type) -> Type:
        """Return what is left of a type when a value counts as false."""
        return when_false(self._rest(type_))

    def _always(self, type_: Type) -> Type:
        return only(type_, NUMBERS) if self.numbers and type_.kinds & NUMBERS else NEVER

    def _rest(self, type_: Type) -> Type:
        return only(type_, type_.kinds - NUMBERS) if self.numbers else type_


PYTHON = Truth(numbers=False)
"""The truth of formulas: 0 is false."""
JMESPATH = Truth(numbers=True)
"""The truth of sources: 0 is true."""


class Found(Frozen):
    """What is known of a sub-expression: its type, and what its answers tell.

    A value with a `path` was read, and `facts` hold where it was. Of any other, `true` and `false` are the facts where
    it counts as such, `some` where it is not null and `none` where it is, `filled` where it is not empty and `empty`
    where it is, as far as they are known.
    `length_of` is the path of the value whose length this is.
    """

    type: Type
    facts: Facts
    path: Path | None = None
    truth: Truth = PYTHON
    true: Facts | None = None
    false: Facts | None = None
    some: Facts | None = None
    filled: Facts | None = None
    none: Facts | None = None
    empty: Facts | None = None
    length_of: Path | None = None

    @property
    def if_true(self) -> Facts:
        """The facts where the value counts as true."""
        return self._having(self.truth.shown, self.true)

    @property
    def if_false(self) -> Facts:
        """The facts where the value counts as false."""
        return self._having(self.truth.refuted, self.false)

    @property
    def if_some(self) -> Facts:
        """The facts where the value is not null."""
        return self._having(not_null, self.some)

    @property
    def if_filled(self) -> Facts:
        """The facts where the value is not empty."""
        return self._having(filled, self.filled)

    @property
    def if_none(self) -> Facts:
        """The facts where the value is null."""
        return self._having(only_null, self.none)

    @property
    def if_empty(self) -> Facts:
        """The facts where the value is empty."""
        return self._having(unfilled, self.empty)

    def _having(self, narrow: Callable[[Type], Type], told: Facts | None) -> Facts:
        if told is not None:
            return told
        left = narrow(self.type)
        if self.path is None:
            return self.facts if left.kinds else self.facts.never()
        return self.facts.having(self.path, left)


def made(type_: Type, facts: Facts, truth: Truth = PYTHON) -> Found:
    """Return a value of which no facts follow, whether it is true or not."""
    return Found(type_, facts, truth=truth)


def read(path: Path, facts: Facts, truth: Truth) -> Found:
    """Return the value at a path."""
    return Found(facts.read(path), facts, path, truth)


def read_on(before: Found, key: str | int, facts: Facts, truth: Truth) -> Found:
    """Return the value under a key of a value with a path, which was read where these facts hold."""
    assert before.path is not None  # noqa: S101 - said above
    path = (*before.path, key)
    return Found(facts.step(path, before.type), facts, path, truth)


def answering(type_: Type, true: Facts, false: Facts) -> Found:
    """Return an answer with the facts that hold where it is true, and where it is false."""
    return Found(type_, true, true=true, false=false)
