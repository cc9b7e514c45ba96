"""required-may-be-empty: a required field that can come out empty, so that its record is rejected unasked."""

from __future__ import annotations

from recordmap.checks.flow import FieldFlow, flow_of
from recordmap.checks.rule import Surroundings
from recordmap.demands import field_schema, required_children_message, required_message
from recordmap.diagnostics import Fix, Severity
from recordmap.diagnostics.findings import Findings
from recordmap.expression.problems import told
from recordmap.expression.source_types import plain_path
from recordmap.schema.narrowing import filled
from recordmap.schema.record import FieldSchema, RecordSchema
from recordmap.schema.types import Kind, Type
from recordmap.template.fixes import FALLBACK, fallback
from recordmap.template.model import Child, Collection, FieldRule, MatchByField, OnEmpty

CODE = "required-may-be-empty"
_TEXT = FALLBACK.strip('"')


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report required fields that can be empty, unless `on_empty: error` says that such records are to be rejected."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None:
        return
    for one in flow_of(collection, around).fields:
        message = required_message(one.rule, collection, schema)
        if message is None or one.rule.on_empty is OnEmpty.ERROR or one.facts.dead:
            continue
        if not one.rule.custom and not schema.type.objects.open and one.rule.name.text not in schema.fields:
            continue  # a name that is wrong is told by another rule
        if one.type.may_be_empty and not one.type.unsure:
            findings.field = one.rule.name.text
            _report(one, message, collection, around, findings)
    findings.field = None
    for child in collection.children:
        _check_children(child, collection, schema, around, findings)


def _report(
    one: FieldFlow, message: str, collection: Collection, around: Surroundings, findings: Findings
) -> None:
    rule, name = one.rule, one.rule.name.text
    text = rule.formula or rule.source or rule.constant
    span = text.scalar.span if text is not None else rule.name.span
    if not filled(one.type).kinds:
        always = f"'{name}' is required, and this is always empty: every record ends with \"{message}\""
        findings.add(CODE, always, span, hint="make its value from something", severity=Severity.ERROR)
        return
    from recordmap.checks.examples import example_of  # noqa: PLC0415 - brings the slow evaluators

    fix = _fix(one, collection, around)
    why = _why(one)
    example = example_of(one, collection, around)
    shown = "" if example is None else f": {example} is rejected"
    ask = "to have such records rejected, write on_empty: error"
    hint = f"to fill the gap, {fix.title}; {ask}" if fix else f"{ask}; or pick a value that is always there"
    findings.add(CODE, f"'{name}' is required, and {why}{shown}", span, hint=hint, fix=fix)


def _why(one: FieldFlow) -> str:
    if not one.type.nullable:
        empty = one.type.texts.empty
        return "this may be an empty text" if empty else "this may be text of nothing but blanks"
    if one.type.cause is None and one.rule.lookup is not None:
        return f"the table '{one.rule.lookup.text}' gives null for some values"
    return told(one.type.cause, "this may be null")


def _fix(one: FieldFlow, collection: Collection, around: Surroundings) -> Fix | None:
    """Return the fix that writes `N/A` where there is nothing, if the field can hold that, and finds nobody by it."""
    schema = around.schemas.get(collection.destination.text)
    known = None if schema is None else field_schema(one.rule, schema)
    if known is not None and not _takes_fallback(known):
        return None
    if one.rule.lookup is not None or one.rule.when is not None or filled(one.type).kinds != {Kind.TEXT}:
        return None
    return None if _finds(one.rule, around) else fallback(one.rule)


def _takes_fallback(known: FieldSchema) -> bool:
    type_, texts = known.type, known.type.texts
    fits = texts.max_length is None or texts.max_length >= len(_TEXT)
    free = type_.enum is None and texts.format is None and known.unique is None
    return Kind.TEXT in type_.kinds and fits and free and texts.min_length <= len(_TEXT)


def _finds(rule: FieldRule, around: Surroundings) -> bool:
    """Whether records are found by what the fallback writes into a field."""
    if around.integration is None or rule.custom:
        return False
    keys = [
        one
        for one in around.integration.match
        if isinstance(one, MatchByField) and one.field.text == rule.name.text
    ]
    if not keys:
        return False
    from recordmap.checks.match_fields import finds  # noqa: PLC0415 - only for what is wrong

    return any(finds(one, _TEXT) for one in keys)


def _check_children(
    child: Child, collection: Collection, schema: RecordSchema, around: Surroundings, findings: Findings
) -> None:
    """Report a required field that holds child records, where there may be none."""
    message = required_children_message(child.into.text, collection, schema)
    target = around.collections.get(child.collection.text)
    if message is None or target is None:
        return
    into = findings.field = child.into.text
    picked = flow_of(target, around).each
    if not target.enabled:
        always = f"'{into}' is required, and its collection is disabled: every record ends with \"{message}\""
        hint = "write 'status: enabled' in that collection"
        findings.add(CODE, always, child.into.span, hint=hint, severity=Severity.ERROR)
    elif target.filter is not None or (picked is not None and _may_be_none(picked)):
        if target.filter is not None:
            why = "the filter of its collection may leave all of them out"
            hint = f"delete the filter; or accept it: # recordmap: ignore[{CODE}] and the reason"
        else:
            why, hint = "there may be none", "reject such records in words of your own, under 'errors'"
            path = plain_path(target.each.parsed.tree, ()) if target.each is not None else None
            if path and all(isinstance(key, str) and key.isidentifier() for key in path):
                hint += f": when: not record.{'.'.join(map(str, path))}"
        findings.add(CODE, f"'{into}' is required, and {why}", child.into.span, hint=hint)
    findings.field = None


def _may_be_none(picked: Type) -> bool:
    return not picked.unsure and (picked.nullable or (Kind.LIST in picked.kinds and picked.falsy))
