"""The arguments of a function call, put in the order that the function takes them."""

from __future__ import annotations

import ast

from recordmap.expression.functions.spec import FunctionSpec


def arguments_in_order(spec: FunctionSpec, node: ast.Call) -> list[ast.expr]:
    """Return a call's arguments by position; a gap before a named argument is filled with the default."""
    arguments = list(node.args)
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    for parameter in spec.parameters[len(arguments) :]:
        if not named:
            break
        given = named.pop(parameter.name, None)
        arguments.append(ast.Constant(_default(spec, parameter.name)) if given is None else given)
    return arguments


def _default(spec: FunctionSpec, name: str) -> str | int | float | None:
    """Return the default of an optional parameter, or null, which counts as not given, where it is no plain value."""
    import inspect  # noqa: PLC0415 - takes milliseconds, and few calls name an argument behind a gap

    try:
        default = inspect.signature(spec.call).parameters[name].default
    except (ValueError, TypeError, KeyError):  # some functions written in C don't tell
        return None
    return default if isinstance(default, str | int | float) else None
