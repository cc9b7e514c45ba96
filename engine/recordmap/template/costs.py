"""What the records of child collections cost in steps, for whoever maps them: the plan and the trace count alike."""

from __future__ import annotations

import ast

from recordmap.expression.source_limits import NODES_PER_STEP
from recordmap.template.model import Collection


def steps_of_record(child: Collection) -> int:
    """Return the steps that one record of a child collection costs: for itself, its fields, and their formulas.

    These cost as much as a source does that an element of a list is put through.
    """
    parts = sum(
        isinstance(node, ast.expr) for text, _, _ in child.formulas() for node in ast.walk(text.parsed.tree)
    )
    return 1 + len(child.fields) + parts // NODES_PER_STEP
