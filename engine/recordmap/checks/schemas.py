"""unknown-schema, invalid-schema: the record schemas that a template names."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.template.fixes import rename
from recordmap.template.model import Collection, Integration
from recordmap.template.nodes import Scalar


def check_collection(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report schemas of a collection that don't exist or can't be used."""
    for scalar in (collection.source, collection.destination, collection.child_of):
        if scalar is not None:
            _check(scalar, around, findings)


def check_integration(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report schemas of an integration that don't exist or can't be used."""
    for scalar in (integration.source.schema, integration.destination.schema):
        _check(scalar, around, findings)


def _check(scalar: Scalar, around: Surroundings, findings: Findings) -> None:
    name = scalar.text
    if name in around.schemas:
        return
    names = around.schema_names()
    if name in names:
        message = around.schema_faults.get(name, f"'{name}' can't be used")
        hint = f"repair schemas/{name}.schema.json, or tell whoever wrote it"
        findings.add("invalid-schema", message, scalar.span, hint=hint)
        return
    hint = suggestion(name, names) or "write 'any' when there is none yet"
    fix = rename(scalar, certain(name, names))
    findings.add("unknown-schema", f"there is no record schema '{name}'", scalar.span, hint=hint, fix=fix)
