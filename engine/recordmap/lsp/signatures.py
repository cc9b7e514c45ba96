"""The signature of the function whose arguments are being typed, and which of them comes."""

from __future__ import annotations

from dataclasses import dataclass

from recordmap.diagnostics import Position
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.lsp.completion import FactsOf
from recordmap.lsp.cursor import typing_at
from recordmap.lsp.formulas import end_of
from recordmap.lsp.vocabulary import Role, vocabulary


@dataclass(frozen=True, slots=True)
class OpenSignature:
    """A function, and the number of the parameter that comes, from 0; None behind the last one."""

    spec: FunctionSpec
    parameter: int | None


def signature(text: str, position: Position, facts_of: FactsOf) -> OpenSignature | None:
    """Return the function that is being called at a position, or None."""
    cursor = typing_at(text, position)
    if cursor is None or cursor.in_key:
        return None
    facts = facts_of(cursor.outline)
    if vocabulary(facts.kind).role(cursor.entry.path) is not Role.FORMULA:
        return None
    call = end_of(cursor.before).call
    spec = facts.functions.get(call.function) if call is not None else None
    if call is None or spec is None:
        return None
    names = [parameter.name for parameter in spec.parameters]
    if call.name in names:
        return OpenSignature(spec, names.index(call.name))
    repeats = bool(spec.parameters) and spec.parameters[-1].repeats
    last = len(names) - 1
    at = min(call.argument, last) if repeats else call.argument
    return OpenSignature(spec, at if 0 <= at <= last else None)
