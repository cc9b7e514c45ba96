"""How a retry is shown: the old result and the new one, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recordmap.sync.retry import Retried


def retried_data(retried: Retried) -> dict[str, Any]:
    """Return a retry as data: the entry as it was, what came of the new try, and what differs for each field.

    Of a field `before` is what the destination held, `reason_before` why it failed the last time, `after` what is
    written now, and `reason_after` why it fails now.
    """
    from recordmap.cli.entries import entry_data
    from recordmap.sync.telling import transfer_data

    fields = [
        {"field": field, "before": old, "reason_before": reason, "after": new, "reason_after": why}
        for field, (old, reason, new, why) in _fields(retried).items()
    ]
    return {
        "error": entry_data(retried.entry),
        "transfer": transfer_data(retried.transfer),
        "same_reason": _same_reason(retried),
        "fields": fields,
    }


def print_retried(retried: Retried) -> None:
    """Print a retry for people."""
    from recordmap.cli.output import print_table, tell
    from recordmap.cli.transfers import details, reason_text, shown

    entry, transfer = retried.entry, retried.transfer
    tell(f"error {entry.id}, {transfer.subject}")
    tell(f"  was: {reason_text(entry.failure.field, entry.failure.message, entry.failure.code)}")
    problem = transfer.problem
    why = f": {reason_text(problem.field, problem.message, problem.code)}" if problem else ""
    same = ", as before" if _same_reason(retried) else ""
    tell(f"  now: {transfer.result.value}{details(transfer)}{why}{same}")
    rows = [
        (
            field,
            shown(old) if reason is None else f"failed: {reason}",
            shown(new) if why is None else f"failed: {why}",
        )
        for field, (old, reason, new, why) in _fields(retried).items()
    ]
    rows += [
        (f"{child.into} ({child.action.value})", "", ", ".join(str(value) for value in child.record.values()))
        for child in transfer.children
    ]
    if rows and not same:
        print_table(("field", "before", "now"), rows)
    for notice in transfer.notices:
        tell(f"  notice: {notice.message}")


def _fields(retried: Retried) -> dict[str, tuple[Any, str | None, Any, str | None]]:
    """Return, for each field that failed or is written now: value and reason of before, value and reason of now."""
    failure, problem = retried.entry.failure, retried.transfer.problem
    written = {change.field: change for change in retried.transfer.field_changes()}
    reasons = {failure.field: failure.message} if failure.field else {}
    now = {problem.field: problem.message} if problem and problem.field else {}
    found = {}
    for field in dict.fromkeys((*reasons, *now, *written)):
        change = written.get(field)
        old, new = (change.before, change.after) if change else (None, None)
        found[field] = (old, reasons.get(field), new, now.get(field))
    return found


def _same_reason(retried: Retried) -> bool:
    problem, failure = retried.transfer.problem, retried.entry.failure
    if problem is None:
        return False
    return (problem.code, problem.field, problem.message) == (failure.code, failure.field, failure.message)
