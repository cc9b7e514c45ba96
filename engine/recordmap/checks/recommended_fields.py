"""recommended-field-unmapped: destination fields that records should have, and that no rule makes."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings, made_fields, makes_records
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report recommended destination fields without a rule, all in one note. An Update may leave them as they are."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None or not makes_records(collection):
        return
    mapped = made_fields(collection)
    custom = {rule.name.text for rule in collection.fields if rule.custom}
    left = [name for name, field in schema.fields.items() if field.recommended and name not in mapped]
    left += [name for name, field in schema.custom_fields.items() if field.recommended and name not in custom]
    if left:
        names = ", ".join(f"'{name}'" for name in left)
        message = f"{schema.name} recommends {names}, and no rule makes {'it' if len(left) == 1 else 'them'}"
        hint = "add a rule where the source has something that fits; records are made without it too"
        findings.add("recommended-field-unmapped", message, collection.name.span, hint=hint)
