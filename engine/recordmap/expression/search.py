"""The slow evaluator of sources: jmespath's own interpreter, watched and bounded.

This is what `explain` shows, and what generated code is held against. The library walks its own tree; what is ours
is the meaning of equality and order, the functions, and the budgets, so that a source ends here exactly as it ends
in a plan: with the same value, or with a fault.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jmespath.visitor import TreeInterpreter

from recordmap.diagnostics import Fault
from recordmap.expression.source import Source
from recordmap.expression.source_limits import FREE_COPIES, copies, step_cost
from recordmap.expression.source_nodes import FilterProjection, Node, Projection
from recordmap.expression.source_parser import parse_with_library
from recordmap.runtime import paths
from recordmap.runtime.budget import Budget, bounded
from recordmap.runtime.path_functions import FUNCTIONS

Observe = Callable[[Node, Any], None]
"""Told of each node that was evaluated, innermost first, with its value."""

_Parsed = Any  # the type information of the library has no name for its nodes

_ORDERS = {
    "lt": paths.less,
    "lte": paths.less_or_equal,
    "gt": paths.greater,
    "gte": paths.greater_or_equal,
}


def search(source: Source, data: Any, observe: Observe | None = None, budget: Budget | None = None) -> Any:
    """Return what a source picks from `data`, which is never changed.

    `budget` holds the steps that the record has taken before; without one, the source has them all.

    Raises:
        Fault: the source fails on this data.
    """
    tree, parsed, nodes = _parsed(source.text)
    interpreter = _Interpreter(nodes, observe, budget or Budget())
    try:
        found = interpreter.visit(parsed, data)
        return bounded(found) if copies(tree) > FREE_COPIES else found
    except Fault:
        raise
    except (RecursionError, MemoryError):
        raise Fault("value-too-large", "the record is nested too deeply or too large") from None
    except Exception as error:  # noqa: BLE001 - the library raises whatever Python does
        raise Fault("source-failed", f"the source can't be evaluated ({type(error).__name__})") from None


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[Node, dict[str, Any], dict[int, Node]]:
    return parse_with_library(text)


class _Interpreter(TreeInterpreter):
    """Walks the library's tree. `nodes` tells which node of ours a parsed one is, by identity."""

    def __init__(self, nodes: Mapping[int, Node], observe: Observe | None, budget: Budget) -> None:
        super().__init__()
        self._nodes = nodes
        self._observe = observe
        self._budget = budget

    def visit(self, node: _Parsed, *arguments: Any, **keywords: Any) -> Any:
        """Evaluate a node and tell of it."""
        value = super().visit(node, *arguments, **keywords)
        ours = self._nodes.get(id(node))
        if self._observe is not None and ours is not None:
            self._observe(ours, value)
        return value

    def visit_literal(self, node: _Parsed, value: Any) -> Any:  # noqa: ARG002 - the library's signature
        return copy.deepcopy(node["value"])

    def visit_field(self, node: _Parsed, value: Any) -> Any:
        """Read a key of an object; whatever else has a `get` is no object."""
        return value.get(node["value"]) if isinstance(value, dict) else None

    def visit_comparator(self, node: _Parsed, value: Any) -> Any:
        left, right = (self.visit(child, value) for child in node["children"])
        order = _ORDERS.get(node["value"])
        if order is not None:
            return order(left, right)
        self._budget.steps, same = paths.equal(self._budget.steps, left, right)
        return same == (node["value"] == "eq")

    def visit_flatten(self, node: _Parsed, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        self._budget.steps, flat = paths.flatten(self._budget.steps, base)
        return flat

    def visit_projection(self, node: _Parsed, value: Any) -> Any:
        return super().visit_projection(self._paid(node, value, list), value)

    def visit_filter_projection(self, node: _Parsed, value: Any) -> Any:
        return super().visit_filter_projection(self._paid(node, value, list), value)

    def visit_value_projection(self, node: _Parsed, value: Any) -> Any:
        return super().visit_value_projection(self._paid(node, value, dict), value)

    def visit_function_expression(self, node: _Parsed, value: Any) -> Any:
        """Call a function of ours, with the results of an expression reference in place of it."""
        name = node["value"]
        arguments = [self.visit(child, value) for child in node["children"] if child["type"] != "expref"]
        for child in node["children"]:
            if child["type"] == "expref":
                items = paths.elements_of(name, arguments[0])
                expression = child["children"][0]
                self._budget.spend(len(items) * step_cost(*self._nodes[id(child)].children))
                arguments.append([self.visit(expression, item) for item in items])
        if name == "map":
            return arguments[1]
        function = FUNCTIONS[name]
        if not function.counted:
            return function.call(*arguments)
        self._budget.steps, result = function.call(self._budget.steps, *arguments)
        return result

    def visit__given(self, node: _Parsed, value: Any) -> Any:  # noqa: ARG002 - the library's signature
        return node["value"]

    def _paid(self, node: _Parsed, value: Any, over: type[list[Any]] | type[dict[str, Any]]) -> _Parsed:
        """Evaluate the base of a projection, pay for its loop, and return the projection with the base in place."""
        base, *others = node["children"]
        found = self.visit(base, value)
        if isinstance(found, over):
            self._budget.spend(len(found) * self._cost(node))
        return {**node, "children": [{"type": "_given", "value": found, "children": []}, *others]}

    def _cost(self, node: _Parsed) -> int:
        ours = self._nodes[id(node)]
        if isinstance(ours, FilterProjection):
            return step_cost(ours.each, ours.condition)
        return step_cost(ours.each) if isinstance(ours, Projection) else 1
