"""Evaluates a formula by Python itself: enough for the examples of functions, never for templates."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import partial
from typing import Any

from recordmap.expression.functions.dates import EXAMPLE_NOW
from recordmap.expression.functions.lookups import EXAMPLE_LOOKUPS
from recordmap.expression.functions.spec import FunctionSpec, Needs
from recordmap.expression.functions.table import FUNCTIONS

GIVEN = {Needs.NOW: EXAMPLE_NOW, Needs.LOOKUPS: EXAMPLE_LOOKUPS}


def bound(spec: FunctionSpec, previous: Any = None) -> Any:
    """Return a function as a formula calls it: what it needs besides its arguments is given."""
    given = {**GIVEN, Needs.PREVIOUS: previous}
    return spec.call if spec.needs is None else partial(spec.call, given[spec.needs])


def evaluate(formula: str, names: Mapping[str, Any]) -> Any:
    tree = ast.fix_missing_locations(_Reads().visit(ast.parse(formula, mode="eval")))
    scope = {spec.name: bound(spec, names.get("previous")) for spec in FUNCTIONS.values()}
    scope |= {"null": None, "true": True, "false": False, **names, "__builtins__": {}}
    return eval(compile(tree, formula, "eval"), scope)


class _Reads(ast.NodeTransformer):
    """Makes a.b a null-safe read, as it is in the language."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        return ast.Call(ast.Name("get_value", ast.Load()), [node.value, ast.Constant(node.attr)], [])


def identical(left: Any, right: Any) -> bool:
    """Compare as JSON does, and tell true from 1 and 1.0 from 1."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(identical(left[key], right[key]) for key in left)
    return bool(left == right)
