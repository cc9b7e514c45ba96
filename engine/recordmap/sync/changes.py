"""What an update has to write: the fields whose mapped value differs from the stored one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from recordmap.sync.results import CUSTOM_FIELDS

if TYPE_CHECKING:
    from recordmap.runtime.outcome import Json, Record


def changed_fields(before: Record, mapped: Record, leave: Collection[str] = ()) -> Record:
    """Return the part of a mapped record that changes a stored one.

    A field that is not in `mapped` is unset and stays as it is; null erases, so null over a missing field is
    no change. Custom fields are compared one by one, and never erased: a blank one is no change. Fields in
    `leave` (child lists) are left out.
    """
    changes: Record = {}
    for field, value in mapped.items():
        if field in leave:
            continue
        old = before.get(field)
        if field == CUSTOM_FIELDS and isinstance(value, dict):
            given = {name: part for name, part in value.items() if not _blank(part)}
            custom = changed_fields(old if isinstance(old, dict) else {}, given)
            if custom:
                changes[field] = custom
        elif not equal(old, value):
            changes[field] = value
    return changes


def both_sides(before: Record, after: Record, changes: Record) -> tuple[Record, Record]:
    """Return what the fields in `changes` were before and are after; custom fields one by one, null for none."""
    old: Record = {}
    new: Record = {}
    for field, value in changes.items():
        was, now = before.get(field), after.get(field)
        if field == CUSTOM_FIELDS and isinstance(value, dict):
            was, now = (one if isinstance(one, dict) else {} for one in (was, now))
            was, now = {name: was.get(name) for name in value}, {name: now.get(name) for name in value}
        old[field], new[field] = was, now
    return old, new


def equal(left: Json, right: Json) -> bool:
    """Say whether two JSON values are the same. Unlike Python's `==`, true is not 1 and false is not 0."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def _blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
