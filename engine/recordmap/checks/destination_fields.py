"""unknown-destination-field, undeclared-custom-field: fields that the destination schema doesn't have."""

from __future__ import annotations

from collections.abc import Set

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER, RecordSchema
from recordmap.template.fixes import rename
from recordmap.template.model import Collection, FieldRule

Taken = Set[tuple[str | None, bool]]
"""The fields that have a rule already, each with whether it is a custom field: no other may be renamed to one."""


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report fields, custom fields and `into` fields that the destination doesn't have."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None:
        return
    if schema.type.objects.open and not schema.fields:
        _check_container(collection, findings)
        return
    taken = {(rule.name.text, rule.custom) for rule in collection.fields}
    for rule in collection.fields:
        findings.field = rule.name.text
        if rule.custom:
            _check_custom(rule, schema, taken, findings)
        else:
            _check_plain(rule, schema, taken, findings)
    findings.field = None
    for child in collection.children:
        if child.into.text not in schema.fields and not schema.type.objects.open:
            hint = suggestion(child.into.text, _plain_fields(schema))
            message = f"{schema.name} has no field '{child.into.text}' for child records"
            fix = rename(child.into, certain(child.into.text, _plain_fields(schema)))
            findings.add("unknown-destination-field", message, child.into.span, hint=hint, fix=fix)


def _check_container(collection: Collection, findings: Findings) -> None:
    """Report a field that stands where custom fields go when the destination doesn't say."""
    if not any(rule.custom for rule in collection.fields):
        return
    for rule in collection.fields:
        if not rule.custom and rule.name.text == DEFAULT_CUSTOM_CONTAINER:
            findings.field = rule.name.text
            message = f"'{rule.name.text}' holds the custom fields, and is no field of its own"
            findings.add(
                "unknown-destination-field", message, rule.name.span, hint="write it under 'custom_fields'"
            )
    findings.field = None


def _check_plain(rule: FieldRule, schema: RecordSchema, taken: Taken, findings: Findings) -> None:
    name = rule.name.text
    if name == schema.custom_container:
        findings.add(
            "unknown-destination-field",
            f"'{name}' can't be written as a whole",
            rule.name.span,
            hint="write each of them as a field of its own under 'custom_fields'",
        )
    elif name not in schema.fields and not schema.type.objects.open:
        hint, meant = suggestion(name, _plain_fields(schema)), certain(name, _plain_fields(schema))
        if name in schema.custom_fields:
            hint, meant = f"'{name}' is a custom field: write it under 'custom_fields'", None
        message = f"{schema.name} has no field '{name}'"
        fix = None if (meant, False) in taken else rename(rule.name, meant)
        findings.add("unknown-destination-field", message, rule.name.span, hint=hint, fix=fix)


def _plain_fields(schema: RecordSchema) -> list[str]:
    return [name for name in schema.fields if name != schema.custom_container]


def _check_custom(rule: FieldRule, schema: RecordSchema, taken: Taken, findings: Findings) -> None:
    name = rule.name.text
    if name not in schema.custom_fields and not schema.open_custom_fields:
        hint, meant = suggestion(name, schema.custom_fields), certain(name, schema.custom_fields)
        if name in schema.fields:
            hint, meant = f"'{name}' is no custom field: write it under 'fields'", None
        message = f"{schema.name} declares no custom field '{name}'"
        fix = None if (meant, True) in taken else rename(rule.name, meant)
        findings.add("undeclared-custom-field", message, rule.name.span, hint=hint, fix=fix)
