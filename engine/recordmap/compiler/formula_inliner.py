"""Formulas of the optimistic tier: functions and operators written out, where it is proven what they are given.

What a function demands of an argument is asked once, in front of the formula: a value of another kind hands the record
to the careful tier, which knows what to say of it. Whatever is not written out here is called, as there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from recordmap.compiler.formula_calls import CALLS, joined
from recordmap.compiler.formula_demands import number_of, text_of
from recordmap.compiler.formula_scope import BINARY, COUNTED, ORDER, UNARY, Scope
from recordmap.compiler.formula_values import (
    BOOLEAN,
    EVERY,
    INTEGER,
    LIST,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    Made,
    constant,
    either,
)
from recordmap.compiler.reads import read_keys, type_under
from recordmap.compiler.steps import called, working
from recordmap.compiler.writer import Block, call, is_none, is_not_none, load
from recordmap.expression.calls import arguments_in_order
from recordmap.expression.formula_reads import read_path, reads
from recordmap.expression.functions.logic import is_empty
from recordmap.frozen import replace
from recordmap.runtime import operators
from recordmap.runtime.work import within_written
from recordmap.schema.types import Kind

_MOST = 2**63
_CONTAINERS = frozenset({Kind.LIST, Kind.OBJECT})
_JOIN: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left + right,
    ast.Mult: lambda left, right: left * right,
}
"""Operators on numbers that are written out, with how far from 0 their results are at most."""


def inline(tree: ast.expr, block: Block, scope: Scope) -> Made:
    """Emit a checked formula and return its value. What it reads is read in front of it, whether it needs it or not."""
    for node, name, _ in reads(tree):
        scope.roots[name](block)
        _Inliner(block, scope).value(node)
    return _Inliner(block, scope).value(tree)


def note_present(tree: ast.expr, block: Block, scope: Scope) -> None:
    """Note what holds once a formula was true: `not is_empty(a) and not is_empty(b)` proves that both are texts.

    Only the optimistic tier can say so, where a schema promises text: there `is_empty` of anything else falls back.
    """
    for part in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        match part:
            case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name(id=name), args=[argument])):
                if scope.functions[name].call is not is_empty or not read_path(argument):
                    continue
                made = _Inliner(block, scope).value(argument)
                if isinstance(made.expr, ast.Name) and (made.is_text or made.likely <= TEXT_OR_NULL):
                    block.note(("present", made.expr.id))
                    kinds = TEXT if made.is_text else made.kinds - {Kind.NULL}
                    block.tell(made.expr.id, replace(made, kinds=kinds, filled=True))
            case _:
                pass


class _Inliner:
    """Emits into one block; each branch of a formula that needs statements gets a block, and an inliner, of its own."""

    def __init__(self, block: Block, scope: Scope) -> None:
        self._block = block
        self._scope = scope

    def value(self, node: ast.expr) -> Made:
        path = read_path(node)
        if path is not None:
            return self._read(*path)
        match node:
            case ast.Constant(value=value):
                return constant(value)
            case ast.BoolOp(op=operator, values=values):
                return self._choice(operator, values)
            case ast.IfExp():
                return self._condition(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Made(ast.UnaryOp(ast.Not(), self.value(operand).expr), BOOLEAN)
            case ast.UnaryOp(op=sign, operand=operand):
                return self._signed(sign, self.value(operand))
            case ast.BinOp(left=left, op=operation, right=right):
                return self._operation(operation, self.value(left), self.value(right))
            case ast.Compare():
                return self._comparison(node)
            case ast.Attribute(value=value, attr=key):
                return self._item(self.value(value), constant(key))
            case ast.Subscript(value=value, slice=key):
                return self._item(self.value(value), self.value(key))
            case ast.List(elts=parts):
                return Made(ast.List([self.value(part).expr for part in parts], ast.Load()), LIST)
            case ast.Dict(keys=names, values=values):
                return Made(ast.Dict(list(names), [self.value(value).expr for value in values]))
            case ast.Call():
                return self._function(node)
            case _:
                raise AssertionError(f"{type(node).__name__} passed the parser of formulas")

    def _read(self, root: ast.Name, keys: tuple[str, ...]) -> Made:
        base, key, type_ = self._scope.roots[root.id](self._block)
        expr = read_keys(self._block, base, key, keys, type_)
        if isinstance(expr, ast.Constant):
            return constant(expr.value)
        known = self._block.told(expr.id) if isinstance(expr, ast.Name) else None
        return known or Made(expr, likely=type_under(type_, keys).kinds)

    def _call(self, function: Callable[..., object], *given: Made) -> ast.expr:
        return call(self._block.writer.helper(function), *(one.expr for one in given))

    def _inside(self) -> _Inliner:
        return _Inliner(self._block.nested(), self._scope)

    def _condition(self, node: ast.IfExp) -> Made:
        test = self.value(node.test).expr
        then, other = self._inside(), self._inside()
        note_present(node.test, then._block, self._scope)
        first, second = then.value(node.body), other.value(node.orelse)
        if not then._block.body and not other._block.body:
            return either(ast.IfExp(test, first.expr, second.expr), first, second)
        name = self._block.writer.fresh("chosen")
        then._block.assign(name, first.expr)
        other._block.assign(name, second.expr)
        self._block.emit(ast.If(test, then._block.body, other._block.body))
        return either(load(name), first, second)

    def _choice(self, operator: ast.boolop, nodes: list[ast.expr]) -> Made:
        made = self.value(nodes[0])
        for node in nodes[1:]:
            inside = self._inside()
            following = inside.value(node)
            if isinstance(operator, ast.Or):
                # What is chosen is not empty, so stripped text has something in it.
                chosen = replace(made, kinds=made.kinds - {Kind.NULL}, filled=made.filled or made.stripped)
            else:
                chosen = Made(made.expr, made.kinds)
            if inside._block.body:
                name = self._block.writer.fresh("chosen")
                self._block.assign(name, made.expr)
                inside._block.assign(name, following.expr)
                is_open = load(name) if isinstance(operator, ast.And) else ast.UnaryOp(ast.Not(), load(name))
                self._block.emit(ast.If(is_open, inside._block.body, []))
                expr: ast.expr = load(name)
            else:
                first = made.expr
                same = isinstance(first, ast.BoolOp) and type(first.op) is type(operator)
                parts = first.values if isinstance(first, ast.BoolOp) and same else [first]
                expr = ast.BoolOp(operator, [*parts, following.expr])
            made = either(expr, chosen, following)
        return made

    def _signed(self, sign: ast.unaryop, operand: Made) -> Made:
        if operand.is_number and operand.magnitude is not None and operand.magnitude < _MOST:
            return replace(operand, expr=ast.UnaryOp(sign, operand.expr))
        return Made(self._call(UNARY[type(sign)], operand))

    def _operation(self, operation: ast.operator, left: Made, right: Made) -> Made:
        if isinstance(operation, ast.Add) and _either(left, right, TEXT):
            texts = text_of(left, self._block, TEXT), text_of(right, self._block, TEXT)
            if texts[0] is not None and texts[1] is not None:
                return joined(self._block, [texts[0], texts[1]])
        elif type(operation) in _JOIN and _either(left, right, NUMBER):
            numbers = number_of(left, self._block), number_of(right, self._block)
            if numbers[0] is not None and numbers[1] is not None:
                return self._arithmetic(operation, numbers[0], numbers[1])
        return Made(self._call(BINARY[type(operation)], left, right))

    def _arithmetic(self, operation: ast.operator, left: Made, right: Made) -> Made:
        most = _JOIN[type(operation)](left.magnitude or 0, right.magnitude or 0)
        if most >= _MOST:
            return Made(self._call(BINARY[type(operation)], left, right))
        kinds = INTEGER if left.kinds == right.kinds == INTEGER else NUMBER
        return Made(ast.BinOp(left.expr, operation, right.expr), kinds, kinds, magnitude=most)

    def _comparison(self, node: ast.Compare) -> Made:
        """Chains become `and`; a middle operand is worked out once."""
        left = self.value(node.left)
        tests: list[ast.expr] = []
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            if comparator is not node.comparators[-1]:
                right = replace(right, expr=self._block.let(right.expr, "operand"))
            tests.append(self._test(operator, left, right))
            left = right
        return Made(tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests), BOOLEAN)

    def _test(self, operator: ast.cmpop, left: Made, right: Made) -> ast.expr:
        match operator:
            case ast.Is() | ast.IsNot():
                # One side is null itself: the parser of formulas sees to that.
                other = left if isinstance(right.expr, ast.Constant) and right.expr.value is None else right
                value = self._block.let(other.expr, "operand")
                return is_none(value) if isinstance(operator, ast.Is) else is_not_none(value)
            case ast.Eq() | ast.NotEq():
                constants = isinstance(left.expr, ast.Constant) or isinstance(right.expr, ast.Constant)
                if constants or not left.kinds & _CONTAINERS or not right.kinds & _CONTAINERS:
                    return ast.Compare(left.expr, [operator], [right.expr])
                return self._counted(operator, left, right)
            case ast.In():
                return self._within(left, right)
            case ast.NotIn():
                return ast.UnaryOp(ast.Not(), self._within(left, right))
            case _:
                return self._order(operator, left, right)

    def _within(self, left: Made, right: Made) -> ast.expr:
        match right.expr:
            case ast.List(elts=parts) if all(isinstance(part, ast.Constant) for part in parts):
                return self._call(within_written, left, right)
            case _:
                return self._counted(ast.In(), left, right)

    def _counted(self, operator: ast.cmpop, left: Made, right: Made) -> ast.expr:
        return call(working(self._block.writer, COUNTED[type(operator)]), left.expr, right.expr)

    def _order(self, operator: ast.cmpop, left: Made, right: Made) -> ast.expr:
        both: tuple[Made | None, Made | None] = None, None
        if _either(left, right, TEXT):
            both = text_of(left, self._block, TEXT), text_of(right, self._block, TEXT)
        elif _either(left, right, NUMBER):
            both = number_of(left, self._block), number_of(right, self._block)
        if both[0] is not None and both[1] is not None:
            return ast.Compare(both[0].expr, [operator], [both[1].expr])
        return self._call(ORDER[type(operator)], left, right)

    def _item(self, container: Made, key: Made) -> Made:
        is_end = isinstance(key.expr, ast.Constant) and key.kinds == INTEGER and key.expr.value in (0, -1)
        if container.kinds != LIST or not is_end:
            return Made(self._call(operators.item, container, key))
        items = self._block.let(container.expr, "parts") if not container.filled else container.expr
        first: ast.expr = ast.Subscript(items, key.expr, ast.Load())
        made = Made(first, TEXT, TEXT, longest=container.longest) if container.of_texts else Made(first)
        if container.filled:
            return made
        return either(ast.IfExp(items, first, ast.Constant(None)), made, constant(None))

    def _function(self, node: ast.Call) -> Made:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        spec = self._scope.functions[name]
        given = [self.value(argument) for argument in arguments_in_order(spec, node)]
        emit = CALLS.get(name)
        made = emit(self._block, given) if emit is not None else None
        if made is not None:
            return made
        arguments = [one.expr for one in given]
        if spec.needs is not None:
            arguments.insert(0, self._scope.needs[spec.needs](self._block))
        return Made(called(self._block.writer, spec, *arguments), EVERY)


def _either(left: Made, right: Made, kinds: frozenset[Kind]) -> bool:
    """Whether two operands are surely, or most likely, of some kinds: the operator allows no others beside them."""
    proven = any(one.kinds - {Kind.NULL} <= kinds and one.kinds & kinds for one in (left, right))
    return proven or all(one.likely - {Kind.NULL} <= kinds and one.likely & kinds for one in (left, right))
