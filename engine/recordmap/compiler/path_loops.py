"""Projections to loops: one pass over a list, counted once, with what repeats inside its body.

A body that can give nothing on anything but an object (or but on null) stands behind one test of that, and knows
inside what it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Protocol

from recordmap.compiler.path_comprehensions import filled
from recordmap.compiler.path_outcomes import outcome_on_null, outcome_without_object
from recordmap.compiler.path_values import (
    LIST,
    NOTHING,
    NULL,
    OBJECT,
    TEXT,
    Fields,
    Known,
    Test,
    Value,
    any_of,
    exactly,
    expression,
    is_null,
    local,
    negated,
    type_is,
)
from recordmap.compiler.steps import counted, pay, spend
from recordmap.compiler.writer import Block, call, load
from recordmap.expression.source_functions import ANYTHING
from recordmap.expression.source_limits import step_cost
from recordmap.expression.source_nodes import (
    Chain,
    Choice,
    Field,
    FilterProjection,
    Flatten,
    FunctionCall,
    Node,
    ObjectProjection,
    Projection,
)
from recordmap.frozen import replace
from recordmap.runtime.paths import flatten, is_true, refuse_unless_null
from recordmap.schema.types import Kind

_NO_HINT = "picked"


Produce = Callable[[Block, Value], None]
"""Emits what happens with one result of a projection, which is not null."""


class Emitter(Protocol):
    """What emits the nodes inside a loop. `joins_loops` allows loops inside loops where JMESPath has none."""

    joins_loops: bool

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
            return word if (word := hint(each)) != _NO_HINT else hint(base)
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
    result = block.writer.fresh(hint(node))
    of_texts = True
    fields: set[Fields | None] = set()

    def keep(where: Block, value: Value) -> None:
        nonlocal of_texts
        of_texts = of_texts and where.writer.optimistic and value.kinds == TEXT
        fields.add(value.fields)
        _append(result, where, value)

    fits = _emit_source(node, block, current, emitter, result, keep)
    if fits is False:
        return NOTHING
    kinds = LIST if fits is True else LIST | NULL
    of_objects = fields.pop() if len(fields) == 1 else None
    return Value(load(result), kinds, ("local", result), of_texts=of_texts, of_objects=of_objects)


def _emit_source(
    node: Projection, block: Block, current: Value, emitter: Emitter, result: str, produce: Produce
) -> Test:
    """Emit everything around the body of a projection's loop, and return the test whether there is a loop at all.

    `produce` emits what happens with each result. A projection over the opened results of another one needs no list
    in between: its loop stands inside the other's.
    """
    base = node.base
    if isinstance(base, Flatten) and isinstance(base.base, Projection) and emitter.joins_loops:
        opened = partial(_emit_opened, node, emitter, produce)
        return _emit_source(base.base, block, current, emitter, result, opened)
    over = Kind.OBJECT if isinstance(node, ObjectProjection) else Kind.LIST
    value = emitter.value(base, block, current)
    fits = type_is(value, over, block.writer)
    if fits is False:
        return False
    if value.known is not None:
        value = local(block, value.expr, "items", value.kinds)
    inner = block
    if fits is not True:
        block.assign(result, ast.Constant(None))
        inner = block.nested()
    items = value.expr
    spend(inner, items, _cost(node))
    if over is Kind.OBJECT:
        items = call(ast.Attribute(items, "values", ast.Load()))
    body = inner.nested()
    item = replace(_item(block), type=value.type.lists.each)
    _emit_body(node, body, item, emitter, produce)
    _emit_loop(result, item, items, body, inner)
    if isinstance(fits, ast.expr):
        block.emit(ast.If(fits, inner.body, []))
    return fits


def _emit_opened(node: Projection, emitter: Emitter, produce: Produce, block: Block, value: Value) -> None:
    """Emit a projection's body for a value, or for each of its elements where it is a list.

    What is counted is what `recordmap.runtime.paths.flatten` and a loop over its result would count.
    """
    cost = 1 + _cost(node)
    is_list = type_is(value, Kind.LIST, block.writer)
    if is_list is False:
        pay(block, ast.Constant(1 + cost))
        _emit_body(node, block, value, emitter, produce)
        return
    items = value.expr
    if is_list is not True:
        alone = ast.Tuple([value.expr], ast.Load())
        items = block.let(ast.IfExp(expression(is_list), value.expr, alone), "items")
    spend(block, items, cost, more=1)
    body = block.nested()
    item = _item(block)
    _emit_body(node, body, item, emitter, produce)
    if body.body:
        block.emit(_for(item, items, body))


def _cost(node: Projection) -> int:
    return (
        step_cost(node.each, node.condition) if isinstance(node, FilterProjection) else step_cost(node.each)
    )


def emit_each(each: Node, items: ast.expr, block: Block, emitter: Emitter) -> ast.Name:
    """Emit a loop that keeps the result of every element, nulls too."""
    spend(block, items, step_cost(each))
    result = block.writer.fresh(hint(each))
    body = block.nested()
    item = _item(block)
    _append(result, body, emitter.value(each, body, item))
    _emit_loop(result, item, items, body, block)
    return load(result)


def _item(block: Block) -> Value:
    name = block.writer.fresh("item")
    return Value(load(name), key=("local", name))


def _emit_body(node: Projection, block: Block, item: Value, emitter: Emitter, produce: Produce) -> None:
    """Emit what is done with one element."""
    guard, current = _guard(node, item, block)
    inner = block if guard is True else block.nested()

    def keep(where: Block) -> None:
        value = emitter.value(node.each, where, current)
        there = negated(is_null(value))
        if there is False:
            return
        if there is not True and where.writer.optimistic and value.type.kinds - NULL == TEXT:
            # A text of no class of its own, or null: whatever else it is raises, and so falls back.
            other = call(where.writer.helper(refuse_unless_null), value.expr)
            there, value = any_of(exactly(value, str, where.writer), other), value.narrowed(TEXT)
        kept = where if there is True else where.nested()
        produce(kept, value.narrowed(ANYTHING - NULL))
        if kept is not where and kept.body:
            where.emit(ast.If(expression(there), kept.body, []))

    if isinstance(node, FilterProjection):
        emitter.when(node.condition, inner, current, keep)
    else:
        keep(inner)
    if inner is not block and inner.body:
        block.emit(ast.If(expression(guard), inner.body, []))


def _guard(node: Projection, item: Value, block: Block) -> tuple[Test, Value]:
    """Return the test that lets an element into the body, and what is known of those let in."""
    if _gives_nothing(node, outcome_without_object):
        if block.writer.optimistic:
            return True, item.narrowed(OBJECT)
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


def _emit_loop(result: str, item: Value, items: ast.expr, body: Block, block: Block) -> None:
    """Emit the loop that fills the list `result`."""
    loop = _for(item, items, body)
    made = filled(result, loop)
    block.assign(result, made or ast.List([], ast.Load()))
    if made is None and body.body:
        block.emit(loop)


def _append(result: str, block: Block, value: Value) -> None:
    append = ast.Attribute(load(result), "append", ast.Load())
    block.emit(ast.Expr(call(append, value.expr)))


def _for(item: Value, items: ast.expr, body: Block) -> ast.For:
    name = item.expr.id if isinstance(item.expr, ast.Name) else "item"
    return ast.For(ast.Name(name, ast.Store()), items, body.body, [])
