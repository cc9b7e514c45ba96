"""What formulas see, and the operators that they call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Mapping

from recordmap.compiler.writer import Block
from recordmap.expression.functions.spec import FunctionSpec, Needs
from recordmap.frozen import Frozen
from recordmap.runtime import operators
from recordmap.schema.types import Type

Root = Callable[[Block], tuple[ast.expr, Hashable, Type]]
"""Gives the expression that a name stands for, what tells it apart from other values, and what is known of it."""

BINARY: Mapping[type[ast.operator], Callable[..., object]] = {
    ast.Add: operators.add,
    ast.Sub: operators.subtract,
    ast.Mult: operators.multiply,
    ast.Div: operators.divide,
    ast.FloorDiv: operators.floor_divide,
    ast.Mod: operators.modulo,
}
ORDER: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Lt: operators.less,
    ast.LtE: operators.less_or_equal,
    ast.Gt: operators.greater,
    ast.GtE: operators.greater_or_equal,
}
COUNTED: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.In: "within",
    ast.NotIn: "within",
}
"""Comparisons that may go through much: methods of `Work`."""

UNARY: Mapping[type[ast.unaryop], Callable[..., object]] = {
    ast.USub: operators.negate,
    ast.UAdd: operators.positive,
}


class Scope(Frozen):
    """What a formula can see: its names, the functions, and what functions are given besides arguments."""

    roots: Mapping[str, Root]
    functions: Mapping[str, FunctionSpec]
    needs: Mapping[Needs, Callable[[Block], ast.expr]]
