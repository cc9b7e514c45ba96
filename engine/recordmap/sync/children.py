"""Child records, such as addresses: which of the mapped ones are new, repeated, or a changed version.

Children have no ID in the source system, so only their content tells them apart. Two children are equal when
every field that the child collections map is equal: exactly, letter case included, with null, "" and missing
counting as the same. Fields that no template maps are a person's own and don't count; neither do custom
fields (iPaaS.com leaves them out of its duplicate control). Nothing is ever deleted.

Beside a child stands a hash of what was mapped when it was written. A child that a person corrected since is no longer
equal to what is mapped, but its hash is: the source has not changed, and the correction stays as it is.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from recordmap.connectors.journal import ChildEntry
from recordmap.sync.canonical import canonical, digest
from recordmap.sync.results import CUSTOM_FIELDS, ChildAction, ChildChange

if TYPE_CHECKING:
    from recordmap.connectors.destination import Stored, StoredChild, Unit
    from recordmap.runtime.outcome import Record
    from recordmap.runtime.plan import ChildPolicy, Plan
    from recordmap.sync.pipeline import Pipeline


def child_lists(plan: Plan) -> dict[str, ChildPolicy]:
    """Return the policy of each field that holds children; of two for one field the first counts."""
    lists: dict[str, ChildPolicy] = {}
    for policy in plan.children:
        lists.setdefault(policy.into, policy)
    return lists


def merge(
    pipeline: Pipeline, lists: Mapping[str, ChildPolicy], stored: Stored, mapped: Record, origin: str
) -> tuple[ChildChange, ...]:
    """Decide what to do with the children of a mapped record.

    `lists` are the `child_lists` of its plan, `stored` is the record they belong to, `origin` the external ID of
    the source record.
    """
    changes: list[ChildChange] = []
    for into, policy in lists.items():
        new = mapped.get(into)
        if new:
            fields = pipeline.child_fields.get(into, frozenset())
            changes += decide(policy, stored.children.get(into, ()), new, fields, origin)
    return tuple(changes)


def write(unit: Unit, record_id: int, changes: Iterable[ChildChange], origin: str) -> tuple[ChildEntry, ...]:
    """Write children as decided, and return what was written, for the journal.

    Raises:
        Fault: the destination refuses a child.
    """
    entries: list[ChildEntry] = []
    for change in changes:
        into, old = change.into, change.stored
        if change.action is ChildAction.ADDED:
            new = unit.add_child(record_id, into, change.record, origin, change.written)
            entries.append(ChildEntry(into, new.id, None, new.record))
        elif change.action is ChildAction.REPLACED and old:
            new = unit.replace_child(record_id, old.id, change.record, change.written)
            entries.append(ChildEntry(into, old.id, old.record, new.record, old.written))
    return tuple(entries)


def decide(
    policy: ChildPolicy,
    stored: Sequence[StoredChild],
    mapped: Sequence[Record],
    fields: Collection[str],
    origin: str,
) -> Iterator[ChildChange]:
    """Decide what to do with the children that one source record brings for one list.

    `stored` are the children already there, `mapped` the new ones, `fields` those that child collections map.
    A child is only ever replaced by the source record that wrote it.
    """
    if not stored and len(mapped) == 1:
        yield ChildChange(policy.into, ChildAction.ADDED, mapped[0], None, _mark(mapped[0]))
        return
    compared = {*fields, *(field for child in mapped for field in child)} - {CUSTOM_FIELDS}
    there: dict[bytes, StoredChild] = {}
    # Its own by what they are and by what they were written from, each looked at once however many there are.
    equals: defaultdict[bytes, deque[StoredChild]] = defaultdict(deque)
    written: defaultdict[str, deque[StoredChild]] = defaultdict(deque)
    for child in stored:
        content = _content(child.record, compared)
        there.setdefault(content, child)
        if child.origin == origin:
            equals[content].append(child)
            if child.written:
                written[child.written].append(child)

    repeats: dict[int, StoredChild | None] = {}
    claimed: set[int] = set()
    seen: set[bytes] = set()
    for position, record in enumerate(mapped):
        content = _content(record, compared)
        own = _unclaimed(equals.get(content), claimed)
        if not own and written and (policy.skip_duplicates or policy.replace):
            # What was written from this very record, and a person changed since.
            own = _unclaimed(written.get(_mark(record)), claimed)
        if policy.skip_duplicates and (own or content in there or content in seen):
            repeats[position] = own or there.get(content)
        elif policy.replace and own:
            repeats[position] = own
        if own:
            claimed.add(own.id)
        seen.add(content)

    # What this source record wrote before and does not bring any more: its changed children replace these.
    outdated = deque(child for child in stored if child.origin == origin and child.id not in claimed)
    for position, record in enumerate(mapped):
        if position in repeats:
            yield ChildChange(policy.into, ChildAction.DUPLICATE, record, repeats[position])
        elif policy.replace and outdated:
            old = outdated.popleft()
            yield ChildChange(
                policy.into,
                ChildAction.REPLACED,
                _laid_over(old.record, record, compared),
                old,
                _mark(record),
            )
        else:
            yield ChildChange(policy.into, ChildAction.ADDED, record, None, _mark(record))


def _unclaimed(children: deque[StoredChild] | None, claimed: Collection[int]) -> StoredChild | None:
    """Take the first child that is not claimed yet, and what stands before it."""
    while children:
        child = children.popleft()
        if child.id not in claimed:
            return child
    return None


def _mark(record: Record) -> str:
    """Return the hash of what is mapped, by which it is known again."""
    return digest(
        {name: value for name, value in record.items() if name != CUSTOM_FIELDS and value not in ("", None)}
    )


def _content(child: Record, compared: Collection[str]) -> bytes:
    """Return what two equal children have in common."""
    return canonical({field: child[field] for field in compared if child.get(field) not in (None, "")})


def _laid_over(old: Record, new: Record, compared: Collection[str]) -> Record:
    """Return the new version of a child: what templates map is replaced, a person's own fields stay."""
    kept = {field: value for field, value in old.items() if field not in compared}
    custom = {**(old.get(CUSTOM_FIELDS) or {}), **(new.get(CUSTOM_FIELDS) or {})}
    return {**kept, **new, **({CUSTOM_FIELDS: custom} if custom else {})}
