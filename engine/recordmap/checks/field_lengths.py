"""may-be-too-long: texts that can be longer than their field takes."""

from __future__ import annotations

from recordmap.checks.flow import FieldFlow, flow_of
from recordmap.checks.rule import Surroundings
from recordmap.demands import field_schema
from recordmap.diagnostics import Severity
from recordmap.diagnostics.findings import Findings
from recordmap.schema.types import Kind
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report fields with a longest text that a record of the source schema can exceed."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None:
        return
    for one in flow_of(collection, around).fields:
        known = field_schema(one.rule, schema)
        limit = None if known is None else known.type.texts.max_length
        if limit is not None and not one.facts.dead and Kind.TEXT in one.type.kinds:
            findings.field = one.rule.name.text
            _check_length(one, limit, findings)
    findings.field = None


def _check_length(one: FieldFlow, limit: int, findings: Findings) -> None:
    rule, type_ = one.rule, one.type
    longest = type_.longest
    texts = [text for text in type_.enum or () if isinstance(text, str)]
    always = bool(texts) and type_.kinds == {Kind.TEXT} and all(len(text) > limit for text in texts)
    if (longest is not None and longest <= limit) or (type_.unsure and not always):
        return
    text = rule.formula or rule.source or rule.constant
    scalar = text.scalar if text is not None else rule.name
    length = "is not limited" if longest is None else f"can have {longest:,}"
    message = f"'{rule.name.text}' takes {limit:,} characters, and this text {length}"
    shortened = f"truncate({rule.formula.scalar.text.strip() if rule.formula else 'value'}, {limit})"
    hint = f"shorten it: formula: {shortened}"
    if rule.constant is not None:
        hint = f"write a text of at most {limit:,} characters"
    elif rule.lookup is not None:
        hint = f"write texts of at most {limit:,} characters into the table '{rule.lookup.text}'"
    severity = Severity.ERROR if always else Severity.WARNING
    findings.add("may-be-too-long", message, scalar.span, hint=hint, severity=severity)
