"""What is different between two outcomes of one record: fields, and how each changed.

Two outcomes are the same when they are of one kind and hold the same JSON, 1 and 1.0 and true told apart, or end for
the same reason; the place of a reason in its template doesn't count. Nothing here knows templates or prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from recordmap.frozen import Frozen
from recordmap.runtime.outcome import Kind, Outcome, Reason, Record
from recordmap.runtime.values import is_blank

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "nothing written"})()
"""Stands for a field that was not written."""


class Way(StrEnum):
    """How a field, or a whole record, changed."""

    CHANGED = "changed"
    EMPTIED = "emptied"
    FILLED = "filled"
    UNWRITTEN = "unwritten"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    OTHERWISE_REJECTED = "otherwise rejected"
    SKIPPED = "skipped"
    INCLUDED = "included"
    ADDED_NOW = "added"
    UPDATED_NOW = "updated"
    OTHER_CUSTOMER = "other customer"


class Change(NamedTuple):
    """One difference. `field` is dotted through children (`Addresses[].City`), None for a record as a whole.

    `code` is that of the reason for a rejected or accepted record. `old` and `new` are values, or `ABSENT`.
    """

    field: str | None
    way: Way
    code: str | None = None
    old: Any = ABSENT
    new: Any = ABSENT

    @property
    def key(self) -> tuple[str | None, Way, str | None]:
        """What changes are grouped by."""
        return self.field, self.way, self.code


class Nature(Frozen):
    """What a destination record consists of: the field that holds custom fields, and those that hold children.

    With `keeps`, a field that isn't written keeps what the destination has: an Update.
    """

    custom: str
    children: frozenset[str]
    keeps: bool


def same(old: Any, new: Any) -> bool:
    """Whether two JSON values are the same, whatever the order of keys."""
    if old is new:
        return True
    if old is ABSENT or new is ABSENT:
        return False
    if type(old) is str and type(new) is str:
        return old == new
    return orjson.dumps(old, option=orjson.OPT_SORT_KEYS) == orjson.dumps(new, option=orjson.OPT_SORT_KEYS)


def same_outcome(old: Outcome, new: Outcome) -> bool:
    """Whether a record ended alike."""
    if old.kind is not new.kind:
        return False
    if old.kind is Kind.MAPPED:
        return same(old.record, new.record)
    return _told(old.reason) == _told(new.reason)


def changes(old: Outcome, new: Outcome, nature: Nature) -> Iterator[Change]:
    """Yield the differences between two outcomes; none when they are the same."""
    if old.record is not None and new.record is not None:
        yield from record_changes(old.record, new.record, nature)
        return
    if same_outcome(old, new):
        return
    if new.kind is Kind.REJECTED:
        way = Way.OTHERWISE_REJECTED if old.kind is Kind.REJECTED else Way.REJECTED
        yield _ended(new.reason, way)
    elif old.kind is Kind.REJECTED:
        yield _ended(old.reason, Way.ACCEPTED)
        if new.kind is Kind.SKIPPED:
            yield Change(None, Way.SKIPPED)
    elif new.kind is Kind.SKIPPED:
        way = Way.CHANGED if old.kind is Kind.SKIPPED else Way.SKIPPED
        yield Change(None, way, new.reason.code if new.reason else None)
    else:
        yield Change(None, Way.INCLUDED)


def _ended(reason: Reason | None, way: Way) -> Change:
    return Change(_place(reason.field) if reason else None, way, reason.code if reason else None)


def _place(field: str | None) -> str | None:
    """Return `Addresses[1].City` as `Addresses[].City`: what happens to addresses is told of all of them together."""
    if field is None or "[" not in field:
        return field
    parts = field.split("[")
    return parts[0] + "".join(f"[{part[part.index(']') :]}" for part in parts[1:])


def _told(reason: Reason | None) -> tuple[str, str, str | None] | None:
    return None if reason is None else (reason.code, reason.message, reason.field)


def record_changes(old: Record, new: Record, nature: Nature, prefix: str = "") -> Iterator[Change]:
    """Yield the differences between two destination records."""
    for name in old.keys() | new.keys():
        before, after = old.get(name, ABSENT), new.get(name, ABSENT)
        if same(before, after):
            continue
        if not prefix and name in nature.children:
            yield from _child_changes(name, before, after, nature)
        elif not prefix and name == nature.custom and _are_objects(before, after):
            parts = [{} if one is ABSENT else one for one in (before, after)]
            yield from record_changes(parts[0], parts[1], nature, f"{name}.")
        else:
            yield Change(
                prefix + name,
                _way(before, after, nature, is_child=prefix.endswith("].")),
                None,
                before,
                after,
            )


def _child_changes(name: str, before: Any, after: Any, nature: Nature) -> Iterator[Change]:
    old, new = [[] if one is ABSENT else one for one in (before, after)]
    if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
        yield Change(name, _way(old or ABSENT, new or ABSENT, nature, is_child=False), None, before, after)
        return
    told: set[tuple[str | None, Way, str | None]] = set()
    for one, other in zip(old, new, strict=True):
        for change in record_changes(one, other, nature, f"{name}[]."):
            if change.key not in told:
                told.add(change.key)
                yield change


def _are_objects(*values: Any) -> bool:
    return all(one is ABSENT or isinstance(one, dict) for one in values)


def _way(old: Any, new: Any, nature: Nature, *, is_child: bool) -> Way:
    was, is_now = (one is not ABSENT and not is_blank(one) for one in (old, new))
    if is_now:
        return Way.CHANGED if was else Way.FILLED
    if new is ABSENT and nature.keeps and not is_child:
        return Way.UNWRITTEN
    return Way.EMPTIED if was else Way.CHANGED
