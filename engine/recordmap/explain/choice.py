"""Which collection maps a record, and by which match rule: what a transfer of the record would decide now.

Nothing is decided here. A rehearsal of the sync decides, and this module puts it into words.
"""

from __future__ import annotations

from typing import Any

from recordmap.explain.reasons import show_value
from recordmap.explain.tree import Look, Node
from recordmap.sync.manual import Rehearsal
from recordmap.sync.pipeline import EXTERNAL_ID
from recordmap.sync.results import CUSTOM_FIELDS, ChildAction, FieldChange, Result
from recordmap.trace.model import FieldTrace, RecordTrace

_CHILDREN = {
    ChildAction.ADDED: "adds it",
    ChildAction.REPLACED: "puts it in place of the one that it wrote before",
    ChildAction.DUPLICATE: "leaves it out: the record has the same one already",
}


def choice_node(rehearsal: Rehearsal) -> Node:
    """Return the tree of how the collection was chosen."""
    plan, existing = rehearsal.plan, rehearsal.existing
    words = f"it updates record {existing.id}" if existing else "no record is found, so one is added"
    node = Node(
        [
            ("collection", Look.ASIDE),
            (f" {plan.name if plan else 'none'}", Look.NAME),
            (f": {words}", Look.PLAIN),
        ]
    )
    for attempt in rehearsal.attempts:
        decides = existing is not None and attempt.record_id == existing.id
        label = [(_rule_words(attempt.rule), Look.PLAIN), ("  →  ", Look.ASIDE), (attempt.reason, Look.VALUE)]
        if decides:
            label.append(("  decides", Look.GOOD))
        node.below.append(Node(label))
    node.below += [Node([(notice.message, Look.ASIDE)]) for notice in rehearsal.transfer.notices]
    return node


def _rule_words(rule: str) -> str:
    return "the link" if rule == EXTERNAL_ID else rule


def written_node(rehearsal: Rehearsal, traced: FieldTrace) -> Node | None:
    """Return what the sync would do with one field's value; None where it would do nothing with the record."""
    if rehearsal.transfer.result in (Result.FAILED, Result.SKIPPED):
        return None
    name = f"{CUSTOM_FIELDS}.{traced.name}" if traced.custom else traced.name
    change = next((one for one in rehearsal.transfer.field_changes() if one.field == name), None)
    return Node([(f"{'sync':<8} ", Look.ASIDE), (_written(rehearsal, change), Look.PLAIN)])


def written_child_node(rehearsal: Rehearsal, into: str, traced: RecordTrace) -> Node | None:
    """Return what the sync would do with one child record; None where it would do nothing with the record."""
    record = traced.outcome.record if traced.outcome else None
    change = next(
        (one for one in rehearsal.transfer.children if (one.into, one.record) == (into, record)), None
    )
    if record is None or change is None:
        return None
    return Node([(f"{'sync':<8} ", Look.ASIDE), (_CHILDREN[change.action], Look.PLAIN)])


def _written(rehearsal: Rehearsal, change: FieldChange | None) -> str:
    if rehearsal.existing is None:
        return "writes it into a new record" if change else "writes nothing into the new record"
    if change is None:
        return f"leaves record {rehearsal.existing.id} as it is: nothing to write in this field"
    before = "nothing" if change.before is None else show_value(change.before)
    return f"writes it into record {rehearsal.existing.id}, in place of {before}"


def choice_data(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the choice as data."""
    transfer, existing = rehearsal.transfer, rehearsal.existing
    problem = transfer.problem
    return {
        "collection": rehearsal.plan.name if rehearsal.plan else None,
        "record_id": existing.id if existing else None,
        "attempts": [
            {
                "rule": one.rule,
                "record_id": one.record_id,
                "decided": existing is not None and one.record_id == existing.id,
                "reason": one.reason,
            }
            for one in rehearsal.attempts
        ],
        "result": transfer.result.value,
        "code": problem.code if problem else None,
        "message": problem.message if problem else None,
    }
