"""What the optimistic tier demands of a value in a formula: asked once for each local, and known from there on."""

from __future__ import annotations

import ast

from recordmap.compiler.formula_values import (
    INTEGER,
    MAX_NUMBER,
    NULL,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    Kinds,
    Made,
)
from recordmap.compiler.optimistic import fall_back
from recordmap.compiler.writer import Block, Writer, call, is_not_none
from recordmap.frozen import replace
from recordmap.runtime.operators import MAX_TEXT


def named(made: Made, block: Block, hint: str = "value") -> Made:
    """Return a value that can be read more than once."""
    return replace(made, expr=block.let(made.expr, hint))


def text_of(made: Made, block: Block, kinds: Kinds = TEXT_OR_NULL) -> Made | None:
    """Demand a text, or null where `kinds` has it; None if it can't be one."""
    if made.kinds <= kinds:
        return made
    if made.likely >= TEXT and not made.likely >= NULL:
        kinds = TEXT
    if not made.kinds & TEXT:
        return None
    made = named(made, block)
    other = _type_is_not(made.expr, str, block.writer)
    if kinds & made.kinds >= NULL:
        other = ast.BoolOp(ast.And(), [is_not_none(made.expr), other])
    return _demand(replace(made, kinds=made.kinds & kinds), other, block)


def number_of(made: Made, block: Block) -> Made | None:
    """Demand a number that is not too large to be calculated with; None if it can't be one."""
    if made.is_number and made.magnitude is not None:
        return made
    if not made.kinds & NUMBER:
        return None
    made = named(made, block)
    writer = block.writer
    other = _type_is_not(made.expr, int, writer)
    kinds = INTEGER
    if not made.likely <= INTEGER | NULL:
        other = ast.BoolOp(ast.And(), [other, _type_is_not(made.expr, float, writer)])
        kinds = NUMBER
    least, most = ast.Constant(-MAX_NUMBER), ast.Constant(MAX_NUMBER)
    small = ast.Compare(least, [ast.LtE(), ast.LtE()], [made.expr, most])
    test = ast.BoolOp(ast.Or(), [other, ast.UnaryOp(ast.Not(), small)])
    return _demand(replace(made, kinds=kinds, magnitude=MAX_NUMBER), test, block)


def short(made: Made, block: Block, hint: str, longest: int = MAX_TEXT) -> Made:
    """Demand that a text is no longer than a text may be."""
    if made.longest is not None and made.longest <= longest:
        return made
    made = named(made, block, hint)
    too_long: ast.expr = ast.Compare(
        call(block.writer.helper(len), made.expr), [ast.Gt()], [ast.Constant(longest)]
    )
    if made.nullable:
        too_long = ast.BoolOp(ast.And(), [is_not_none(made.expr), too_long])
    return _demand(replace(made, longest=longest), too_long, block)


def _demand(made: Made, otherwise: ast.expr, block: Block) -> Made:
    block.emit(ast.If(otherwise, [fall_back()], []))
    if isinstance(made.expr, ast.Name):
        block.tell(made.expr.id, made)
    return made


def _type_is_not(value: ast.expr, type_: type, writer: Writer) -> ast.expr:
    return ast.Compare(call(writer.helper(type), value), [ast.IsNot()], [writer.helper(type_)])
