"""redundant-formula: a formula that gives what the source gives."""

from __future__ import annotations

import ast

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report formulas that are nothing but `value`."""
    for rule in collection.fields:
        if rule.formula is None or rule.source is None:
            continue
        if isinstance(rule.formula.parsed.tree, ast.Name) and rule.formula.parsed.tree.id == "value":
            findings.field = rule.name.text
            message = "this formula only repeats what 'source' picks"
            findings.add("redundant-formula", message, rule.formula.scalar.span, hint="delete the formula")
    findings.field = None
