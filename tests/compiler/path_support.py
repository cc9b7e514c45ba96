"""Makes one function of sources, as the compiler makes one of a whole collection."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from language.ways import identical
from recordmap.compiler.paths import emit_path
from recordmap.compiler.writer import Block, Writer, load
from recordmap.diagnostics import Fault
from recordmap.expression.source import parse_source


def function_tree(
    *texts: str, with_steps: bool = False, optimistic: bool = False
) -> tuple[ast.Module, Writer]:
    """Return a module with a function `picked(record)`: to the one value, the list of values, or value and steps."""
    writer = Writer(optimistic=optimistic)
    body = Block(writer)
    values = [emit_path(parse_source(text), body, load("record"), ("record",)) for text in texts]
    result = values[0] if len(values) == 1 else ast.List(values, ast.Load())
    if with_steps:
        writer.uses_steps = True
        result = ast.Tuple([result, load("steps")], ast.Load())
    body.emit(ast.Return(result))
    start: list[ast.stmt] = (
        [ast.Assign([ast.Name("steps", ast.Store())], ast.Constant(0))] if writer.uses_steps else []
    )
    arguments = ast.arguments([], [ast.arg("record")], None, [], [], None, [])
    function = ast.FunctionDef("picked", arguments, [*start, *body.body], [], None, None)
    return ast.fix_missing_locations(ast.Module([function], [])), writer


def compiled(*texts: str, with_steps: bool = False) -> Callable[[Any], Any]:
    """Return the careful function, which first asks whether the optimistic one gives the same, or gives up."""
    careful, optimistic = (_function(*texts, with_steps=with_steps, optimistic=one) for one in (False, True))

    def picked(record: Any) -> Any:
        try:
            found = optimistic(record)
        except Exception:  # noqa: BLE001 - whatever it raises, the careful function decides
            return careful(record)
        try:
            wanted = careful(record)
        except Fault as fault:
            raise AssertionError(f"{texts}: {found!r} instead of {fault}") from fault
        try:
            assert identical(found, wanted), texts
        except RecursionError:  # deeper than Python itself goes
            assert type(found) is type(wanted)
        return wanted

    return picked


def _function(*texts: str, with_steps: bool, optimistic: bool) -> Callable[[Any], Any]:
    tree, writer = function_tree(*texts, with_steps=with_steps, optimistic=optimistic)
    exec(compile(tree, "<test>", "exec"), writer.namespace)
    function: Callable[[Any], Any] = writer.namespace["picked"]
    return function


def code(*texts: str) -> str:
    return ast.unparse(function_tree(*texts)[0])
