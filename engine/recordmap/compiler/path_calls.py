"""Calls of JMESPath's functions: calls of `recordmap.runtime.path_functions`, or what says the same in place."""

from __future__ import annotations

import ast

from recordmap.compiler.path_loops import Emitter, emit_each
from recordmap.compiler.path_values import (
    CONTAINERS,
    LIST,
    Value,
    expression,
    is_null,
    local,
    negated,
    shared,
    type_is,
)
from recordmap.compiler.steps import counted
from recordmap.compiler.writer import Block, call
from recordmap.expression.source_functions import SIGNATURES
from recordmap.expression.source_nodes import ExpressionReference, FunctionCall
from recordmap.runtime.path_functions import FUNCTIONS
from recordmap.runtime.paths import elements_of
from recordmap.schema.types import Kind

_FEW = 5
"""Arguments up to which the first that is not null is picked in place."""


def emit_call(node: FunctionCall, block: Block, current: Value, emitter: Emitter) -> Value:
    """Emit a call. Arguments are evaluated in order, all of them."""
    if any(isinstance(argument, ExpressionReference) for argument in node.arguments):
        return _with_reference(node, block, current, emitter)
    arguments = [emitter.value(argument, block, current) for argument in node.arguments]
    if node.name == "not_null" and len(arguments) <= _FEW:
        return _first_not_null(arguments, block)
    if node.name == "to_array":
        return _as_list(arguments[0], block)
    if SIGNATURES[node.name].returns & CONTAINERS:
        return _called(node.name, block, *(argument.expr for argument in arguments))
    return _called(node.name, block, *(shared(argument, block) for argument in arguments))


def _called(name: str, block: Block, *arguments: ast.expr) -> Value:
    function, kinds = FUNCTIONS[name], SIGNATURES[name].returns
    if function.counted:
        result = counted(block, function.call, name, *arguments)
        return Value(result, kinds, ("local", result.id))
    return local(block, call(block.writer.helper(function.call), *arguments), name, kinds)


def _with_reference(node: FunctionCall, block: Block, current: Value, emitter: Emitter) -> Value:
    """Emit the loop of an expression reference, and the function that reads its results."""
    references = [
        argument.expression for argument in node.arguments if isinstance(argument, ExpressionReference)
    ]
    lists = [argument for argument in node.arguments if not isinstance(argument, ExpressionReference)]
    items = emitter.value(lists[0], block, current)
    elements = block.let(items.expr, "items")
    if items.kinds != LIST:
        checked = call(block.writer.helper(elements_of), ast.Constant(node.name), elements)
        elements = local(block, checked, "items", LIST).expr
    results = emit_each(references[0], elements, block, emitter)
    if node.name == "map":
        return Value(results, LIST, ("local", results.id))
    return _called(node.name, block, elements, results)


def _first_not_null(arguments: list[Value], block: Block) -> Value:
    *others, last = arguments
    made, kinds = last.expr, last.kinds
    for argument in reversed(others):
        null = is_null(argument)
        if null is True:
            continue
        if null is False:
            made, kinds = argument.expr, argument.kinds
        else:
            made = ast.IfExp(expression(negated(null)), argument.expr, made)
            kinds |= argument.kinds
    return local(block, made, "not_null", kinds)


def _as_list(argument: Value, block: Block) -> Value:
    is_list = type_is(argument, Kind.LIST, block.writer)
    if is_list is True:
        return argument
    wrapped = ast.List([argument.expr], ast.Load())
    made = wrapped if is_list is False else ast.IfExp(expression(is_list), argument.expr, wrapped)
    return local(block, made, "list", LIST)
