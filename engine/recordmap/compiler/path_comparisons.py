"""Comparisons in paths: written out where one side is known, calls into `recordmap.runtime.paths` elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from recordmap.compiler.path_values import (
    CONTAINERS,
    NUMBER,
    TEXT,
    Test,
    Value,
    negated,
    shared,
    type_is,
)
from recordmap.compiler.steps import counted
from recordmap.compiler.writer import Block, call
from recordmap.expression.source_nodes import Comparison
from recordmap.frozen import Frozen
from recordmap.runtime import paths
from recordmap.schema.types import Kind

_ORDERS: Mapping[Comparison, tuple[type[ast.cmpop], Callable[..., object]]] = {
    Comparison.LESS: (ast.Lt, paths.less),
    Comparison.LESS_OR_EQUAL: (ast.LtE, paths.less_or_equal),
    Comparison.GREATER: (ast.Gt, paths.greater),
    Comparison.GREATER_OR_EQUAL: (ast.GtE, paths.greater_or_equal),
}


class Compared(Frozen):
    """The outcome of a comparison: null unless `possible`, else `holds`.

    With `nullable`, `holds` itself gives null where there is no order.
    """

    holds: Test
    possible: Test = True
    nullable: bool = False


def compare(comparison: Comparison, left: Value, right: Value, block: Block) -> Compared:
    """Return the outcome of a comparison; a comparison of lists or objects is emitted into `block`."""
    if comparison.orders:
        return _order(comparison, left, right, block)
    test = _equality(left, right, block)
    return Compared(negated(test) if comparison is Comparison.NOT_EQUAL else test)


def _order(comparison: Comparison, left: Value, right: Value, block: Block) -> Compared:
    operator, function = _ORDERS[comparison]
    if left.known is not None and right.known is not None:
        outcome = function(left.known.value, right.known.value)
        return Compared(holds=bool(outcome), possible=outcome is not None)
    for kind in (Kind.NUMBER, Kind.TEXT):
        if kind not in left.kinds or kind not in right.kinds:
            continue
        if left.kinds == {kind}:
            return Compared(_python(left, operator(), right), type_is(right, kind, block.writer))
        if right.kinds == {kind}:
            return Compared(_python(left, operator(), right), type_is(left, kind, block.writer))
    common = left.kinds & right.kinds
    if not common & (NUMBER | TEXT):
        return Compared(holds=False, possible=False)
    name = f"is_{comparison.name.lower()}"
    return Compared(call(block.writer.helper(function, name), left.expr, right.expr), nullable=True)


def _python(left: Value, operator: ast.cmpop, right: Value) -> Test:
    return ast.Compare(left.expr, [operator], [right.expr])


def _equality(left: Value, right: Value, block: Block) -> Test:
    if left.known is not None and right.known is None:
        left, right = right, left
    if not left.kinds & right.kinds:
        return False
    if right.known is not None:
        value = right.known.value
        if isinstance(value, list | dict) and value:
            return _deep(left, right, block)
        if left.known is not None:
            return paths.same(left.known.value, value)
        return _equals_known(left, value, right)
    if left.kinds & CONTAINERS and right.kinds & CONTAINERS:
        return _deep(left, right, block)
    return call(block.writer.helper(paths.same), left.expr, right.expr)


def _deep(left: Value, right: Value, block: Block) -> ast.expr:
    return counted(block, paths.equal, "same", shared(left, block), shared(right, block))


def _equals_known(left: Value, value: object, right: Value) -> Test:
    """Python's `==` is JSON's here, but for 0 and 1, which Python holds equal to false and true."""
    if value is None or isinstance(value, bool):
        return ast.Compare(left.expr, [ast.Is()], [ast.Constant(value)])
    equals = ast.Compare(left.expr, [ast.Eq()], [right.expr])
    if isinstance(value, int | float) and value in (0, 1) and Kind.BOOLEAN in left.kinds:
        no_boolean = ast.Compare(left.expr, [ast.IsNot()], [ast.Constant(value == 1)])
        return ast.BoolOp(ast.And(), [equals, no_boolean])
    return equals
