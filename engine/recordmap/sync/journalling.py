"""What the journal keeps of a transfer. Nothing is decided or written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from recordmap.connectors.journal import Action, ChildEntry, JournalEntry
from recordmap.sync.canonical import whole_digest
from recordmap.sync.changes import both_sides
from recordmap.sync.results import Result

if TYPE_CHECKING:
    from recordmap.connectors.destination import Link
    from recordmap.runtime.outcome import Record
    from recordmap.runtime.plan import Plan

_ACTIONS = {Result(action.value): action for action in (Action.ADDED, Action.UPDATED, Action.LINKED)}


class Sides(NamedTuple):
    """A record before (None for one that was added) and after, the fields written, and the children written."""

    before: Record | None
    after: Record
    changes: Record
    children: tuple[ChildEntry, ...]


def entry_of(
    result: Result,
    rule: str,
    plan: Plan,
    sides: Sides,
    link: Link,
    link_before: Link | None,
    run_id: int | None,
) -> JournalEntry:
    """Return the entry of a record that was written.

    Of one that was added only a hash is kept: the rest would be a second copy of every record.
    """
    old, new, changes, kin = sides
    fields: tuple[Record, Record] = ({}, {}) if old is None else both_sides(old, new, changes)
    mark = whole_digest(new, ((one.id, one.after) for one in kin)) if old is None else None
    return JournalEntry(
        _ACTIONS[result],
        link.external_id,
        link.record_id,
        rule,
        plan.name,
        *fields,
        kin if old is not None else (),
        link_before,
        mark,
        run_id,
    )
