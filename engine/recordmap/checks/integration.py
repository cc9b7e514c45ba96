"""unknown-collection, unfit-collection, unknown-match-field, unknown-connector: what an integration names."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.schema.types import Kind
from recordmap.template.fixes import rename
from recordmap.template.model import Integration, MatchByField, Operation
from recordmap.template.nodes import Scalar


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report connectors, collections and match fields that don't exist or don't fit."""
    for end in (integration.source, integration.destination):
        if end.connector.text not in around.connectors:
            hint = suggestion(end.connector.text, around.connectors)
            message = f"there is no connector '{end.connector.text}'"
            fix = rename(end.connector, certain(end.connector.text, around.connectors))
            findings.add("unknown-connector", message, end.connector.span, hint=hint, fix=fix)
    for name, operation in ((integration.add, Operation.ADD), (integration.update, Operation.UPDATE)):
        if name is not None:
            _check_collection(name, operation, integration, around, findings)
    _check_match(integration, around, findings)


def _check_collection(
    name: Scalar, operation: Operation, integration: Integration, around: Surroundings, findings: Findings
) -> None:
    collection = around.collections.get(name.text)
    if collection is None:
        if around.unread:
            return
        known = [
            title
            for title, one in around.collections.items()
            if one.operation is operation and not one.child_of
        ]
        hint = suggestion(name.text, known) or f"make a template with 'operation: {operation}' and this name"
        fix = rename(name, certain(name.text, known))
        findings.add(
            "unknown-collection", f"there is no collection '{name.text}'", name.span, hint=hint, fix=fix
        )
        return
    faults = []
    if collection.operation is not operation:
        hint = f"name a collection with 'operation: {operation}'"
        faults.append((f"is for {collection.operation}, not for {operation}", hint))
    if collection.child_of is not None:
        hint = "name the collection that has it under 'children'"
        faults.append(("is a child collection, which never runs on its own", hint))
    for end, schema in (
        (integration.source, collection.source),
        (integration.destination, collection.destination),
    ):
        if not {end.schema.text, schema.text} <= around.schemas.keys():
            continue  # one that there isn't is told where it is named
        if "any" not in (end.schema.text, schema.text) and end.schema.text != schema.text:
            hint = f"name a collection for {end.schema.text}, or change one of the two lines"
            faults.append((f"is for {schema.text}, and this integration has {end.schema.text}", hint))
    for fault, hint in faults:
        findings.add("unfit-collection", f"'{name.text}' {fault}", name.span, hint=hint)


def _check_match(integration: Integration, around: Surroundings, findings: Findings) -> None:
    schema = around.schemas.get(integration.destination.schema.text)
    if schema is None or schema.type.objects.open:
        return
    for rule in integration.match:
        if isinstance(rule, MatchByField) and rule.field.text not in schema.fields:
            scalars = {Kind.TEXT, Kind.NUMBER, Kind.INTEGER}
            fit = [name for name, field in schema.fields.items() if field.type.kinds & scalars]
            hint = suggestion(rule.field.text, fit)
            message = f"{schema.name} has no field '{rule.field.text}' to match by"
            fix = rename(rule.field, certain(rule.field.text, fit))
            findings.add("unknown-match-field", message, rule.field.span, hint=hint, fix=fix)
