"""Calls of functions on texts and numbers, written out as Python's own methods and operators.

Each takes the arguments of a call as they stand, and returns the value, or None where the function is called instead.
What a function refuses falls back; what it makes is within the same limits.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from recordmap.compiler.formula_demands import named, short, text_of
from recordmap.compiler.formula_values import (
    BOOLEAN,
    INTEGER,
    LIST,
    TEXT,
    TEXT_OR_NULL,
    Made,
    constant,
    either,
    text,
    unless_null,
)
from recordmap.compiler.steps import called
from recordmap.compiler.writer import Block, call, is_none, is_not_none
from recordmap.expression.functions.limits import INTEGER_BOUND, MAX_ENTRIES
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.frozen import replace
from recordmap.runtime.operators import MAX_TEXT
from recordmap.schema.types import Kind

Emit = Callable[[Block, list[Made]], Made | None]
_GROWTH = 3
"""Letters that one letter becomes at most when its case changes."""
_DIGITS = 20


def _method(value: Made, name: str, *arguments: ast.expr) -> ast.Call:
    return call(ast.Attribute(value.expr, name, ast.Load()), *arguments)


def _text(given: list[Made], block: Block) -> Made | None:
    made = text_of(given[0], block)
    return None if made is None else named(made, block)


def _likely_text(made: Made) -> bool:
    return made.is_text or made.likely <= TEXT_OR_NULL


def _constant(made: Made, kind: type) -> Any:
    """Return the value of a constant of a kind, else None."""
    found = made.expr.value if isinstance(made.expr, ast.Constant) else None
    return found if type(found) is kind else None


def _trim(block: Block, given: list[Made]) -> Made | None:
    value = _text(given, block)
    if value is None:
        return None
    return unless_null(value, text(_method(value, "strip"), longest=value.longest, stripped=True))


def _changed(name: str) -> Emit:
    def emit(block: Block, given: list[Made]) -> Made | None:
        value = _text(given, block)
        if value is None:
            return None
        longest = None if value.longest is None else value.longest * _GROWTH
        return short(unless_null(value, text(_method(value, name), longest=longest)), block, name)

    return emit


def _asked(name: str) -> Emit:
    def emit(block: Block, given: list[Made]) -> Made | None:
        value, part = _text(given, block), named(given[1], block)
        if value is None or part.kinds != TEXT:
            return None
        return unless_null(value, Made(_method(value, name, part.expr), BOOLEAN, BOOLEAN))

    return emit


def _concat(block: Block, given: list[Made]) -> Made | None:
    parts: list[Made] = []
    for one in given:
        made = one if one.kinds == INTEGER and one.magnitude is not None else None
        if made is None and _likely_text(one):
            made = text_of(one, block)
        if made is None:
            return None
        parts.append(made)
    return joined(block, parts)


def joined(block: Block, parts: list[Made]) -> Made:
    """Return texts and whole numbers put together; null counts as empty."""
    lengths = [_DIGITS if one.kinds == INTEGER else one.longest for one in parts]
    known = [length for length in lengths if length is not None]
    longest = sum(known) if len(known) == len(lengths) else None
    written: list[ast.expr] = []
    for one in parts:
        match one.expr:
            case ast.JoinedStr(values=values):
                written += values
            case ast.Constant(value=str()):
                written.append(one.expr)
            case _:
                written.append(ast.FormattedValue(_or_empty(named(one, block)), -1, None))
    filled = any(one.kinds == INTEGER or (one.filled and one.kinds == TEXT) for one in parts)
    return short(text(ast.JoinedStr(written), longest=longest, filled=filled), block, "joined")


def _or_empty(made: Made) -> ast.expr:
    return ast.BoolOp(ast.Or(), [made.expr, ast.Constant("")]) if made.nullable else made.expr


def _truncate(_block: Block, given: list[Made]) -> Made | None:
    return _part(_block, given[0], 0, _constant(given[1], int))


def _substring(block: Block, given: list[Made]) -> Made | None:
    start = _constant(given[1], int)
    length = _constant(given[2], int) if len(given) > 2 else None
    return None if start is None else _part(block, given[0], start, length)


def _part(block: Block, given: Made, start: int, length: int | None) -> Made | None:
    if length is None or start < 0 or length < 0 or start > MAX_TEXT or length > MAX_TEXT:
        return None
    value = _text([given], block)
    if value is None:
        return None
    begin = ast.Constant(start) if start else None
    part = ast.Subscript(value.expr, ast.Slice(begin, ast.Constant(start + length)), ast.Load())
    longest = length if value.longest is None else min(length, value.longest)
    return unless_null(value, text(part, longest=longest))


def _replace(block: Block, given: list[Made]) -> Made | None:
    old, new = _constant(given[1], str), _constant(given[2], str)
    if not old or new is None or len(new) > len(old):
        return None
    value = _text(given, block)
    if value is None:
        return None
    made = _method(value, "replace", given[1].expr, given[2].expr)
    return unless_null(value, text(made, longest=value.longest))


def _split(block: Block, given: list[Made]) -> Made | None:
    if not _constant(given[1], str):
        return None
    value = _text(given, block)
    if value is None:
        return None
    value = short(value, block, "value", MAX_ENTRIES - 1)
    parts: ast.expr = _method(value, "split", given[1].expr)
    if not value.filled:
        parts = ast.IfExp(value.expr, parts, ast.List([], ast.Load()))
    made = Made(parts, LIST, filled=value.filled, longest=value.longest, of_texts=True)
    return unless_null(value, made)


def _length(block: Block, given: list[Made]) -> Made | None:
    if not _likely_text(given[0]):
        return None
    value = _text(given, block)
    if value is None:
        return None
    made = call(block.writer.helper(len), value.expr)
    return unless_null(value, Made(made, INTEGER, INTEGER, magnitude=2**40))


def _to_text(block: Block, given: list[Made]) -> Made | None:
    value = given[0]
    if value.kinds == INTEGER and value.magnitude is not None and value.magnitude < INTEGER_BOUND:
        made = text(call(block.writer.helper(str), value.expr), longest=_DIGITS, filled=True, stripped=True)
        return replace(made, plain=True)
    if _likely_text(value):
        return text_of(value, block)
    value = named(value, block)
    is_text = _is_text(value, block)
    other = called(block.writer, FUNCTIONS["to_text"], value.expr)
    return Made(ast.IfExp(is_text, value.expr, other))


def _is_empty(block: Block, given: list[Made]) -> Made | None:
    value = named(given[0], block)
    nothing: list[ast.expr] = [is_none(value.expr)] if value.nullable else []
    isspace = block.writer.helper(str.isspace)
    blank: ast.expr = call(isspace, value.expr)
    if value.is_text:
        nothing = [ast.UnaryOp(ast.Not(), value.expr)]
        blank = _method(value, "isspace")
    else:
        nothing.append(ast.Compare(value.expr, [ast.Eq()], [ast.Constant("")]))
        if not _likely_text(value):
            # Where a schema promises text, whatever else it is raises, and so falls back.
            whole = call(block.writer.helper(FUNCTIONS["is_empty"].call), value.expr)
            blank = ast.IfExp(_is_text(value, block), blank, whole)
    return Made(ast.BoolOp(ast.Or(), [*nothing, blank]), BOOLEAN, BOOLEAN)


def _is_text(value: Made, block: Block) -> ast.expr:
    return ast.Compare(call(block.writer.helper(type), value.expr), [ast.Is()], [block.writer.helper(str)])


def _first_of(block: Block, given: list[Made]) -> Made | None:
    parts: list[Made] = []
    for one in given:
        made = text_of(one, block) if _likely_text(one) else None
        if made is None:
            return None
        parts.append(named(made, block))
    chosen = constant(None)
    for one in reversed(parts):
        there = replace(one, kinds=TEXT, filled=True)
        if one.kinds == TEXT and one.filled:
            chosen = there
            continue
        no_blank = ast.UnaryOp(ast.Not(), _method(one, "isspace"))
        test = one.expr if one.filled or one.stripped else ast.BoolOp(ast.And(), [one.expr, no_blank])
        chosen = either(ast.IfExp(test, one.expr, chosen.expr), there, chosen)
    return chosen


def _coalesce(block: Block, given: list[Made]) -> Made | None:
    *others, chosen = [named(one, block) for one in given]
    for one in reversed(others):
        there = replace(one, kinds=one.kinds - {Kind.NULL})
        if not one.nullable:
            chosen = one
        elif there.kinds:
            chosen = either(ast.IfExp(is_not_none(one.expr), one.expr, chosen.expr), there, chosen)
    return chosen


CALLS: Mapping[str, Emit] = {
    "trim": _trim,
    "upper": _changed("upper"),
    "lower": _changed("lower"),
    "starts_with": _asked("startswith"),
    "ends_with": _asked("endswith"),
    "concat": _concat,
    "truncate": _truncate,
    "substring": _substring,
    "replace": _replace,
    "split": _split,
    "length": _length,
    "to_text": _to_text,
    "is_empty": _is_empty,
    "first_of": _first_of,
    "coalesce": _coalesce,
}
"""Functions that are written out, by their names: none of ours is ever another's."""
