"""value-not-listed: values that are not among those that their field allows."""

from __future__ import annotations

from itertools import filterfalse

from recordmap.checks.flow import FieldFlow, flow_of
from recordmap.checks.rule import Surroundings
from recordmap.demands import field_schema
from recordmap.diagnostics import Severity
from recordmap.diagnostics.findings import Findings
from recordmap.schema.fit import listing
from recordmap.schema.narrowing import filled, only
from recordmap.schema.types import Kind, Type
from recordmap.template.model import Collection

_SHOWN = 12
_BOOLEANS = (True, False)


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report fields with a list of allowed values that a record of the source schema can miss."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None:
        return
    for one in flow_of(collection, around).fields:
        known = field_schema(one.rule, schema)
        if known is not None and known.type.enum is not None and not one.facts.dead:
            findings.field = one.rule.name.text
            _check_value(one, known.type, known.type.enum, findings)
    findings.field = None


def _check_value(one: FieldFlow, takes: Type, allowed: tuple[object, ...], findings: Findings) -> None:
    given = only(filled(one.type), takes.kinds)
    values = _BOOLEANS if given.kinds == {Kind.BOOLEAN} and given.enum is None else given.enum
    if not given.kinds or (given.unsure and values is None):
        return
    shown = ", ".join(map(_written, allowed[:_SHOWN])) + (", …" if len(allowed) > _SHOWN else "")
    wrong = None if values is None else list(filterfalse(listing(allowed), values))
    if wrong == []:
        return
    always = wrong is not None and values is not None and len(wrong) == len(values) and not one.type.nullable
    what = "can be any other" if wrong is None else f"{'is' if always else 'can be'} {_written(wrong[0])}"
    text = one.rule.formula or one.rule.source or one.rule.constant
    scalar = text.scalar if text is not None else one.rule.name
    message = f"'{one.rule.name.text}' takes one of {shown}, and this {what}"
    hint = "translate it with a table under 'lookups'" if not always else f"write one of {shown}"
    severity = Severity.ERROR if always else Severity.WARNING
    findings.add("value-not-listed", message, scalar.span, hint=hint, severity=severity)


def _written(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()
