"""What a part of a path gives on values that are no objects, where that is known while compiling.

Most bodies of loops read keys and give null on anything but an object. One test in front of such a body then does
for all its reads.
"""

from __future__ import annotations

from recordmap.compiler.path_values import Known
from recordmap.expression.source_nodes import (
    And,
    Chain,
    Comparator,
    Current,
    Field,
    Index,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    Node,
    Not,
    Or,
    Projection,
    Slice,
)
from recordmap.runtime import paths
from recordmap.runtime.paths import is_true

_NULL = Known(None)
_ORDERS = {"<": paths.less, "<=": paths.less_or_equal, ">": paths.greater, ">=": paths.greater_or_equal}


def outcome_without_object(node: Node) -> Known | None:
    """Return what a node gives on every value that is no object, or None where that depends on the value."""
    return _outcome(node, None)


def outcome_on_null(node: Node) -> Known | None:
    """Return what a node gives on null, or None where that isn't known."""
    return _outcome(node, _NULL)


def _outcome(node: Node, current: Known | None) -> Known | None:
    """Evaluate a node on a known value, or on one of which is known only that it is no object."""
    if current is not None and isinstance(current.value, list | dict):
        return None
    found: Known | None = None
    match node:
        case Current():
            return current
        case Field():
            return _NULL
        case Index() | Slice() | MultiSelectList() | MultiSelectHash():
            return current if current == _NULL else None
        case Literal(value=value):
            return Known(value)
        case Chain(steps=steps):
            for step in steps:
                current = _outcome(step, current)
                if current is None:
                    return None
            return current
        case Projection(base=base):
            found = _outcome(base, current)
            return _NULL if found is not None and not isinstance(found.value, list | dict) else None
        case Comparator():
            return _comparison(node, current)
        case Not(operand=operand):
            found = _outcome(operand, current)
            return Known(not is_true(found.value)) if found is not None else None
        case Or(operands=operands) | And(operands=operands):
            for operand in operands:
                found = _outcome(operand, current)
                if found is None or is_true(found.value) == isinstance(node, Or):
                    return found
            return found
        case _:
            return None


def _comparison(node: Comparator, current: Known | None) -> Known | None:
    left, right = _outcome(node.left, current), _outcome(node.right, current)
    if left is None or right is None:
        return None
    if node.comparison.orders:
        return Known(_ORDERS[node.comparison](left.value, right.value))
    if isinstance(left.value, list | dict) and isinstance(right.value, list | dict):
        return None  # costs steps, so it is left to the run
    return Known(paths.same(left.value, right.value) == (node.comparison == "=="))
