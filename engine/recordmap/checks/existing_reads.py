"""existing-in-add, previous-in-add: what was before, where nothing was."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Operation

_FINDINGS = {
    "existing": ("existing-in-add", "an Add makes records that aren't there yet"),
    "previous": ("previous-in-add", "an Add maps source records that were never synced"),
}


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report formulas of an Add that read the record, or the source record, before the run: there is none."""
    if collection.operation is not Operation.ADD:
        return
    for text, field, _ in collection.formulas():
        for read in text.parsed.names:
            if read.name in _FINDINGS:
                code, reason = _FINDINGS[read.name]
                findings.field = field
                span = text.scalar.at(read.place.offset, read.place.length)
                findings.add(
                    code,
                    f"'{read.name}' is always nothing here: {reason}",
                    span,
                    hint="read from 'record' instead, or write this in the Update collection",
                )
    findings.field = None
