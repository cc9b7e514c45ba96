"""required-field-unmapped: an Add, or a child, that makes records without a field that every record needs."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Operation


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report required destination fields that have no rule. An Update may leave them as they are."""
    schema = around.schemas.get(collection.destination.text)
    makes_records = collection.operation is Operation.ADD or collection.child_of is not None
    if schema is None or not makes_records:
        return
    mapped = {rule.name.text for rule in collection.fields if not rule.custom}
    mapped |= {child.into.text for child in collection.children}
    for name, field in schema.fields.items():
        if field.required and name not in mapped:
            findings.add(
                "required-field-unmapped",
                f"{schema.name} needs '{name}', and no rule makes it",
                collection.name.span,
                hint=f'add a rule for {name}; without it every record ends with "{field.required_message}"',
            )
