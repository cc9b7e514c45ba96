"""unknown-function, wrong-arguments: calls in formulas, held against the function table."""

from __future__ import annotations

import ast

from recordmap.checks.rule import Surroundings, taken_out
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.expression.formula import Call
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.template.fixes import replace
from recordmap.template.model import Collection, FormulaText


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report calls of functions that don't exist, and calls with the wrong arguments."""
    for text, field, _ in collection.formulas():
        findings.field = field
        for call in text.parsed.calls:
            span = text.scalar.at(call.place.offset, call.place.length)
            spec = around.functions.get(call.function)
            if spec is None:
                hint = suggestion(call.function, around.functions) or "`recordmap functions` lists them all"
                meant = certain(call.function, around.functions)
                fix = replace(text.scalar, call.place.offset, len(call.function), meant)
                message = f"there is no function '{call.function}'"
                findings.add("unknown-function", message, span, hint=hint, fix=fix)
                continue
            fault = _argument_fault(call, spec)
            if fault is not None:
                findings.add("wrong-arguments", fault, span, hint=f"write {spec.signature}")
            elif spec.name in ("lookup", "lookup_required"):
                _check_table(call, text, collection, findings)
    findings.field = None


def _argument_fault(call: Call, spec: FunctionSpec) -> str | None:
    names = [parameter.name for parameter in spec.parameters]
    repeats = bool(spec.parameters) and spec.parameters[-1].repeats
    by_position = len(call.node.args)
    if by_position > len(names) and not repeats:
        return f"{spec.name} takes {_count(len(names))}, not {by_position}"
    given = set(names[:by_position])
    for keyword in call.node.keywords:
        if keyword.arg not in names or (repeats and keyword.arg == names[-1]):
            return f"{spec.name} has no argument '{keyword.arg}'"
        if keyword.arg in given:
            return f"{spec.name} is given '{keyword.arg}' twice"
        given.add(keyword.arg)
    missing = [p.name for p in spec.parameters if not p.optional and p.name not in given]
    return f"{spec.name} needs '{missing[0]}'" if missing else None


def _count(number: int) -> str:
    return f"{number} argument" + ("" if number == 1 else "s")


def _check_table(call: Call, text: FormulaText, collection: Collection, findings: Findings) -> None:
    """Report a table that isn't named by a text written out: a wrong name must be found before anything runs."""
    named = (keyword.value for keyword in call.node.keywords if keyword.arg == "table")
    table = call.node.args[0] if call.node.args else next(named)
    place = text.parsed.place(table)
    span = text.scalar.at(place.offset, place.length)
    if not isinstance(table, ast.Constant) or not isinstance(table.value, str):
        message = "the table of a lookup is named by a text in quotes"
        hint = f'write its name: {call.function}("countries", value)'
        findings.add("wrong-arguments", message, span, hint=hint)
    elif table.value not in collection.lookups:
        hint = (
            taken_out(collection, "lookups", table.value)
            or suggestion(table.value, collection.lookups)
            or "define it under 'lookups'"
        )
        meant = certain(table.value, collection.lookups)
        fix = replace(text.scalar, place.offset + 1, len(table.value), meant)
        findings.add("unknown-lookup", f"there is no lookup '{table.value}'", span, hint=hint, fix=fix)
