"""What can be said about the cost of a source before it runs.

A source has no loops but those over lists, so its cost is bounded by what is written. Three figures are worked out
here, once, and both ways to run a source read them: how deep lists are walked inside lists, how often a result may
hold one and the same part, and what one element costs.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordmap.expression.caps import ExpressionError
from recordmap.expression.source_nodes import (
    Chain,
    Choice,
    Comparator,
    Current,
    Entry,
    ExpressionReference,
    Field,
    FunctionCall,
    Index,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    Node,
    Not,
    Projection,
    walk,
)
from recordmap.schema.types import Kind

MAX_LOOPS = 8
"""Lists walked inside lists. Python nests at most 20 blocks in a function, and a plan has some of its own."""
MAX_COPIES = 10_000
"""Written-out copies of one part in a result: no value has more entries than that."""
FREE_COPIES = 4
"""Copies up to which a result isn't measured: it can't be much larger than the record it was made from."""
NODES_PER_STEP = 20
"""Nodes that one element may be put through for one step of the budget."""

_SAFE = (Field, Index, Chain, Current, Literal, Choice, Not, MultiSelectList, MultiSelectHash, Entry)


def check_limits(tree: Node) -> None:
    """Check a tree against the limits that need no record.

    Raises:
        ExpressionError: lists are walked too deep inside lists, or the result would repeat a part too often.
    """
    if loops(tree) > MAX_LOOPS:
        message = f"lists inside lists, more than {MAX_LOOPS} levels deep"
        raise ExpressionError("expression-too-long", message, tree.offset, tree.length)
    if copies(tree) > MAX_COPIES:
        message = f"the result would hold more than {MAX_COPIES:,} copies of what it picks"
        raise ExpressionError("expression-too-long", message, tree.offset, tree.length)


def loops(node: Node) -> int:
    """Return how many loops stand inside each other."""
    inside = max((loops(child) for child in node.children if not _repeats(node, child)), default=0)
    repeated = max((1 + loops(child) for child in node.children if _repeats(node, child)), default=0)
    return max(inside, repeated)


def _repeats(node: Node, child: Node) -> bool:
    """Whether a child is evaluated once for each element."""
    return isinstance(node, ExpressionReference) or (isinstance(node, Projection) and child is not node.base)


def step_cost(*bodies: Node) -> int:
    """Return the steps that one element costs: 1, and more for very long bodies of a loop."""
    return 1 + sum(_weight(node) for body in bodies for node in walk(body)) // NODES_PER_STEP


def _weight(node: Node) -> int:
    if isinstance(node, Literal) and isinstance(node.value, list | dict):
        # It is made anew each time, entry by entry, and a comma stands between any two entries.
        return 1 + node.json.count(",")
    return 1


def copies(node: Node) -> int:
    """Return how often a part of the current value can stand in the result, at most, written out.

    Constants and scalar results count as no part of it, but whatever repeats them is counted.
    """
    match node:
        case Literal() | Comparator() | Not():
            return 0
        case Chain(steps=steps):
            return _product(*map(copies, steps))
        case Projection(base=base, each=each):
            return _product(copies(base), copies(each))
        case Choice(operands=operands):
            return max(map(copies, operands))
        case MultiSelectList(items=items):
            return _together(items)
        case MultiSelectHash(entries=entries):
            return _together(entry.value for entry in entries)
        case FunctionCall():
            return _call(node)
        case _:
            return max(map(copies, node.children), default=1)


def _product(*factors: int) -> int:
    product = 1
    for factor in factors:
        product = min(product * max(factor, 1), MAX_COPIES + 1)
    return product


def _call(call: FunctionCall) -> int:
    from recordmap.expression.source_functions import SIGNATURES  # noqa: PLC0415 - most sources call none

    if not SIGNATURES[call.name].returns & {Kind.LIST, Kind.OBJECT}:
        return 0
    references = [one.expression for one in call.arguments if isinstance(one, ExpressionReference)]
    values = [one for one in call.arguments if not isinstance(one, ExpressionReference)]
    return _product(min(sum(map(copies, values)), MAX_COPIES + 1), *map(copies, references))


def _together(parts: Iterable[Node]) -> int:
    """Parts under different keys of the current value are different parts; everything else may be the same."""
    keyed: dict[str, int] = {}
    others = 0
    for part in parts:
        first = part.steps[0] if isinstance(part, Chain) else part
        if isinstance(first, Field):
            keyed[first.name] = keyed.get(first.name, 0) + copies(part)
        else:
            others += copies(part)
    return min(others + max(keyed.values(), default=0), MAX_COPIES + 1)


def cannot_fail(tree: Node) -> bool:
    """Whether no record whatsoever makes this source fail or cost steps."""
    return copies(tree) <= FREE_COPIES and all(_is_safe(node) for node in walk(tree))


def _is_safe(node: Node) -> bool:
    if isinstance(node, Comparator):
        sides = (node.left, node.right)
        scalar = any(isinstance(side, Literal) and not isinstance(side.value, list | dict) for side in sides)
        return scalar or node.comparison.orders
    return isinstance(node, _SAFE)
