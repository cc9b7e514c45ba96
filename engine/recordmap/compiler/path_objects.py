"""New objects of a path, with each value proven while it is put there: nobody has to look at them one by one again.

Only the optimistic tier does that, where a schema says what a value is. Whatever it is else raises, and so falls back.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence

from recordmap.compiler.formula_values import MAX_NUMBER
from recordmap.compiler.path_values import (
    BOOLEAN,
    NULL,
    TEXT,
    Fields,
    Test,
    Value,
    any_of,
    exactly,
    expression,
)
from recordmap.compiler.writer import Block, Writer, call
from recordmap.expression.source_nodes import Comparator, Entry, Node
from recordmap.runtime.paths import refuse_unless_null
from recordmap.runtime.values import examine_text
from recordmap.schema.types import Kind

_MAX_KEYS = 20
_MAX_KEY = 100
_NUMBERS = frozenset({Kind.NUMBER, Kind.INTEGER})


def prove(
    entries: Sequence[Entry], made: Sequence[Value], block: Block
) -> tuple[list[ast.expr], Fields] | None:
    """Return the values of a new object, each proven, and what is known of the object then; None where it can't be."""
    keys = {entry.key for entry in entries}
    usual = all(len(key) <= _MAX_KEY and examine_text(key, _MAX_KEY) is None for key in keys)
    if not block.writer.optimistic or not usual or len(keys) > _MAX_KEYS:
        return None
    exprs: list[ast.expr] = []
    texts: dict[str, None] = {}
    for entry, value in zip(entries, made, strict=True):
        proven = _proven(value, block)
        if proven is None:
            return None
        exprs.append(proven)
        if value.type.kinds - NULL == TEXT:
            texts[entry.key] = None
    return exprs, Fields(tuple(texts), sum(map(len, keys)))


def _proven(value: Value, block: Block) -> ast.expr | None:
    name, kinds, writer = value.expr, value.type.kinds - NULL, block.writer
    if not isinstance(name, ast.Name) or not kinds:
        return None
    if kinds == TEXT:
        usual = exactly(value, str, writer)
    elif kinds == BOOLEAN:
        usual = exactly(value, bool, writer)
    elif kinds <= _NUMBERS:
        small = ast.Compare(
            ast.Constant(-MAX_NUMBER), [ast.LtE(), ast.LtE()], [name, ast.Constant(MAX_NUMBER)]
        )
        known = block.knows(is_number(name))
        usual = small if known else ast.BoolOp(ast.And(), [_is_number(value, writer), small])
    else:
        return None
    null = ast.BoolOp(ast.Or(), [call(writer.helper(refuse_unless_null), name), ast.Constant(None)])
    return ast.IfExp(usual, name, null)


def _is_number(value: Value, writer: Writer) -> ast.expr:
    tests: list[Test] = [exactly(value, kind, writer) for kind in (int, float)]
    return expression(any_of(*tests))


def is_number(name: ast.Name) -> Hashable:
    """Return the fact that a local is a number."""
    return ("number", name.id)


def compared_with_number(node: Node) -> Node | None:
    """Return what a condition compares with a number by order: where it is true, that is a number too."""
    if not isinstance(node, Comparator) or not node.comparison.orders:
        return None
    return next(
        (one for one, other in ((node.left, node.right), (node.right, node.left)) if _is_written(other)), None
    )


def _is_written(node: Node) -> bool:
    value = getattr(node, "value", None)
    return type(value) in (int, float)
