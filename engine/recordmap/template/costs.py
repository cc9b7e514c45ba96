"""What the records of child collections cost in steps, for whoever maps them: the plan and the trace count alike."""

from __future__ import annotations

import ast

from recordmap.template.model import Collection

PARTS_PER_STEP = 20
"""Parts of formulas that a child record is put through for one step: as many as an element of a list in a source."""


def steps_of_record(child: Collection) -> int:
    """Return the steps that one record of a child collection costs: for itself, its fields, and their formulas."""
    parts = sum(
        isinstance(node, ast.expr) for text, _, _ in child.formulas() for node in ast.walk(text.parsed.tree)
    )
    return 1 + len(child.fields) + parts // PARTS_PER_STEP
