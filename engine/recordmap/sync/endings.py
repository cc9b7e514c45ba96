"""How a transfer ends without a write, and what is told of that, and of a conflict. Nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordmap.runtime.outcome import Kind
from recordmap.sync.pipeline import EXTERNAL_ID
from recordmap.sync.results import Notice, Problem, Result, Transfer

if TYPE_CHECKING:
    from recordmap.connectors.destination import Link
    from recordmap.runtime.outcome import Outcome
    from recordmap.runtime.plan import Plan
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.matching import Match


class Ended(Exception):  # noqa: N818 - the end of a transfer, which need not be an error
    """The transfer of a record ended without anything written."""

    def __init__(self, result: Result, problem: Problem) -> None:
        self.result = result
        self.problem = problem
        super().__init__(problem.code)


def refused(plan: Plan, outcome: Outcome) -> Ended:
    """Return the end of a record that its collection skipped or rejected."""
    result = Result.SKIPPED if outcome.kind is Kind.SKIPPED else Result.FAILED
    reason = outcome.reason
    if reason is None:
        return Ended(result, Problem("internal-error", "No reason was given", plan.name))
    return Ended(result, Problem(reason.code, reason.message, reason.collection, reason.field))


def without_a_write(
    incoming: Incoming,
    result: Result,
    link: Link | None = None,
    *,
    match: Match | None = None,
    problem: Problem | None = None,
    synced: str | None = None,
    failing: str | None = None,
) -> Transfer:
    """Return a transfer that wrote nothing, found by its link or by a match, as far as it came to that."""
    record_id, rule = (link.record_id, EXTERNAL_ID) if link else (None, None)
    if match:
        record_id, rule = match.record.id if match.record else None, match.rule
    return Transfer(
        result,
        incoming.subject,
        record_id=record_id,
        rule=rule,
        collection=problem.collection if problem else None,
        problem=problem,
        instead_of=match.instead_of if match else None,
        synced=synced,
        failing=failing,
    )


def conflicts(incoming: Incoming, match: Match) -> tuple[Notice, ...]:
    """Return what is to be told when a match led to another record than the link."""
    if match.record is None or match.instead_of is None:
        return ()
    message = (
        f"Record {match.record.id} was linked and updated instead of record {match.instead_of}, "
        f"because it has the same {match.rule}"
    )
    return (Notice("match-conflict", message, incoming.subject),)
