"""Projections to loops: one pass over a list, counted once, with what repeats inside its body.

A body that can give nothing on anything but an object (or but on null) stands behind one test of that, and knows
inside what it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from recordmap.compiler.path_outcomes import outcome_on_null, outcome_without_object
from recordmap.compiler.path_values import (
    LIST,
    NOTHING,
    NULL,
    OBJECT,
    Known,
    Test,
    Value,
    expression,
    is_null,
    local,
    negated,
    type_is,
)
from recordmap.compiler.steps import counted, spend
from recordmap.compiler.writer import Block, call, load
from recordmap.expression.source_functions import ANYTHING
from recordmap.expression.source_limits import step_cost
from recordmap.expression.source_nodes import (
    Chain,
    Choice,
    Current,
    Field,
    FilterProjection,
    Flatten,
    FunctionCall,
    Node,
    ObjectProjection,
    Projection,
)
from recordmap.runtime.paths import flatten, is_true
from recordmap.schema.types import Kind


_NO_HINT = "picked"


class Emitter(Protocol):
    """What emits the nodes inside a loop."""

    def value(self, node: Node, block: Block, current: Value) -> Value:
        """Emit a node that is evaluated on `current`."""
        ...

    def when(self, node: Node, block: Block, current: Value, then: Callable[[Block], None]) -> None:
        """Emit what happens when a node is true."""
        ...


def hint(node: Node) -> str:
    """Return a name for a node's result: the key or function that it comes from, as far as that is plain to see."""
    match node:
        case Field(name=name) | FunctionCall(name=name):
            return name
        case Projection(base=base, each=each):
            return hint(each) if hint(each) != _NO_HINT else hint(base)
        case Chain(steps=steps):
            return next((word for step in reversed(steps) if (word := hint(step)) != _NO_HINT), _NO_HINT)
        case Choice(operands=(first, *_)):
            return hint(first)
        case Flatten(base=base):
            return hint(base)
        case _:
            return _NO_HINT


def emit_flatten(base: Value, block: Block) -> Value:
    """Emit a list with its inner lists opened."""
    if Kind.LIST not in base.kinds:
        return NOTHING
    name = counted(block, flatten, "flat", base.expr)
    return Value(name, LIST if base.kinds == LIST else LIST | NULL, ("local", name.id))


def emit_projection(node: Projection, block: Block, current: Value, emitter: Emitter) -> Value:
    """Emit a loop over the list (or the values of the object) that a projection stands on."""
    over = Kind.OBJECT if isinstance(node, ObjectProjection) else Kind.LIST
    base = emitter.value(node.base, block, current)
    fits = type_is(base, over, block.writer)
    if fits is False:
        return NOTHING
    if base.known is not None:
        base = local(block, base.expr, "items", base.kinds)
    result = block.writer.fresh(hint(node))
    inner = block
    if fits is not True:
        block.assign(result, ast.Constant(None))
        inner = block.nested()
    items = base.expr
    bodies = (node.each, node.condition) if isinstance(node, FilterProjection) else (node.each,)
    spend(inner, items, step_cost(*bodies))
    if over is Kind.OBJECT:
        items = call(ast.Attribute(items, "values", ast.Load()))
    if type(node) is not FilterProjection and isinstance(node.each, Current):
        inner.assign(result, _without_nulls(items, block))
    else:
        inner.assign(result, ast.List([], ast.Load()))
        _emit_loop(node, items, result, inner, emitter)
    if isinstance(fits, ast.expr):
        block.emit(ast.If(fits, inner.body, []))
    return Value(load(result), LIST if fits is True else LIST | NULL, ("local", result))


def emit_each(each: Node, items: ast.expr, block: Block, emitter: Emitter) -> ast.Name:
    """Emit a loop that keeps the result of every element, nulls too."""
    spend(block, items, step_cost(each))
    result = block.writer.fresh(hint(each))
    block.assign(result, ast.List([], ast.Load()))
    body = block.nested()
    item = _item(block)
    _append(emitter.value(each, body, item), result, body)
    block.emit(_for(item, items, body))
    return load(result)


def _item(block: Block) -> Value:
    name = block.writer.fresh("item")
    return Value(load(name), key=("local", name))


def _emit_loop(node: Projection, items: ast.expr, result: str, block: Block, emitter: Emitter) -> None:
    body = block.nested()
    item = _item(block)
    guard, current = _guard(node, item, block)
    inner = body if guard is True else body.nested()

    def keep(where: Block) -> None:
        value = emitter.value(node.each, where, current)
        null = is_null(value)
        if null is True:
            return
        kept = where if null is False else where.nested()
        _append(value, result, kept)
        if kept is not where:
            where.emit(ast.If(expression(negated(null)), kept.body, []))

    if isinstance(node, FilterProjection):
        emitter.when(node.condition, inner, current, keep)
    else:
        keep(inner)
    if inner is not body and inner.body:
        body.emit(ast.If(expression(guard), inner.body, []))
    if body.body:
        block.emit(_for(item, items, body))


def _guard(node: Projection, item: Value, block: Block) -> tuple[Test, Value]:
    """Return the test that lets an element into the body, and what is known of those let in."""
    if _gives_nothing(node, outcome_without_object):
        return type_is(item, Kind.OBJECT, block.writer), item.narrowed(OBJECT)
    if _gives_nothing(node, outcome_on_null):
        return negated(is_null(item)), item.narrowed(ANYTHING - NULL)
    return True, item


def _gives_nothing(node: Projection, outcome: Callable[[Node], Known | None]) -> bool:
    if isinstance(node, FilterProjection):
        passed = outcome(node.condition)
        if passed is not None and not is_true(passed.value):
            return True
        if passed is None:
            return False  # the condition may fail, or cost steps, before anything is picked
    return outcome(node.each) == Known(None)


def _append(value: Value, result: str, block: Block) -> None:
    append = ast.Attribute(load(result), "append", ast.Load())
    block.emit(ast.Expr(call(append, value.expr)))


def _for(item: Value, items: ast.expr, body: Block) -> ast.For:
    name = item.expr.id if isinstance(item.expr, ast.Name) else "item"
    return ast.For(ast.Name(name, ast.Store()), items, body.body, [])


def _without_nulls(items: ast.expr, block: Block) -> ast.expr:
    name = block.writer.fresh("item")
    not_null = ast.Compare(load(name), [ast.IsNot()], [ast.Constant(None)])
    generator = ast.comprehension(ast.Name(name, ast.Store()), items, [not_null], 0)
    return ast.ListComp(load(name), [generator])
