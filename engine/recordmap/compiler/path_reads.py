"""The steps of a path that only look: keys, elements and stretches of lists, each null where there is nothing.

The same step from the same value is read once, for all paths of a function and its formulas.
"""

from __future__ import annotations

import ast

from recordmap.compiler.held import Held
from recordmap.compiler.path_values import (
    LIST,
    NOTHING,
    NULL,
    Test,
    Value,
    all_of,
    expression,
    is_null,
    known,
    local,
    negated,
    type_is,
)
from recordmap.compiler.reads import read_key, type_of_key
from recordmap.compiler.writer import Block, call
from recordmap.expression.source_nodes import Field, Index, Slice
from recordmap.frozen import replace
from recordmap.schema.types import Kind


def read_field(node: Field, block: Block, current: Value) -> Value:
    """Return the value under a key; null where there is none."""
    if current.known is not None:
        return known(current.known.value.get(node.name)) if isinstance(current.known.value, dict) else NOTHING
    is_object = type_is(current, Kind.OBJECT, block.writer)
    if is_object is False:
        return NOTHING
    get: ast.expr = call(ast.Attribute(current.expr, "get", ast.Load()), ast.Constant(node.name))
    if isinstance(current.type, Held):
        is_object = negated(is_null(current))
    if isinstance(current.type, Held) or (block.writer.optimistic and is_object is True):
        get = read_key(current.expr, node.name, current.type, block)
    made = _read(block, current, node.name, _if_else_null(is_object, get), node.name)
    return made if made.known else replace(made, type=type_of_key(current.type, node.name))


def read_element(node: Index, block: Block, current: Value) -> Value:
    """Return an element of a list; null where there is none."""
    position = node.position
    if current.known is not None:
        items = current.known.value
        inside = isinstance(items, list) and -len(items) <= position < len(items)
        return known(items[position]) if inside else NOTHING
    is_list = type_is(current, Kind.LIST, block.writer)
    if is_list is False:
        return NOTHING
    long_enough: ast.expr = current.expr
    if position not in (0, -1):
        needed = position + 1 if position >= 0 else -position
        count = call(block.writer.helper(len), current.expr)
        long_enough = ast.Compare(count, [ast.GtE()], [ast.Constant(needed)])
    item = ast.Subscript(current.expr, ast.Constant(position), ast.Load())
    made = _if_else_null(all_of(is_list, long_enough), item)
    return _read(
        block, current, position, made, "first" if position == 0 else "last" if position == -1 else "element"
    )


def _read(block: Block, current: Value, step: str | int, made: ast.expr, word: str) -> Value:
    """Return a read of one step, made once for all paths that share it."""
    key = (*current.key, step)
    expr = block.once(key, lambda: block.let(made, word))
    return known(expr.value) if isinstance(expr, ast.Constant) else Value(expr, key=key)


def read_slice(node: Slice, block: Block, current: Value) -> Value:
    """Return a stretch of a list; null of anything else."""
    if current.known is not None:
        items = current.known.value
        return known(items[node.start : node.stop : node.step]) if isinstance(items, list) else NOTHING
    is_list = type_is(current, Kind.LIST, block.writer)
    if is_list is False:
        return NOTHING
    bounds = [None if part is None else ast.Constant(part) for part in (node.start, node.stop, node.step)]
    made = ast.Subscript(current.expr, ast.Slice(*bounds), ast.Load())
    return local(block, _if_else_null(is_list, made), "slice", LIST if is_list is True else LIST | NULL)


def _if_else_null(test: Test, made: ast.expr) -> ast.expr:
    return made if test is True else ast.IfExp(expression(test), made, ast.Constant(None))
