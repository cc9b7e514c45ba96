"""unknown-lookup: the table that a field's `lookup` names."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings, taken_out
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.template.fixes import rename
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report lookups that no table stands behind."""
    for rule in collection.fields:
        if rule.lookup is not None and rule.lookup.text not in collection.lookups:
            findings.field = rule.name.text
            hint = (
                taken_out(collection, "lookups", rule.lookup.text)
                or suggestion(rule.lookup.text, collection.lookups)
                or "define it under 'lookups'"
            )
            message = f"there is no lookup '{rule.lookup.text}'"
            fix = rename(rule.lookup, certain(rule.lookup.text, collection.lookups))
            findings.add("unknown-lookup", message, rule.lookup.span, hint=hint, fix=fix)
    findings.field = None
