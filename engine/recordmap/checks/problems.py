"""From problems of expressions to findings: shared by the rules that report them, one code each."""

from __future__ import annotations

from recordmap.checks.flow import Located, flow_of
from recordmap.checks.rule import CollectionRule, Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.fixes import replace
from recordmap.template.model import Collection


def reporter(code: str) -> CollectionRule:
    """Return a rule that reports the problems of one code in all expressions of a collection."""

    def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
        for located in flow_of(collection, around).problems:
            if located.problem.code == code:
                report(located, findings)

    return check


def report(located: Located, findings: Findings) -> None:
    """Report one problem where it stands."""
    problem, scalar = located.problem, located.scalar
    findings.field = located.field
    findings.add(
        problem.code,
        problem.message,
        scalar.at(problem.offset, problem.length),
        hint=problem.hint,
        fix=replace(scalar, problem.offset, problem.length, problem.instead),
        severity=problem.severity,
    )
    findings.field = None
