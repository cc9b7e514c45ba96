"""parent-outside-child: `parent` where it is always null."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report formulas that read `parent` in a collection that has none."""
    if collection.child_of is not None:
        return
    for text, field, _ in collection.formulas():
        for read in text.parsed.names:
            if read.name == "parent":
                findings.field = field
                span = text.scalar.at(read.place.offset, read.place.length)
                findings.add(
                    "parent-outside-child",
                    "only a child collection has a 'parent'",
                    span,
                    hint="read from 'record', or add 'child_of' and 'each' to make it a child collection",
                )
    findings.field = None
