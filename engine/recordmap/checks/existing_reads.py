"""existing-in-add: `existing` where it is always null."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings, formulas
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Operation


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report formulas of an Add that read the record before the run: there is none."""
    if collection.operation is not Operation.ADD:
        return
    for text, field, _ in formulas(collection):
        for read in text.parsed.names:
            if read.name == "existing":
                findings.field = field
                span = text.scalar.at(read.place.offset, read.place.length)
                findings.add(
                    "existing-in-add",
                    "'existing' is always nothing here: an Add makes records that aren't there yet",
                    span,
                    hint="read from 'record' instead, or write this in the Update collection",
                )
    findings.field = None
