"""A transfer as data for JSON: what plans hold, and what commands print; and in words, how its record was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recordmap.sync.pipeline import ADDED, EXTERNAL_ID

if TYPE_CHECKING:
    from recordmap.sync.results import ChildChange, Transfer


def how_matched(rule: str | None) -> str | None:
    """Return in words how a record was found; None where none was, so that one is added."""
    if rule is None or rule == ADDED:
        return None
    return "linked before" if rule == EXTERNAL_ID else f"matched by {rule}"


def transfer_data(transfer: Transfer) -> dict[str, Any]:
    """Return a transfer as data for JSON."""
    problem = transfer.problem
    return {
        "result": transfer.result.value,
        "id": transfer.subject,
        "record_id": transfer.record_id,
        "rule": transfer.rule,
        "collection": transfer.collection,
        "code": problem.code if problem else None,
        "message": problem.message if problem else None,
        "field": problem.field if problem else None,
        "changes": [
            {"field": c.field, "before": c.before, "after": c.after} for c in transfer.field_changes()
        ],
        "children": [_child_data(change) for change in transfer.children],
        "notices": [{"code": n.code, "message": n.message} for n in transfer.notices],
    }


def _child_data(change: ChildChange) -> dict[str, Any]:
    data = {"into": change.into, "action": change.action.value, "record": change.record}
    # What a duplicate repeats is the same; what is replaced is not.
    return data | {"before": change.stored.record} if change.stored and change.action == "replaced" else data
