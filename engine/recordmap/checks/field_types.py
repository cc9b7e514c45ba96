"""type-mismatch: values of a kind that their field doesn't take."""

from __future__ import annotations

from recordmap.checks.flow import FieldFlow, flow_of
from recordmap.checks.rule import Surroundings
from recordmap.demands import field_schema
from recordmap.diagnostics import Severity
from recordmap.diagnostics.findings import Findings
from recordmap.expression.problems import words
from recordmap.schema.inside import element
from recordmap.schema.narrowing import filled
from recordmap.schema.types import Kind, Type
from recordmap.schema.unions import NUMBERS
from recordmap.template.model import Collection, OnEmpty

CODE = "type-mismatch"
_PARTS = frozenset({Kind.LIST, Kind.OBJECT})


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report fields whose values can be of another kind, and an `each` that doesn't pick records."""
    flow = flow_of(collection, around)
    schema = around.schemas.get(collection.destination.text)
    for one in flow.fields:
        known = None if schema is None else field_schema(one.rule, schema)
        if known is not None and not one.facts.dead:
            findings.field = one.rule.name.text
            _check_value(one, known.type, findings)
            _check_null(one, known.type, findings)
    findings.field = None
    if flow.each is not None and collection.each is not None:
        _check_each(collection, flow.each, findings)
        if not flow.each_fits:
            message = f"what 'each' picks is not always {collection.source.text}"
            hint = "name the record schema of what 'each' picks as 'source'"
            findings.add(CODE, message, collection.source.span, hint=hint, severity=Severity.WARNING)


def _check_value(one: FieldFlow, takes: Type, findings: Findings) -> None:
    given = filled(one.type)
    fits = takes.kinds | (NUMBERS if Kind.NUMBER in takes.kinds else frozenset())
    wrong = given.kinds - fits
    always = bool(given.kinds) and not given.kinds & fits
    if not wrong or (given.unsure and not always):
        return
    text = one.rule.formula or one.rule.source or one.rule.constant
    scalar = text.scalar if text is not None else one.rule.name
    taken = words(takes.kinds - {Kind.NULL})
    what = words(wrong)
    if wrong == {Kind.NUMBER} and Kind.INTEGER in takes.kinds:
        what = "a number with a fraction"
    message = f"'{one.rule.name.text}' takes {taken}, and this {'is' if always else 'can be'} {what}"
    hint = f"write {taken}" if one.rule.constant is not None else _hint(one, takes, wrong)
    severity = Severity.ERROR if always else Severity.WARNING
    findings.add(CODE, message, scalar.span, hint=hint, severity=severity)


def _hint(one: FieldFlow, takes: Type, wrong: frozenset[Kind]) -> str:
    value = one.rule.formula.scalar.text.strip() if one.rule.formula is not None else "value"
    if Kind.TEXT in takes.kinds:
        return (
            "pick a part of it that is text" if wrong & _PARTS else f"convert it: formula: to_text({value})"
        )
    if Kind.NUMBER in takes.kinds:
        return f"convert it: formula: to_decimal({value})"
    if Kind.INTEGER in takes.kinds:
        return f"convert it: formula: to_integer({value})"
    if Kind.BOOLEAN in takes.kinds:
        return f"convert it: formula: to_boolean({value})"
    return f"pick {words(takes.kinds - {Kind.NULL})}"


def _check_null(one: FieldFlow, takes: Type, findings: Findings) -> None:
    """Report `on_empty: null` for a field that is never null."""
    rule, type_ = one.rule, one.type
    if rule.on_empty is not OnEmpty.NULL or rule.custom or takes.nullable or not type_.may_be_empty:
        return
    if rule.level == "required" or type_.unsure:
        return
    message = f"'{rule.name.text}' can't be null, and on_empty: null writes null where the value is empty"
    hint = "delete on_empty: an empty value then leaves the field as it is"
    severity = Severity.WARNING if filled(type_).kinds else Severity.ERROR
    findings.add(CODE, message, rule.name.span, hint=hint, severity=severity)


def _check_each(collection: Collection, picked: Type, findings: Findings) -> None:
    if collection.each is None:
        return
    wrong = picked.kinds - {Kind.NULL, Kind.LIST, Kind.OBJECT}
    always = bool(wrong) and not picked.kinds & _PARTS
    what = words(wrong)
    if Kind.LIST in picked.kinds and not wrong:
        wrong = element(picked).kinds - {Kind.NULL, Kind.OBJECT}
        what = f"a list of {words(wrong)}"
        if element(picked).unsure:
            return
    if not wrong or (picked.unsure and not always):
        return
    verb = "picks" if always else "can pick"
    message = f"'each' picks an object or a list of objects; this {verb} {what}"
    severity = Severity.ERROR if always else Severity.WARNING
    findings.add(
        CODE,
        message,
        collection.each.scalar.span,
        hint="name the path to the child records",
        severity=severity,
    )
