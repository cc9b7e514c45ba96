"""What a formula can give, by the types of what it reads: its tree walked with types instead of values.

Each part is looked at once, with the facts that hold there: behind `x is not None and`, x is not null. Parts that are
never reached are passed over in silence.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from recordmap.diagnostics import Severity
from recordmap.expression.facts import PYTHON, Facts, Found, Path, answering, made, read, read_on
from recordmap.expression.formula import Formula
from recordmap.expression.formula_call_types import CallTypes, Scope
from recordmap.expression.problems import Problem
from recordmap.expression.source_types import Say
from recordmap.expression.unknown_paths import key_problem, place_problem
from recordmap.frozen import replace
from recordmap.schema.inside import element, entry, entry_at, values_of
from recordmap.schema.narrowing import answer, may_be_false, may_be_true
from recordmap.schema.types import ANY, NULL, Kind, Type
from recordmap.schema.unions import constants, list_type, record_type, union, union_of

if TYPE_CHECKING:
    from recordmap.expression.formula_operator_types import Fault


class FormulaTypes:
    """Infers the formulas of one collection. `say` is told of problems."""

    def __init__(self, scope: Scope, say: Say) -> None:
        self._scope = scope
        self._say = say
        self._formula: Formula
        self._roots: Mapping[str, Path] = {}
        self._judged = 0
        self._why: dict[int, str] = {}

    def infer(
        self, formula: Formula, roots: Mapping[str, Path], facts: Facts, *, condition: bool = False
    ) -> Found:
        """Return what a formula gives; `roots` are the paths that its names stand for.

        As a `condition` it is asked whether it is true, and should be able to be either.
        """
        self._formula, self._roots, self._judged = formula, roots, 0
        self._why.clear()
        return self._condition(formula.tree, facts) if condition else self._value(formula.tree, facts)

    def _problem(
        self, code: str, message: str, node: ast.expr, hint: str | None, severity: Severity, facts: Facts
    ) -> None:
        if not facts.dead:
            place = self._formula.place(node)
            self._say(Problem(code, message, place.offset, place.length, hint, severity))

    def _fault(self, fault: Fault | None, facts: Facts) -> None:
        """Say that an operation can fail, or always does."""
        if fault is not None:
            node, message, hint, always = fault
            self._problem(
                "may-fail", message, node, hint, Severity.ERROR if always else Severity.WARNING, facts
            )

    def _value(self, node: ast.expr, facts: Facts) -> Found:
        match node:
            case ast.Constant(value=value):
                return made(constants((value,)), facts)
            case ast.Name(id=name):
                root = self._roots.get(name)
                return made(ANY, facts) if root is None else read(root, facts, PYTHON)
            case ast.Attribute(value=owner, attr=key):
                return self._key(self._value(owner, facts), key, node, owner, facts)
            case ast.Subscript(value=owner, slice=key):
                return self._subscript(node, owner, key, facts)
            case ast.BoolOp():
                return self._choice(node, facts, condition=False)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                found = self._condition(operand, facts)
                turned = answer(true=may_be_false(found.type), false=may_be_true(found.type))
                turned = replace(turned, unsure=found.type.unsure)
                return answering(turned, found.if_false, found.if_true)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                asked = self._condition(test, facts)
                arms = self._value(body, asked.if_true), self._value(orelse, asked.if_false)
                return self._either(*arms, facts)
            case ast.Compare():
                return self._comparison(node, facts)
            case ast.Call(func=ast.Name(id=name)):
                return CallTypes(self._scope, self._say, self._formula, self._value).infer(name, node, facts)
            case _:
                return made(self._made(node, facts), facts)

    def _made(self, node: ast.expr, facts: Facts) -> Type:
        match node:
            case ast.List(elts=elements):
                return list_type([self._value(one, facts).type for one in elements])
            case ast.Dict(keys=keys, values=values):
                parts = zip(keys, values, strict=True)
                return record_type(
                    {
                        key.value: self._value(one, facts).type
                        for key, one in parts
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    }
                )
            case ast.UnaryOp(op=sign, operand=operand):
                from recordmap.expression.formula_operator_types import unary_type  # noqa: PLC0415 - few formulas

                type_, fault = unary_type(sign, operand, self._value(operand, facts).type)
                self._fault(fault, facts)
                return type_
            case ast.BinOp(left=left, op=sign, right=right):
                from recordmap.expression.formula_operator_types import binary_type  # noqa: PLC0415 - as above

                one, other = self._value(left, facts).type, self._value(right, facts).type
                type_, fault = binary_type(node, sign, one, other)
                self._fault(fault, facts)
                return type_
            case _:
                return ANY

    def _key(self, owner: Found, key: str, node: ast.expr, below: ast.expr, facts: Facts) -> Found:
        whole, start = self._formula.place(node), self._formula.place(below)
        end = start.offset + start.length
        offset = end + self._formula.text[end : whole.offset + whole.length].find(key[:1])
        problem = key_problem(
            owner.type,
            key,
            owner.path,
            self._scope.schemas,
            offset,
            max(whole.offset + whole.length - offset, 1),
        )
        if problem is not None and not facts.dead:
            self._say(problem)
        if problem is not None and problem.severity is Severity.ERROR:
            return made(ANY, facts)  # so that one slip is told once
        if owner.path is not None:
            return read_on(owner, key, facts, PYTHON)
        return made(entry(owner.type, key), facts)

    def _subscript(self, node: ast.Subscript, below: ast.expr, key: ast.expr, facts: Facts) -> Found:
        owner = self._value(below, facts)
        position = _position(key)
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return self._key(owner, key.value, node, below, facts)
        if position is not None:
            place = self._formula.place(node)
            problem = place_problem(owner.type, owner.path, place.offset, place.length)
            if problem is not None and not facts.dead:
                self._say(problem)
            if owner.path is not None:
                return read_on(owner, position, facts, PYTHON)
            return made(entry_at(owner.type, position), facts)
        asked = self._value(key, facts).type
        parts = [NULL]
        if Kind.TEXT in asked.kinds:
            parts.append(values_of(owner.type))
        if Kind.INTEGER in asked.kinds:
            parts.append(element(owner.type))
        return made(union_of(parts), facts)

    @staticmethod
    def _either(one: Found, other: Found, facts: Facts) -> Found:
        """Return what is known where one of two values was chosen."""
        if one.if_true.dead and one.if_false.dead:
            return other
        if other.if_true.dead and other.if_false.dead:
            return one
        return answering(
            union(one.type, other.type),
            one.if_true.joined(other.if_true, facts),
            one.if_false.joined(other.if_false, facts),
        )

    def _condition(self, node: ast.expr, facts: Facts) -> Found:
        """Infer a part that is only asked whether it is true, and say so where there is but one answer."""
        judged = self._judged
        found = (
            self._choice(node, facts, condition=True)
            if isinstance(node, ast.BoolOp)
            else self._value(node, facts)
        )
        self._judge(node, found, facts, judged)
        return found

    def _judge(self, node: ast.expr, found: Found, facts: Facts, judged: int) -> None:
        decided = may_be_true(found.type) != may_be_false(found.type)
        if not decided or facts.dead or self._judged != judged or found.type.unsure:
            return
        self._judged += 1
        truth = "true" if may_be_true(found.type) else "false"
        why = self._why.get(id(node))
        message = f"this is always {truth}" + (f": {why}" if why else "")
        hint = "delete the condition, or compare with something else"
        self._problem("constant-condition", message, node, hint, Severity.WARNING, facts)

    def _choice(self, node: ast.BoolOp, facts: Facts, *, condition: bool) -> Found:
        is_or, base = isinstance(node.op, ast.Or), facts
        kept: list[Type] = []
        decided: Facts | None = None
        for at, operand in enumerate(node.values):
            last = at == len(node.values) - 1
            judged = self._judged
            found = self._condition(operand, facts) if condition else self._value(operand, facts)
            if not last and not condition:
                if is_or and not facts.dead and not may_be_false(found.type):
                    self._unreachable(operand, node.values[at + 1], facts)
                else:
                    self._judge(operand, found, facts, judged)
            ends, goes_on = (found.if_true, found.if_false) if is_or else (found.if_false, found.if_true)
            if not facts.dead:
                ended = PYTHON.shown(found.type) if is_or else PYTHON.refuted(found.type)
                kept.append(found.type if last else ended)
            decided = ends if decided is None else decided.joined(ends, base)
            facts = goes_on
        ended_with = facts if decided is None else decided
        result = union_of(kept)
        return answering(result, ended_with, facts) if is_or else answering(result, facts, ended_with)

    def _unreachable(self, before: ast.expr, node: ast.expr, facts: Facts) -> None:
        place = self._formula.place(before)
        text = self._formula.text[place.offset : place.offset + place.length]
        message = f"this is never used: {text} always has a value that counts as true"
        hint = "delete 'or' and what follows it"
        self._problem("unreachable-fallback", message, node, hint, Severity.WARNING, facts)

    def _comparison(self, node: ast.Compare, facts: Facts) -> Found:
        # Whoever compares nothing goes without.
        from recordmap.expression.comparing import (  # noqa: PLC0415
            FORMULAS,
            compared,
            in_order,
            why_in_order,
            why_never_equal,
            within,
        )
        from recordmap.expression.formula_operator_types import SIGNS, order_fault, within_fault  # noqa: PLC0415

        before, left, base = node.left, self._value(node.left, facts), facts
        result: Found | None = None
        for sign, after in zip(node.ops, node.comparators, strict=True):
            right = self._value(after, facts)
            match sign:
                case ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot():
                    negated = isinstance(sign, ast.NotEq | ast.IsNot)
                    pair = compared(FORMULAS, left, right, facts, negated=negated)
                    self._why[id(node)] = why_never_equal(FORMULAS, left, right)
                case ast.In() | ast.NotIn():
                    self._fault(within_fault(before, after, left.type, right.type), facts)
                    pair = within(FORMULAS, left, right, facts, negated=isinstance(sign, ast.NotIn))
                case _:
                    self._fault(order_fault(sign, before, after, left.type, right.type), facts)
                    pair = in_order(SIGNS[type(sign)], left, right, facts)
                    self._why[id(node)] = why_in_order(left, right)
            result = pair if result is None else self._both(result, pair, base)
            before, left, facts = after, right, pair.if_true
        assert result is not None  # noqa: S101 - a comparison has two sides at least
        return result

    @staticmethod
    def _both(first: Found, second: Found, facts: Facts) -> Found:
        true = may_be_true(first.type) and may_be_true(second.type)
        false = may_be_false(first.type) or may_be_false(second.type)
        return answering(
            answer(true=true, false=false), second.if_true, first.if_false.joined(second.if_false, facts)
        )


def _position(key: ast.expr) -> int | None:
    """Return a position in a list that is written out."""
    match key:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() as position):
            return position
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as position)):
            return None if isinstance(position, bool) else -position
        case _:
            return None
