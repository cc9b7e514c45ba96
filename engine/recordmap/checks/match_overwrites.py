"""match-key-overwritten: an Update that changes a field by which records are found."""

from __future__ import annotations

from recordmap.checks.results import keeps_existing
from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, FieldRule, MatchByField, Operation


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report rules of the running Update that don't carry a match field's own value forward."""
    if around.integration is None or around.running(Operation.UPDATE) is not collection:
        return
    keys = {one.field.text for one in around.integration.match if isinstance(one, MatchByField)}
    for rule in collection.fields:
        name = rule.name.text
        if name in keys and not rule.custom and not _keeps(rule):
            findings.field = name
            message = f"records are found by '{name}', and this Update gives it another value"
            hint = f"keep it: write formula: existing.{name}; or leave it so if the source is to decide"
            findings.add("match-key-overwritten", message, rule.name.span, hint=hint)
    findings.field = None


def _keeps(rule: FieldRule) -> bool:
    if rule.formula is None:
        return rule.source is None and rule.constant is None  # what there is can't be read
    return rule.lookup is None and keeps_existing(rule.formula.parsed.tree, (rule.name.text,))
