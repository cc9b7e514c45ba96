"""What a filter means: which operators each field has, and whether a profile meets them.

Klaviyo, for profiles: identifiers by `equals` and `any`, compared with their case; `created` and `updated` only by
the strict `greater-than` and `less-than`, in whole seconds; suppressions by time, reason and list, where global and
list suppressions don't mix, a list suppression needs its list, and one date bound is all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from recordmap.sandbox import errors
from recordmap.sandbox.grammar import Clause, GrammarError, parse_filter
from recordmap.sandbox.settings import Settings

IDENTIFIERS = ("id", "email", "phone_number", "external_id")
MOMENTS = ("created", "updated")
_SUPPRESSION = "subscriptions.email.marketing.suppression"
_LIST_SUPPRESSIONS = "subscriptions.email.marketing.list_suppressions"

_CHOICES = frozenset(("equals", "any"))
_STRICT = frozenset(("greater-than", "less-than"))
_BOUNDS = _STRICT | {"greater-or-equal", "less-or-equal"}
_EQUALS = frozenset(("equals",))
_OPERATORS = {
    **dict.fromkeys(IDENTIFIERS, _CHOICES),
    "_kx": _EQUALS,
    **dict.fromkeys(MOMENTS, _STRICT),
    f"{_SUPPRESSION}.timestamp": _BOUNDS,
    f"{_SUPPRESSION}.reason": _EQUALS,
    f"{_LIST_SUPPRESSIONS}.timestamp": _BOUNDS,
    f"{_LIST_SUPPRESSIONS}.reason": _EQUALS,
    f"{_LIST_SUPPRESSIONS}.list_id": _EQUALS,
}

Read = Callable[[str], Any]
"""Gives a value of one profile: an identifier, `created` or `updated` in seconds of Unix time, or a list of
suppressions, with their times in seconds."""


class Between(NamedTuple):
    """Whole seconds of Unix time, both ends belonging to it; None for no end."""

    low: int | None = None
    high: int | None = None

    def holds(self, moment: int | None) -> bool:
        """Whether a moment lies between the ends. A missing one lies nowhere."""
        if moment is None:
            return False
        return (self.low is None or moment >= self.low) and (self.high is None or moment <= self.high)

    def narrowed(self, other: Between) -> Between:
        """Return what lies between both pairs of ends."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Between(max(lows, default=None), min(highs, default=None))


@dataclass(slots=True)
class Conditions:
    """A filter that was understood; all of it must hold.

    Attributes:
        choices: fields of identifiers with the texts they may be.
        between: `created` and `updated` with their bounds.
        suppressions: the global or list suppression that a profile must have, by member.
    """

    choices: dict[str, frozenset[str]] = field(default_factory=dict)
    between: dict[str, Between] = field(default_factory=dict)
    suppressions: tuple[str, dict[str, Any]] | None = None

    def hold(self, read: Read) -> bool:
        """Whether a profile meets them all."""
        for name, texts in self.choices.items():
            if read(name) not in texts:
                return False
        for name, between in self.between.items():
            if not between.holds(read(name)):
                return False
        if self.suppressions is not None:
            name, wanted = self.suppressions
            return any(_meets(suppression, wanted) for suppression in read(name))
        return True


def _meets(suppression: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(
        value.holds(suppression.get(name)) if isinstance(value, Between) else suppression.get(name) == value
        for name, value in wanted.items()
    )


def read_filter(text: str | None, now: datetime, settings: Settings) -> Conditions:
    """Return the meaning of the `filter` parameter.

    Raises:
        ApiError: it is not a filter for profiles, or a date in it is too new.
    """
    conditions = Conditions()
    if text is None:
        return conditions
    try:
        clauses = parse_filter(text)
    except GrammarError:
        raise errors.bad_filter() from None
    suppression_clauses: dict[str, list[Clause]] = {}
    for clause in clauses:
        if clause.operator not in _OPERATORS.get(clause.field, ()):
            raise errors.bad_filter()
        if clause.field in MOMENTS:
            between = _between(clause, now, settings)
            conditions.between[clause.field] = between.narrowed(
                conditions.between.get(clause.field, Between())
            )
        elif clause.field in IDENTIFIERS or clause.field == "_kx":
            texts = _texts(clause)
            conditions.choices[clause.field] = conditions.choices.get(clause.field, texts) & texts
        else:
            kind, _, _ = clause.field.rpartition(".")
            suppression_clauses.setdefault(kind, []).append(clause)
    conditions.suppressions = _suppressions(suppression_clauses, now, settings)
    return conditions


def _texts(clause: Clause) -> frozenset[str]:
    """Return the texts that a clause allows."""
    content = clause.value.content
    if clause.operator == "any" and isinstance(content, tuple) and content:
        texts = [item.content for item in content if item.kind == "text"]
        if len(texts) == len(content):
            return frozenset(map(str, texts))
    elif clause.operator == "equals" and clause.value.kind == "text":
        return frozenset((str(content),))
    raise errors.bad_filter()


def _between(clause: Clause, now: datetime, settings: Settings) -> Between:
    """Return the moments that a clause allows."""
    if clause.value.kind == "broken moment" and settings.ignore_broken_bounds:
        return Between()
    if clause.value.kind != "moment" or not isinstance(clause.value.content, int):
        raise errors.bad_filter()
    moment = clause.value.content
    if moment > now.timestamp() - settings.newest_bound:
        raise errors.future_bound()
    strict = clause.operator in _STRICT and not settings.inclusive_bounds
    if clause.operator.startswith("greater"):
        return Between(low=moment + strict)
    return Between(high=moment - strict)


def _suppressions(
    clauses: dict[str, list[Clause]], now: datetime, settings: Settings
) -> tuple[str, dict[str, Any]] | None:
    if not clauses:
        return None
    if len(clauses) > 1:
        raise errors.bad_filter()
    ((kind, found),) = clauses.items()
    wanted: dict[str, Any] = {}
    for clause in found:
        member = clause.field.rpartition(".")[2]
        if member in wanted:
            raise errors.bad_filter()
        if member == "timestamp":
            wanted[member] = _between(clause, now, settings)
        else:
            (wanted[member],) = _texts(clause)
    if kind == _LIST_SUPPRESSIONS and "list_id" not in wanted:
        raise errors.bad_filter()
    return kind.rpartition(".")[2], wanted


def candidates(conditions: Conditions, find: Callable[[str, str], Iterable[int]]) -> set[int] | None:
    """Return the numbers of the profiles that can meet the conditions, None for any."""
    if "_kx" in conditions.choices:
        # Klaviyo: the value of a tracking link. No profile here was ever reached by one.
        return set()
    for name in IDENTIFIERS:
        if name in conditions.choices:
            return {number for text in conditions.choices[name] for number in find(name, text)}
    return None
