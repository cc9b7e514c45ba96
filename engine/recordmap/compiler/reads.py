"""Reading keys of records, null-safe: a missing key, or a step through something that is no object, gives null."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from functools import partial

from recordmap.compiler.writer import Block, call


def read_keys(
    block: Block, base: ast.expr, base_key: Hashable, keys: tuple[str, ...], *, known: bool = False
) -> ast.expr:
    """Return an expression for `base` under `keys`; every prefix is read once where it is known already.

    `base_key` tells bases apart: the same key and the same steps are the same value. `known` promises that the base
    is an object.
    """
    value = base
    for count, key in enumerate(keys, start=1):
        value = block.once((base_key, *keys[:count]), partial(_step, block, value, key, known and count == 1))
    return value


def _step(block: Block, value: ast.expr, key: str, known: bool) -> ast.expr:  # noqa: FBT001 - bound in one place
    if isinstance(value, ast.Constant):
        return ast.Constant(None)
    helper = block.writer.helper
    get = call(ast.Attribute(value, "get", ast.Load()), ast.Constant(key))
    if block.writer.optimistic and known:
        return block.let(get, key)
    is_object: ast.expr = call(helper(isinstance), value, helper(dict))
    if block.writer.optimistic:
        # Null gives null; anything else that is no object has no `get`, raises, and so falls back.
        is_object = ast.Compare(value, [ast.IsNot()], [ast.Constant(None)])
    return block.let(ast.IfExp(is_object, get, ast.Constant(None)), key)
