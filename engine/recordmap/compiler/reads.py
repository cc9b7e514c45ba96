"""Reading keys of records, null-safe: a missing key, or a step through something that is no object, gives null."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from functools import partial

from recordmap.compiler.writer import Block, call


def read_keys(block: Block, base: ast.expr, base_key: Hashable, keys: tuple[str, ...]) -> ast.expr:
    """Return an expression for `base` under `keys`; every prefix is read once where it is known already.

    `base_key` tells bases apart: the same key and the same steps are the same value.
    """
    value = base
    for count, key in enumerate(keys, start=1):
        value = block.once((base_key, *keys[:count]), partial(_step, block, value, key))
    return value


def _step(block: Block, value: ast.expr, key: str) -> ast.expr:
    if isinstance(value, ast.Constant):
        return ast.Constant(None)
    helper = block.writer.helper
    get = call(ast.Attribute(value, "get", ast.Load()), ast.Constant(key))
    is_object = call(helper(isinstance), value, helper(dict))
    return block.let(ast.IfExp(is_object, get, ast.Constant(None)), key)
