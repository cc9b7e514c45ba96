"""Small changes of one formula or source: an operand less, a condition turned round, another path, another constant."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import parse_formula
from recordmap.expression.formula_reads import reads
from recordmap.expression.source import parse_source, source_key
from recordmap.expression.source_nodes import And, Chain, Field, FunctionCall, Literal, Node, Or, walk
from recordmap.frozen import Frozen, replace
from recordmap.template.model import FormulaText, SourceText
from recordmap.trace.parts import PICKS

_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
T = TypeVar("T")
OTHER = "_"
"""What is put behind a key or a text, to make another of it."""


class Edited(Frozen):
    """A changed formula: where the change stands in its text, the piece that was there, and the one that is now."""

    offset: int
    before: str
    after: str
    made: FormulaText


def formulas(text: FormulaText) -> Iterator[Edited]:
    """Yield every changed form of a formula."""
    tree = text.parsed.tree
    paths = {id(read) for read, _, _ in reads(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        keys = _other_key(node) if id(node) in paths else ()
        for other in (*_choices(node), *_operators(node), *keys, *_constants(node)):
            # What is to be copied as something else is what the copy finds in its memory.
            made = _formula(text, copy.deepcopy(tree, {id(node): other}))
            if made is not None:
                place = text.parsed.place(node)
                before = text.parsed.text[place.offset : place.offset + place.length]
                yield Edited(place.offset, before, ast.unparse(other), made)


def negated(text: FormulaText) -> FormulaText | None:
    """Return a condition turned round."""
    tree = text.parsed.tree
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return _formula(text, tree.operand)
    return _formula(text, ast.UnaryOp(ast.Not(), tree))


def sources(text: SourceText) -> Iterator[tuple[int, SourceText]]:
    """Yield every changed form of a source, with the offset of the change in its text."""
    written = text.scalar.text
    spliced = [splice for node in walk(text.parsed.tree) for splice in _splices(node, written)]
    spliced += (
        (key.offset, key.length, source_key(key.name + OTHER)) for key in _last_keys(text.parsed.tree)
    )
    for at, length, new in spliced:
        made = _source(text, written[:at] + new + written[at + length :])
        if made is not None:
            yield at, made


def _splices(node: Node, written: str) -> Iterator[tuple[int, int, str]]:
    match node:
        case Literal(value=str() as value) if "'" not in value and "\\" not in value:
            yield node.offset, node.length, f"'{value}{OTHER}'"
        case Or(operands=arms) | And(operands=arms):
            sign = " || " if isinstance(node, Or) else " && "
            for rest in _one_less([f"({_text(one, written)})" for one in arms]):
                yield node.offset, node.length, sign.join(rest)
        case FunctionCall(name="not_null" as name, arguments=arms) if len(arms) > 1:
            for rest in _one_less([_text(one, written) for one in arms]):
                yield node.offset, node.length, f"{name}({', '.join(rest)})"


def _text(node: Node, written: str) -> str:
    return written[node.offset : node.offset + node.length]


def _last_keys(tree: Node) -> Iterator[Field]:
    """Yield the last key of every path: to miss an earlier one is to miss the same."""
    earlier = {
        id(step)
        for node in walk(tree)
        if isinstance(node, Chain)
        for step, after in pairwise(node.steps)
        if isinstance(after, Field)
    }
    yield from (node for node in walk(tree) if isinstance(node, Field) and id(node) not in earlier)


def _choices(node: ast.expr) -> Iterator[ast.expr]:
    """Yield a choice with an operand less, a condition with exchanged branches, and a call as its first argument."""
    match node:
        case ast.BoolOp(op=operator, values=values):
            for rest in _one_less(values):
                yield rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.Call(func=ast.Name(id=name) as function, args=arms, keywords=named) if name in PICKS:
            for rest in _one_less(arms) if len(arms) > 1 else ():
                yield ast.Call(function, rest, named)
        case ast.Call(args=[first, *_]) if not isinstance(first, ast.Constant):
            yield first
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)


def _one_less(parts: list[T]) -> Iterator[list[T]]:
    for at in range(len(parts)):
        yield parts[:at] + parts[at + 1 :]


def _operators(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left=left, ops=operators, comparators=right):
            for at, operator in enumerate(operators):
                for other in _TURNED[type(operator)]:
                    yield ast.Compare(left, [*operators[:at], other(), *operators[at + 1 :]], right)
        case ast.BinOp(left=left, op=sign, right=end) if type(sign) in _ARITHMETIC:
            yield ast.BinOp(left, _ARITHMETIC[type(sign)](), end)


def _other_key(node: ast.expr) -> Iterator[ast.expr]:
    """Yield a path with another last key."""
    match node:
        case ast.Attribute(value=value, attr=key):
            yield ast.Attribute(value, key + OTHER, ast.Load())
        case ast.Subscript(value=value, slice=ast.Constant(value=str() as key)):
            yield ast.Subscript(value, ast.Constant(key + OTHER), ast.Load())


def _constants(node: ast.expr) -> Iterator[ast.expr]:
    """Yield another text for a text, and the next number for a number."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=str() as written):
            yield ast.Constant(written + OTHER)
        case ast.Constant(value=(int() | float()) as number):
            yield ast.Constant(number + 1)


def _formula(text: FormulaText, tree: ast.expr) -> FormulaText | None:
    """Return a formula with another tree; None where that is no formula any more."""
    try:
        parsed = parse_formula(ast.unparse(tree))
    except (ExpressionError, ValueError, RecursionError):
        return None
    return FormulaText(text.scalar, parsed)


def _source(text: SourceText, written: str) -> SourceText | None:
    try:
        return SourceText(replace(text.scalar, text=written), parse_source(written))
    except ExpressionError:
        return None
