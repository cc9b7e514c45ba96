"""lookup-may-miss: values that a field's lookup, or one called in a formula, has no row for and rejects."""

from __future__ import annotations

from recordmap.checks.flow import flow_of
from recordmap.checks.problems import reporter
from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import Severity
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection

HINT = "add rows for them, or write what on_miss shall do: null, keep or {default: …}"

_check_calls = reporter("lookup-may-miss")


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report lookups that reject a value which the source may have, unless `on_miss: error` is written there."""
    _check_calls(collection, around, findings)
    for one in flow_of(collection, around).fields:
        table = one.rule.lookup
        if table is not None and one.missing is not None and not one.facts.dead:
            from recordmap.expression.lookup_types import missing_words  # noqa: PLC0415 - only for what is wrong

            findings.field = one.rule.name.text
            message = f"the table '{table.text}' {missing_words(one.missing)}"
            severity = Severity.WARNING if one.type.kinds else Severity.ERROR
            findings.add("lookup-may-miss", message, table.span, hint=HINT, severity=severity)
    findings.field = None
