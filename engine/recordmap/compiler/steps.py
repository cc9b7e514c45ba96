"""The budgets of a record in generated code: its steps, and its work.

Steps are a local counter that is raised where lists are walked; work is what functions and comparisons go through.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache, partial

from recordmap.compiler.writer import Block, Writer, call, load
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.runtime.budget import MAX_STEPS, too_many_steps
from recordmap.runtime.work import LIGHT

_light = cache(partial(getattr, LIGHT))  # one object for each method, by which the namespace knows it


def spend(block: Block, items: ast.expr, cost: int = 1, *, more: int = 0) -> None:
    """Emit that each of `items` costs so many steps, and `more` for all of them together."""
    count: ast.expr = call(block.writer.helper(len), items)
    if cost != 1:
        count = ast.BinOp(count, ast.Mult(), ast.Constant(cost))
    pay(block, ast.BinOp(count, ast.Add(), ast.Constant(more)) if more else count)


def pay(block: Block, count: ast.expr) -> None:
    """Emit that something costs steps, and the end of the record when they are used up."""
    block.writer.uses_steps = True
    block.emit(ast.AugAssign(ast.Name("steps", ast.Store()), ast.Add(), count))
    over = ast.Compare(load("steps"), [ast.Gt()], [ast.Constant(MAX_STEPS)])
    block.emit(ast.If(over, [ast.Raise(call(block.writer.helper(too_many_steps)))], []))


def counted(block: Block, function: Callable[..., object], hint: str, *arguments: ast.expr) -> ast.Name:
    """Emit a call of a function that counts its own steps, and return a read of its result."""
    block.writer.uses_steps = True
    name = block.writer.fresh(hint)
    targets = ast.Tuple([ast.Name("steps", ast.Store()), ast.Name(name, ast.Store())], ast.Store())
    block.emit(ast.Assign([targets], call(block.writer.helper(function), load("steps"), *arguments)))
    return load(name)


def called(writer: Writer, spec: FunctionSpec, *arguments: ast.expr) -> ast.expr:
    """Return the call of a function, counted where it is slow."""
    function = writer.helper(spec.call, spec.name)
    if spec.slow is None:
        return call(function, *arguments)
    return call(working(writer, spec.slow.value), function, *arguments)


def working(writer: Writer, method: str) -> ast.expr:
    """Return a method of the record's `Work`; the optimistic tier leaves whatever costs anything to the careful one."""
    if writer.optimistic:
        return writer.bind(_light(method), f"LIGHT_{method}".upper())
    writer.uses_work = True
    return ast.Attribute(load("work"), method, ast.Load())
