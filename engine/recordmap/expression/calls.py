"""The arguments of a function call, put in the order that the function takes them."""

from __future__ import annotations

import ast
import inspect

from recordmap.expression.functions.spec import FunctionSpec


def arguments_in_order(spec: FunctionSpec, node: ast.Call) -> list[ast.expr]:
    """Return a call's arguments by position; a gap before a named argument is filled with the default."""
    arguments = list(node.args)
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    defaults = list(inspect.signature(spec.call).parameters.values())[1 if spec.needs else 0 :]
    for position, parameter in enumerate(spec.parameters[len(arguments) :], start=len(arguments)):
        if not named:
            break
        given = named.pop(parameter.name, None)
        arguments.append(ast.Constant(defaults[position].default) if given is None else given)
    return arguments
