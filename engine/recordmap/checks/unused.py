"""unused-name, unused-lookup: what a template defines and never uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection

_LOOKUPS = ("lookup", "lookup_required")
_UNREAD = {
    *("source-syntax", "formula-syntax", "formula-not-allowed", "expression-too-long"),
    *("unknown-key", "wrong-value", "wrong-arguments", "unknown-name", "unknown-lookup", "invalid-lookup"),
}
"""Findings with which it is not known what a formula or a rule reads."""


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report names and lookups that nothing reads. While an expression is wrong it may be what reads them."""
    found = {one.code for one in findings if one.collection == collection.title}
    if found & _UNREAD:
        return
    read = {one.name for text, _, _ in collection.formulas() for one in text.parsed.names}
    for name, source in collection.names.items():
        if name not in read:
            hint = "use it in a formula, or delete the line"
            message = f"no formula reads the name '{name}'"
            findings.add("unused-name", message, source.scalar.span, hint=hint)
    used = set(_tables(collection))
    for name, lookup in collection.lookups.items():
        if name not in used:
            hint = f"write 'lookup: {name}' in a field rule, or delete the lookup"
            findings.add("unused-lookup", f"no field uses the lookup '{name}'", lookup.name.span, hint=hint)


def _tables(collection: Collection) -> Iterator[str]:
    """Yield the tables that field rules and formulas name."""
    for rule in collection.fields:
        if rule.lookup is not None:
            yield rule.lookup.text
    for text, _, _ in collection.formulas():
        for call in text.parsed.calls:
            if call.function in _LOOKUPS:
                given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
                yield from (str(one.value) for one in given if isinstance(one, ast.Constant))
