"""The slow evaluator of formulas, on simpleeval: what `explain` watches, and what the compiled code is held against.

simpleeval walks the tree that the parser of formulas has checked; operators, functions and reads are ours, so that
the two ways to run a formula can only differ where one of them is wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import simpleeval

from recordmap.diagnostics import Fault
from recordmap.expression.calls import arguments_in_order
from recordmap.expression.formula import Formula
from recordmap.expression.functions.spec import FunctionSpec, Needs
from recordmap.runtime import operators
from recordmap.runtime.work import Work

Observe = Callable[[ast.expr, Any, Fault | None], None]
"""Told of each sub-expression, innermost first, with its value, or with the fault that it ended in."""

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operators.add,
    ast.Sub: operators.subtract,
    ast.Mult: operators.multiply,
    ast.Div: operators.divide,
    ast.FloorDiv: operators.floor_divide,
    ast.Mod: operators.modulo,
    ast.USub: operators.negate,
    ast.UAdd: operators.positive,
    ast.Not: lambda value: not value,
    ast.Lt: operators.less,
    ast.LtE: operators.less_or_equal,
    ast.Gt: operators.greater,
    ast.GtE: operators.greater_or_equal,
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
}


class FormulaEvaluator:
    """Evaluates formulas with the functions given. Not shared between threads.

    `work` is what the formulas of one record may go through together; without it each has as much of its own.
    """

    def __init__(
        self, functions: Mapping[str, FunctionSpec], needs: Mapping[Needs, Any], work: Work | None = None
    ) -> None:
        self._functions = functions
        self._needs = needs
        self._work = work

    def evaluate(self, formula: Formula, names: Mapping[str, Any], observe: Observe | None = None) -> Any:
        """Return the formula's value.

        Raises:
            Fault: the formula fails on these values.
        """
        evaluator = _Evaluator(self._functions, self._needs, self._work or Work(), names, observe)
        try:
            return evaluator.eval(formula.text, previously_parsed=formula.tree)
        except Fault:
            raise
        except (RecursionError, MemoryError):
            raise Fault("value-too-large", "the record is nested too deeply or too large") from None
        except simpleeval.InvalidExpression as error:
            raise Fault(
                "formula-failed", f"the evaluator refused the formula ({type(error).__name__})"
            ) from None


class _Evaluator(simpleeval.EvalWithCompoundTypes):  # type: ignore[misc]  # simpleeval has no type information
    def __init__(
        self,
        functions: Mapping[str, FunctionSpec],
        needs: Mapping[Needs, Any],
        work: Work,
        names: Mapping[str, Any],
        observe: Observe | None,
    ) -> None:
        counted: dict[type[ast.AST], Callable[..., Any]] = {
            ast.Eq: work.equal,
            ast.NotEq: work.not_equal,
            ast.In: work.within,
            ast.NotIn: lambda item, container: not work.within(item, container),
        }
        super().__init__(
            operators={**_OPERATORS, **counted}, functions={}, names=dict(names), allowed_attrs={}
        )
        self._work = work
        self._specs = functions
        self._needs = needs
        self._observe = observe
        handlers: dict[type[ast.AST], Callable[[Any], Any]] = self.__dict__["nodes"]
        self.nodes: dict[type[ast.AST], Callable[[Any], Any]] = {
            **{kind: handlers[kind] for kind in _KEPT},
            ast.Attribute: lambda node: operators.item(self._eval(node.value), node.attr),
            ast.Subscript: lambda node: operators.item(self._eval(node.value), self._eval(node.slice)),
            ast.Call: self._call,
        }

    def _eval(self, node: ast.expr) -> Any:
        if self._observe is None:
            return super()._eval(node)
        try:
            value = super()._eval(node)
        except Fault as fault:
            self._observe(node, None, fault)
            raise
        self._observe(node, value, None)
        return value

    def _call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)  # noqa: S101 - the parser of formulas allows nothing else
        spec = self._specs[node.func.id]
        arguments = [self._eval(argument) for argument in arguments_in_order(spec, node)]
        if spec.needs is not None:
            arguments.insert(0, self._needs[spec.needs])
        return (
            spec.call(*arguments)
            if spec.slow is None
            else getattr(self._work, spec.slow)(spec.call, *arguments)
        )

    def _check_disallowed_items(self, item: Any) -> None:
        """Skip simpleeval's scan of every value: only JSON data and our own functions are ever in scope."""


_KEPT = (
    ast.Constant,
    ast.Name,
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.List,
    ast.Dict,
)
