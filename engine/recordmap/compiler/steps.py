"""The step budget in generated code: a local counter, raised where lists are walked."""

from __future__ import annotations

import ast
from collections.abc import Callable

from recordmap.compiler.writer import Block, call, load
from recordmap.runtime.budget import MAX_STEPS, too_many_steps


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
