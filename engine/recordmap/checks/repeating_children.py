"""repeating-children: child records that an Update adds again each time."""

from __future__ import annotations

from recordmap.checks.idle_policies import is_inside
from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Duplicates, OnChange, Operation


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report child collections of an Update that add what is there already."""
    if (
        collection.child_of is not None
        and collection.operation is Operation.UPDATE
        and collection.duplicates is Duplicates.ALLOW
        and collection.on_change is OnChange.ADD
        and not is_inside(collection, around)
    ):
        findings.add(
            "repeating-children",
            "each update adds these records again, also those that are there already",
            collection.name.span,
            hint="add the line 'duplicates: skip', or 'on_change: replace'",
        )
