"""required-with-when, idle-on-empty, conflicting-keys: keys of a field rule that work against each other."""

from __future__ import annotations

from collections.abc import Set

from recordmap.checks.formula_names import ROOTS
from recordmap.checks.rule import Surroundings, makes_records
from recordmap.diagnostics import Severity
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, FieldRule, Level, OnEmpty


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report required fields that a condition leaves out, and what can't do what it says: `on_empty`, a source."""
    schema = around.schemas.get(collection.destination.text)
    fields = schema.fields if schema is not None and makes_records(collection) else {}
    needed = {name for name, field in fields.items() if field.required}
    for rule in collection.fields:
        required = rule.level is Level.REQUIRED or (not rule.custom and rule.name.text in needed)
        findings.field = rule.name.text
        if required and rule.when is not None:
            hint = "delete 'when'; to reject such records in words of your own, add an entry under 'errors'"
            message = f"'{rule.name.text}' is required: where 'when' is false, the whole record is rejected"
            findings.add("required-with-when", message, rule.when.scalar.span, hint=hint)
        _check_on_empty(rule, required=required, findings=findings)
        _check_source(rule, {*ROOTS, *collection.names}, findings)
    findings.field = None


def _check_on_empty(rule: FieldRule, *, required: bool, findings: Findings) -> None:
    if rule.on_empty is not OnEmpty.NULL:
        return
    name, hint = rule.name.text, "delete 'on_empty'"
    if rule.custom:
        message = (
            f"'on_empty: null' does nothing here: the custom field '{name}' is left out when it is empty"
        )
        findings.add("idle-on-empty", message, rule.name.span, hint=hint)
    elif required:
        message = (
            f"'on_empty: null' does nothing here: '{name}' is required, so an empty one rejects the record"
        )
        findings.add("idle-on-empty", message, rule.name.span, hint=hint)


def _check_source(rule: FieldRule, others: Set[str], findings: Findings) -> None:
    """Report a source whose value nothing reads. While a formula reads a name that there isn't, it may be that."""
    if rule.source is None or rule.formula is None or rule.faulty:
        return
    formulas = (one for one in (rule.formula, rule.when) if one is not None)
    if {read.name for one in formulas for read in one.parsed.names} <= others:
        message = "the formula doesn't read 'value', so what 'source' picks goes nowhere"
        hint = "to let the source drive the field, delete the formula; else delete the source"
        span, severity = rule.source.scalar.span, Severity.WARNING
        findings.add("conflicting-keys", message, span, hint=hint, severity=severity)
