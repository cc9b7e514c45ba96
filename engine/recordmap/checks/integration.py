"""unknown-collection, unfit-collection, unknown-match-field, unknown-connector: what an integration names."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings, suggestion
from recordmap.template.model import Integration, MatchByField, Operation
from recordmap.template.nodes import Scalar


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report connectors, collections and match fields that don't exist or don't fit."""
    for end in (integration.source, integration.destination):
        if end.connector.text not in around.connectors:
            hint = suggestion(end.connector.text, around.connectors)
            message = f"there is no connector '{end.connector.text}'"
            findings.add("unknown-connector", message, end.connector.span, hint=hint)
    for name, operation in ((integration.add, Operation.ADD), (integration.update, Operation.UPDATE)):
        if name is not None:
            _check_collection(name, operation, integration, around, findings)
    _check_match(integration, around, findings)


def _check_collection(
    name: Scalar, operation: Operation, integration: Integration, around: Surroundings, findings: Findings
) -> None:
    collection = around.collections.get(name.text)
    if collection is None:
        known = [
            title
            for title, one in around.collections.items()
            if one.operation is operation and not one.child_of
        ]
        hint = suggestion(name.text, known)
        findings.add("unknown-collection", f"there is no collection '{name.text}'", name.span, hint=hint)
        return
    faults = []
    if collection.operation is not operation:
        faults.append(f"is for {collection.operation}, not for {operation}")
    if collection.child_of is not None:
        faults.append("is a child collection, which never runs on its own")
    for end, schema in (
        (integration.source, collection.source),
        (integration.destination, collection.destination),
    ):
        if "any" not in (end.schema.text, schema.text) and end.schema.text != schema.text:
            faults.append(f"is for {schema.text}, and this integration has {end.schema.text}")
    for fault in faults:
        findings.add("unfit-collection", f"'{name.text}' {fault}", name.span)


def _check_match(integration: Integration, around: Surroundings, findings: Findings) -> None:
    schema = around.schemas.get(integration.destination.schema.text)
    if schema is None or schema.type.open:
        return
    for rule in integration.match:
        if isinstance(rule, MatchByField) and rule.field.text not in schema.fields:
            hint = suggestion(rule.field.text, schema.fields)
            message = f"{schema.name} has no field '{rule.field.text}' to match by"
            findings.add("unknown-match-field", message, rule.field.span, hint=hint)
