"""required-field-unmapped: an Add, or a child, that makes records without a field that every record needs."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings, made_fields, makes_records
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report required destination fields that have no rule. An Update may leave them as they are."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None or not makes_records(collection):
        return
    mapped = made_fields(collection)
    for name, field in schema.fields.items():
        if field.required and name not in mapped:
            findings.add(
                "required-field-unmapped",
                f"{schema.name} needs '{name}', and no rule makes it",
                collection.name.span,
                hint=f'add a rule for {name}; without it every record ends with "{field.required_message}"',
            )
