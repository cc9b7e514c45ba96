"""Arguments that functions take, gathered from their own examples."""

from __future__ import annotations

import ast
from typing import Any

from expression.functions.evaluator import evaluate
from recordmap.expression.functions.spec import FunctionSpec


def example_arguments(spec: FunctionSpec) -> list[list[Any]]:
    """Return the arguments of the examples of a function that end well, without those that hold a null."""
    found: list[list[Any]] = []
    for example in spec.examples:
        tree = ast.parse(example.formula, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == spec.name:
                arguments = [evaluate(ast.unparse(argument), example.names) for argument in node.args]
                if not example.fails and None not in arguments:
                    found.append(arguments)
    return found
