"""Where a path ends: which key is missing, or what stands where an object should be. In words, without values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recordmap.expression.source import source_path
from recordmap.expression.source_nodes import Chain, Field, Node
from recordmap.runtime.operators import kind
from recordmap.runtime.values import is_blank


def gap(value: Any, keys: Sequence[str], root: str | None = None) -> str | None:
    """Return why nothing is found under `keys` of a value, or None where something is.

    `root` is what the value itself is called; None for the record that a source reads.
    """
    walked = [root] if root else []
    for key in keys:
        place = f"`{source_path(walked)}`" if walked else "the record"
        if value is None:
            return f"{place} is null"
        if not isinstance(value, dict):
            return f"{place} is {kind(value)}, which has no `{key}`"
        if key not in value:
            return f"{place} has no `{key}`"
        value = value[key]
        walked.append(key)
    return f"`{source_path(walked)}` is {_emptiness(value)}" if is_blank(value) and walked else None


def gap_of_source(tree: Node, record: Any) -> str | None:
    """Return why a source of nothing but keys finds nothing in a record; None where it does, or is more than keys."""
    steps = tree.steps if isinstance(tree, Chain) else (tree,)
    keys = [step.name for step in steps if isinstance(step, Field)]
    return gap(record, keys) if len(keys) == len(steps) else None


def _emptiness(value: Any) -> str:
    return "null" if value is None else "text of blanks only" if value else "empty text"
