"""A source path alone to a function: for the integration's external ID, watermark and match values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from recordmap.compiler.assembly import Later, assemble, define
from recordmap.compiler.ground import keys_of
from recordmap.compiler.reads import read_keys
from recordmap.compiler.writer import Block, Writer, load
from recordmap.diagnostics import Fault
from recordmap.expression.source import Source


def compile_picker(source: Source) -> Callable[[Any], Any]:
    """Return a function from a record to the picked value; what can't be picked is null."""
    if source.is_plain:
        writer = Writer()
        return assemble(_function("pick", source, writer), writer.namespace, "<source>")
    writer = Writer(optimistic=True)
    pick = assemble(_function("pick", source, writer), writer.namespace, "<source>")
    pick_carefully = writer.namespace["careful"] = Later(
        "careful", lambda: _function("careful", source, Writer(beside=writer)), writer.namespace, "<source>"
    )

    def pick_or_null(record: Any) -> Any:
        try:
            return pick_carefully(record)
        except (Fault, RecursionError, MemoryError):
            return None

    def pick_at_once(record: Any) -> Any:
        try:
            return pick(record)
        except Exception:  # noqa: BLE001 - the optimistic function raises for whatever is unusual
            return pick_or_null(record)

    return pick_at_once


def _function(name: str, source: Source, writer: Writer) -> ast.FunctionDef:
    body = Block(writer)
    keys = keys_of(source.tree)
    if keys is not None:
        picked = read_keys(body, load("record"), ("record",), keys)
    else:
        from recordmap.compiler.paths import emit_path  # noqa: PLC0415 - most sources are nothing but keys

        picked = emit_path(source, body, load("record"), ("record",))
    body.emit(ast.Return(picked))
    steps: list[ast.stmt] = [ast.Assign([ast.Name("steps", ast.Store())], ast.Constant(0))]
    return define(name, ("record",), [*(steps if writer.uses_steps else []), *body.body])
