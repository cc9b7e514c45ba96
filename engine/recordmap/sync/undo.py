"""Undoing what stands in the journal, without touching what people did since.

A field that still has the value that the sync wrote goes back to the value before; one that was changed since is left
and told. A record that was added is removed only if nothing happened to it since. An undone link is remembered: the
source record is never matched with that record again, and one whose record was removed comes again only when it
changes. Each entry is undone in a unit of its own, and stands in the journal itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recordmap.connectors.journal import Action, ChildEntry, JournalEntry, Parting, Undoing, UndoUnit
from recordmap.diagnostics import ConfigurationError, Fault
from recordmap.sync.canonical import whole_digest
from recordmap.sync.changes import equal
from recordmap.sync.report import RunStatus
from recordmap.sync.results import CUSTOM_FIELDS
from recordmap.sync.runs import RunNote, recorded

if TYPE_CHECKING:
    from recordmap.connectors.destination import Destination, Link, Stored
    from recordmap.runtime.outcome import Json, Record

UNDO = "undo"
"""The rule that stands in the journal for what a person undid."""


class Ending(StrEnum):
    """What became of an entry that was to be undone."""

    UNDONE = "undone"
    """All of it was taken back."""
    PARTLY = "partly"
    """Some of it was taken back; the rest was changed since."""
    LEFT = "left"
    """Nothing was taken back."""


@dataclass(frozen=True, slots=True)
class Undone:
    """One entry that was to be undone: what was taken back, what was left, and why.

    `restored` and `left` name fields, custom fields as `CustomFields.<name>`, and children as `Addresses #<number>`.
    """

    entry: JournalEntry
    ending: Ending
    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    removes: bool = False
    unlinks: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Steps:
    """What undoing an entry takes: the record's fields as they will be, children to put back, the link."""

    told: Undone
    record: Record | None = None
    children: tuple[ChildEntry, ...] = ()
    removed: Stored | None = None


def undo(
    destination: Undoing,
    entries: Iterable[JournalEntry],
    *,
    run: RunNote | None = None,
    dry_run: bool = False,
) -> Iterator[Undone]:
    """Undo entries, in the order given, which is the latest first; yields what became of each once it is committed.

    `run` is the note of the run that this is part of. With `dry_run` nothing is written.

    Raises:
        ConnectorError: the destination is out of reach. What was yielded is undone.
    """
    for entry in entries:
        with destination.undo_unit() as unit:
            if run and not dry_run:
                run.see(unit)
            # Another process may have undone it since it was read, or forgotten its person.
            now = unit.entry(entry.id)
            if now is None:
                steps = _Steps(Undone(entry, Ending.LEFT, reason="the journal has it no more"))
            else:
                steps = _decide(now, unit)
            if not dry_run and steps.told.ending is not Ending.LEFT:
                steps = _carry_out(steps, unit, run.run_id if run else None)
        yield steps.told


def undo_all(
    destination: Destination,
    entries: Iterable[JournalEntry],
    *,
    dry_run: bool = False,
    tell: Callable[[Undone], None],
) -> None:
    """Undo entries in their order, which is the latest first, as a run of its own; `tell` gets each when it is done.

    With `dry_run` nothing is written, not even to the history.

    Raises:
        ConfigurationError: the destination keeps no journal that can be undone.
        ConnectorError: the destination is out of reach; what was told is undone.
    """
    undoing = _undoing(destination)
    if dry_run:
        for undone in undo(undoing, entries, dry_run=True):
            tell(undone)
        return
    note, counts = RunNote(), Counter[str]()
    with recorded(destination, UNDO, note, counts):
        for undone in undo(undoing, entries, run=note):
            counts[undone.ending.value] += 1
            tell(undone)
        note.end(RunStatus.COMPLETE)


def entries(
    destination: Destination,
    *,
    record_id: int | None = None,
    external_id: str | None = None,
    run_id: int | None = None,
) -> Iterator[JournalEntry]:
    """Yield all entries of the journal, the latest first: those of a record, source record or run.

    Raises:
        ConfigurationError: the destination keeps no journal that can be read.
    """
    undoing, before = _undoing(destination), None
    while page := undoing.journal(record_id=record_id, external_id=external_id, run_id=run_id, before=before):
        yield from page
        before = page[-1].id


def entry(destination: Destination, number: int) -> JournalEntry:
    """Return one entry of the journal.

    Raises:
        ConfigurationError: there is none of this number, or no journal that can be read.
    """
    found = _undoing(destination).journal_entry(number)
    if found is None:
        raise ConfigurationError(f"the journal has no entry {number}", "recordmap journal lists them")
    return found


def _undoing(destination: Destination) -> Undoing:
    if not isinstance(destination, Undoing):
        raise ConfigurationError("the destination keeps no journal that can be read or undone")
    return destination


def _decide(entry: JournalEntry, unit: UndoUnit) -> _Steps:
    """Return what is to be done, from what is there."""
    reason = None
    if entry.action is Action.UNDONE:
        reason = "it tells of an undo, and that can't be undone"
    elif entry.undone_by is not None:
        reason = f"it was undone before, by entry {entry.undone_by}"
    stored = unit.load([entry.record_id]).get(entry.record_id)
    if reason is None and stored is None:
        reason = f"record {entry.record_id} is there no more"
    if reason is not None or stored is None:
        return _Steps(Undone(entry, Ending.LEFT, reason=reason))
    link = unit.links([entry.external_id]).get(entry.external_id)
    if entry.action is Action.ADDED:
        return _Steps(_removal(entry, stored, link, unit), removed=stored)
    return _restoring(entry, stored, link)


def _removal(entry: JournalEntry, stored: Stored, link: Link | None, unit: UndoUnit) -> Undone:
    """Decide about a record that was added: it goes as a whole, or stays as a whole."""
    others = unit.other_links(stored.id, entry.external_id)
    reason = None
    if whole_digest(stored.record, _children_of(stored)) != entry.digest:
        reason = f"record {stored.id} was changed since, so it stays as it is"
    elif others:
        reason = f"record {stored.id} is linked to {', '.join(others)} too, so it stays"
    if reason is not None:
        return Undone(entry, Ending.LEFT, reason=reason)
    return Undone(entry, Ending.UNDONE, removes=True, unlinks=link is not None)


def _children_of(stored: Stored) -> Iterator[tuple[int, Record]]:
    for children in stored.children.values():
        yield from ((child.id, child.record) for child in children)


def _restoring(entry: JournalEntry, stored: Stored, link: Link | None) -> _Steps:
    """Decide about what was written into a record that had been there before."""
    restored: list[str] = []
    left: list[str] = []
    record = dict(stored.record)
    for field, after in entry.after.items():
        before = entry.before.get(field)
        if field == CUSTOM_FIELDS and isinstance(after, dict):
            held, old = record.get(field), before if isinstance(before, dict) else {}
            custom = dict(held) if isinstance(held, dict) else {}
            for name, value in after.items():
                undone = _put_back(custom, name, value, old.get(name))
                (restored if undone else left).append(f"{field}.{name}")
            record.pop(field, None)
            record |= {field: custom} if custom else {}
        else:
            undone = _put_back(record, field, after, before)
            (restored if undone else left).append(field)
    children: list[ChildEntry] = []
    for child in entry.children:
        now = next((one for one in stored.children.get(child.into, ()) if one.id == child.id), None)
        untouched = now is not None and equal(now.record, child.after)
        (restored if untouched else left).append(f"{child.into} #{child.id}")
        if untouched:
            children.append(child)
    unlinks = entry.makes_link and link is not None and link.record_id == entry.record_id
    done = bool(restored) or unlinks
    ending = (Ending.PARTLY if left else Ending.UNDONE) if done else Ending.LEFT
    reason = "what was written was changed since, so it stays" if left else None
    if not done and not left:
        reason = "nothing of it is left to be undone"
    told = Undone(entry, ending, tuple(restored), tuple(left), unlinks=unlinks, reason=reason)
    return _Steps(told, record if restored else None, tuple(children))


def _put_back(fields: Record, name: str, wrote: Json, before: Json) -> bool:
    """Put a value back if it is still what the sync wrote; says whether it is."""
    if not equal(fields.get(name), wrote):
        return False
    if before is None:
        fields.pop(name, None)
    else:
        fields[name] = before
    return True


def _carry_out(steps: _Steps, unit: UndoUnit, run_id: int | None) -> _Steps:
    """Write what was decided. What the destination refuses leaves the entry as it is."""
    told = steps.told
    entry = told.entry
    link = unit.links([entry.external_id]).get(entry.external_id)
    if steps.record is not None:
        try:
            unit.restore(entry.record_id, steps.record)
        except Fault as fault:
            return _Steps(
                Undone(entry, Ending.LEFT, reason=f"it can't go back to what it was: {fault.message}")
            )
    for child in steps.children:
        unit.restore_child(entry.record_id, child)
    if told.removes:
        unit.part(entry.external_id, Parting(entry.record_id, link.source_hash if link else None))
        unit.relink(entry.external_id, None)
        unit.remove(entry.record_id)
    elif told.unlinks:
        unit.part(entry.external_id, Parting(entry.record_id))
        # A link moves only from a record that is there; one that was removed since is not come back to.
        old = entry.link if entry.link and unit.load([entry.link.record_id]) else None
        unit.relink(entry.external_id, None if old is None else old._replace(source_hash=None))
    unit.journal(_entry_of(steps, link, run_id))
    return steps


def _entry_of(steps: _Steps, link: Link | None, run_id: int | None) -> JournalEntry:
    """Return the entry of an undo: that of what was undone, the other way round."""
    entry, restored = steps.told.entry, set(steps.told.restored)
    before: Record = {}
    after: Record = {}
    for field, value in entry.after.items():
        old = entry.before.get(field)
        if field == CUSTOM_FIELDS and isinstance(value, dict):
            names = [name for name in value if f"{field}.{name}" in restored]
            was = old if isinstance(old, dict) else {}
            if names:
                before[field] = {name: value[name] for name in names}
                after[field] = {name: was.get(name) for name in names}
        elif field in restored:
            before[field], after[field] = value, old
    children = tuple(ChildEntry(one.into, one.id, one.after, one.before) for one in steps.children)
    if steps.removed is not None:  # it stands nowhere else any more
        before = steps.removed.record
        children = tuple(
            ChildEntry(into, one.id, one.record, None)
            for into, several in steps.removed.children.items()
            for one in several
        )
    return JournalEntry(
        Action.UNDONE,
        entry.external_id,
        entry.record_id,
        UNDO,
        entry.collection,
        before,
        after,
        children,
        link,
        None,
        run_id,
        undoes=entry.id,
    )
