"""Formulas to Python expressions: the same tree with our operators, null-safe reads and functions of the table.

`and`, `or`, `not`, `if else`, `is None`, and `==` and `!=` with a constant are Python's own on JSON values, so they
stay as they are; whatever can fail or grow goes through `recordmap.runtime.operators`. Reads are null-safe and can't
fail, so they are hoisted in front of the expression, where other formulas share them. The optimistic tier writes out
more: see `formula_inliner`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from recordmap.compiler.formula_inliner import inline
from recordmap.compiler.formula_scope import BINARY, COUNTED, ORDER, UNARY, Scope
from recordmap.compiler.reads import read_keys
from recordmap.compiler.steps import called, working
from recordmap.compiler.writer import Block, call, is_none, is_not_none, load
from recordmap.expression.calls import arguments_in_order
from recordmap.expression.formula_reads import read_path, reads
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.frozen import replace
from recordmap.runtime import operators


def emit_formula(tree: ast.expr, block: Block, scope: Scope) -> ast.expr:
    """Return an expression for a checked formula; what it reads is emitted into `block` before it."""
    if block.writer.optimistic:
        return inline(tree, block, scope).expr
    for _, name, _ in reads(tree):
        scope.roots[name](block)
    return _Translator(block, scope).translate(tree)


def emit_value(tree: ast.expr, block: Block, scope: Scope, hint: str) -> ast.expr:
    """As `emit_formula`, and keep what is proven of the value under the name of the local that is returned."""
    if not block.writer.optimistic:
        return emit_formula(tree, block, scope)
    made = inline(tree, block, scope)
    value = block.let(made.expr, hint)
    if isinstance(value, ast.Name):
        block.tell(value.id, replace(made, expr=value))
    return value


class _Translator:
    def __init__(self, block: Block, scope: Scope) -> None:
        self._block = block
        self._scope = scope

    def translate(self, node: ast.expr) -> ast.expr:
        path = read_path(node)
        if path is not None:
            root, keys = path
            base, key, type_ = self._scope.roots[root.id](self._block)
            return read_keys(self._block, base, key, keys, type_)
        match node:
            case ast.Constant(value=value):
                return ast.Constant(value)
            case ast.BoolOp(op=operator, values=values):
                return ast.BoolOp(operator, [self.translate(value) for value in values])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return ast.IfExp(self.translate(test), self.translate(body), self.translate(orelse))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ast.UnaryOp(ast.Not(), self.translate(operand))
            case ast.UnaryOp(op=sign, operand=operand):
                return self._call(UNARY[type(sign)], operand)
            case ast.BinOp(left=left, op=operation, right=right):
                return self._call(BINARY[type(operation)], left, right)
            case ast.Compare():
                return self._comparison(node)
            case ast.Attribute(value=value, attr=key):
                return self._call(operators.item, value, ast.Constant(key))
            case ast.Subscript(value=value, slice=key):
                return self._call(operators.item, value, key)
            case ast.List(elts=parts):
                return ast.List([self.translate(part) for part in parts], ast.Load())
            case ast.Dict(keys=names, values=values):
                return ast.Dict(list(names), [self.translate(value) for value in values])
            case ast.Call(func=ast.Name(id=name)):
                return self._function(self._scope.functions[name], node)
            case _:
                raise AssertionError(f"{type(node).__name__} passed the parser of formulas")

    def _call(self, function: Callable[..., object], *arguments: ast.expr) -> ast.expr:
        return call(
            self._block.writer.helper(function), *(self.translate(argument) for argument in arguments)
        )

    def _comparison(self, node: ast.Compare) -> ast.expr:
        """Chains become `and`; a middle operand is worked out once."""
        left = self.translate(node.left)
        tests: list[ast.expr] = []
        last = len(node.ops) - 1
        for position, (operator, comparator) in enumerate(zip(node.ops, node.comparators, strict=True)):
            right = self.translate(comparator)
            again = right
            if position < last and not isinstance(right, ast.Name | ast.Constant):
                name = self._block.writer.fresh("operand")
                right, again = ast.NamedExpr(ast.Name(name, ast.Store()), right), load(name)
            tests.append(self._test(operator, left, right))
            left = again
        return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)

    def _test(self, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> ast.expr:
        writer = self._block.writer
        if type(operator) in ORDER:
            return call(writer.helper(ORDER[type(operator)]), left, right)
        if isinstance(operator, ast.In | ast.NotIn):
            found = call(working(writer, COUNTED[type(operator)]), left, right)
            return found if isinstance(operator, ast.In) else ast.UnaryOp(ast.Not(), found)
        if isinstance(operator, ast.Is | ast.IsNot):
            # One side is null itself: the parser of formulas sees to that.
            other = left if isinstance(right, ast.Constant) and right.value is None else right
            return is_none(other) if isinstance(operator, ast.Is) else is_not_none(other)
        if not isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
            return call(working(writer, COUNTED[type(operator)]), left, right)
        return ast.Compare(left, [operator], [right])

    def _function(self, spec: FunctionSpec, node: ast.Call) -> ast.expr:
        arguments = [self.translate(argument) for argument in arguments_in_order(spec, node)]
        if spec.needs is not None:
            arguments.insert(0, self._scope.needs[spec.needs](self._block))
        return called(self._block.writer, spec, *arguments)
