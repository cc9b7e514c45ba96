"""Reading keys of records, null-safe: a missing key, or a step through something that is no object, gives null.

What is read of the settings is the same for every record, so it is read while the function is written.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Hashable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from recordmap.compiler.held import Held
from recordmap.compiler.writer import Block, call, is_not_none
from recordmap.expression.functions.limits import INTEGER_BOUND
from recordmap.frozen import replace
from recordmap.schema.types import ANY, Kind, Type


class Settled(Type):
    """What is known of an object that is there already: all of it."""

    value: Mapping[str, Any] = MappingProxyType({})


def settled(value: Mapping[str, Any]) -> Settled:
    """Return what is known of an object that no record changes."""
    return Settled(ANY.kinds, value=value)


def read_keys(
    block: Block, base: ast.expr, base_key: Hashable, keys: tuple[str, ...], type_: Type = ANY
) -> ast.expr:
    """Return an expression for `base` under `keys`; every prefix is read once where it is known already.

    `base_key` tells bases apart: the same key and the same steps are the same value. `type_` is what the schema says
    of the base; only the optimistic tier believes it, because it falls back when it was wrong.
    """
    value = base
    for count, key in enumerate(keys, start=1):
        value = block.once((base_key, *keys[:count]), partial(_step, block, value, key, type_))
        type_ = type_of_key(type_, key)
    return value


def type_under(type_: Type, keys: tuple[str, ...]) -> Type:
    """Return what a schema says of the value under `keys`."""
    for key in keys:
        type_ = type_of_key(type_, key)
    return type_


def type_of_key(type_: Type, key: str) -> Type:
    """Return what is known of one key: null too, unless the schema promises the key and the object around it."""
    if isinstance(type_, Settled):
        below = type_.value.get(key)
        return settled(below) if isinstance(below, dict) else ANY
    inner = type_.objects.properties.get(key, ANY)
    promised = key in type_.objects.required and type_.kinds == {Kind.OBJECT}
    return inner if promised else replace(inner, kinds=inner.kinds | {Kind.NULL})


def read_key(value: ast.expr, key: str, type_: Type, block: Block) -> ast.expr:
    """Return the read of one key where there is an object; whatever isn't one raises, and so falls back."""
    if isinstance(type_, Held):
        return ast.Attribute(value, type_.attributes[key], ast.Load())
    # The function of dict itself, because others have a `get` too.
    return call(block.writer.helper(dict.get, "get"), value, ast.Constant(key))


def _step(block: Block, value: ast.expr, key: str, type_: Type) -> ast.expr:
    if isinstance(value, ast.Constant):
        return ast.Constant(None)
    if isinstance(type_, Settled):
        return _written(type_.value.get(key), block)
    helper = block.writer.helper
    if not block.writer.optimistic:
        is_object: ast.expr = call(helper(isinstance), value, helper(dict))
        get = ast.Attribute(value, "get", ast.Load())
        return block.let(ast.IfExp(is_object, call(get, ast.Constant(key)), ast.Constant(None)), key)
    read = read_key(value, key, type_, block)
    if type_.kinds == {Kind.OBJECT}:
        return block.let(read, key)
    return block.let(ast.IfExp(is_not_none(value), read, ast.Constant(None)), key)


def _written(value: Any, block: Block) -> ast.expr:
    """Return a value that is known: in place where it is like one that a formula can hold, by a name where it isn't."""
    match value:
        case None | str():
            return ast.Constant(value)
        case int() if abs(value) < INTEGER_BOUND:
            return ast.Constant(value)
        case float() if math.isfinite(value):
            return ast.Constant(value)
        case _:
            return block.writer.bind(value, "SETTING")
