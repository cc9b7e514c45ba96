"""A source path alone to a function: for the integration's external ID, watermark and match values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from recordmap.compiler.assembly import assemble, define
from recordmap.compiler.ground import keys_of
from recordmap.compiler.reads import read_keys
from recordmap.compiler.writer import Block, Writer, load
from recordmap.diagnostics import Fault
from recordmap.expression.source import Source


def compile_picker(source: Source) -> Callable[[Any], Any]:
    """Return a function from a record to the picked value; what can't be picked is null."""
    writer = Writer()
    body = Block(writer)
    keys = keys_of(source.tree)
    if keys is not None:
        picked = read_keys(body, load("record"), ("record",), keys)
    else:
        from recordmap.compiler.paths import emit_path  # noqa: PLC0415 - most sources are nothing but keys

        picked = emit_path(source, body, load("record"), ("record",))
    body.emit(ast.Return(picked))
    steps: list[ast.stmt] = [ast.Assign([ast.Name("steps", ast.Store())], ast.Constant(0))]
    function = define("pick", ("record",), [*(steps if writer.uses_steps else []), *body.body])
    pick = assemble(function, writer.namespace, "<source>")
    if source.is_plain:
        return pick

    def pick_or_null(record: Any) -> Any:
        try:
            return pick(record)
        except (Fault, RecursionError, MemoryError):
            return None

    return pick_or_null
