"""Sources and formulas written out from their trees, in one spelling: what means the same looks the same.

What is written is read back as the same tree. A source that can't be written out so keeps its own spelling. Nothing is
said in words here.
"""

from __future__ import annotations

import ast
import copy
import json
from contextlib import suppress

from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import Formula
from recordmap.expression.source import Source, parse_source, source_key
from recordmap.expression.source_nodes import (
    And,
    Chain,
    Comparator,
    Current,
    ExpressionReference,
    Field,
    FilterProjection,
    Flatten,
    FunctionCall,
    Index,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    Node,
    Not,
    ObjectProjection,
    Or,
    Pipe,
    Projection,
    Slice,
)


def formula_text(formula: Formula) -> str:
    """Return a formula in one spelling, with texts in double quotes and null, true and false as JSON writes them."""
    return expression_text(formula.tree)


def expression_text(node: ast.expr) -> str:
    """Return a part of a formula so."""
    match node:
        case ast.BoolOp(op=operator, values=values):
            word = " and " if isinstance(operator, ast.And) else " or "
            return word.join(_bracketed(one) for one in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"not {_bracketed(operand)}"
        case _:
            return _unparsed(node)


def _bracketed(node: ast.expr) -> str:
    text = expression_text(node)
    return f"({text})" if isinstance(node, ast.BoolOp | ast.IfExp) else text


def _unparsed(node: ast.expr) -> str:
    return ast.unparse(_Constants().visit(copy.deepcopy(node)))  # the tree of a formula is never changed


class _Constants(ast.NodeTransformer):
    """Puts names in the place of constants, spelled as the page is to show them."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str) or node.value is None or isinstance(node.value, bool):
            return ast.Name(_json(node.value), ast.Load())
        return node


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else repr(value)


def source_text(source: Source) -> str:
    """Return a source in one spelling, or in its own where brackets stand as no other spelling has them."""
    with suppress(ValueError, ExpressionError):
        text = path_text(source.tree)
        if parse_source(text).tree == source.tree:
            return text
    return " ".join(source.text.split())


def path_text(node: Node) -> str:
    """Return a part of a source in one spelling.

    Raises:
        ValueError: it can't be written out.
    """
    match node:
        case Current():
            return "@"
        case Field(name=name):
            return source_key(name)
        case Index(position=position):
            return f"[{position}]"
        case Literal(json=text):
            return f"`{text.replace('`', chr(92) + '`')}`"
        case Pipe(steps=steps):
            return " | ".join(map(_term, steps))
        case Chain(steps=steps):
            return _chained(steps)
        case Flatten() | Projection():
            return _projected(node)
        case Or() | And():
            return (" || " if isinstance(node, Or) else " && ").join(map(_term, node.operands))
        case Not(operand=operand):
            return f"!{_operand(operand)}"
        case Comparator(comparison=comparison, left=left, right=right):
            return f"{_term(left)} {comparison.value} {_term(right)}"
        case MultiSelectList(items=items):
            return f"[{', '.join(map(path_text, items))}]"
        case MultiSelectHash(entries=entries):
            inside = (f"{source_key(one.key)}: {path_text(one.value)}" for one in entries)
            return f"{{{', '.join(inside)}}}"
        case FunctionCall(name=name, arguments=arguments):
            return f"{name}({', '.join(map(path_text, arguments))})"
        case ExpressionReference(expression=expression):
            return f"&{_operand(expression)}"
        case _:
            return path_text(node.children[0]) if node.children else ""


def _chained(steps: tuple[Node, ...]) -> str:
    text = ""
    for step in steps:
        if not text:
            text = _operand(step)
        elif isinstance(step, Index):
            text += path_text(step)
        else:
            text += f".{path_text(step)}"
    return text


def _projected(node: Node) -> str:
    match node:
        case Flatten(base=base):
            return f"{_base(base)}[]"
        case ObjectProjection(base=base, each=each):
            head = f"{_base(base)}.*" if _base(base) else "*"
        case FilterProjection(base=base, each=each, condition=condition):
            head = f"{_base(base)}[?{path_text(condition)}]"
        case Projection(base=Flatten() as base, each=each):
            head = _projected(base)
        case Projection(base=base, each=each) if _slice_of(base) is not None:
            head = _sliced(base)
        case Projection(base=base, each=each):
            head = f"{_base(base)}[*]"
        case _:
            return ""
    return head + _rest(each)


def _rest(each: Node) -> str:
    """Return what is done to each element, as it is written behind a projection."""
    if isinstance(each, Current):
        return ""
    text = path_text(each)
    if text.startswith("("):
        raise ValueError("brackets can't stand behind a projection")
    return text if text.startswith("[") and not isinstance(each, MultiSelectList) else f".{text}"


def _base(base: Node) -> str:
    return "" if isinstance(base, Current) else _operand(base)


def _slice_of(base: Node) -> Slice | None:
    if isinstance(base, Slice):
        return base
    last = base.steps[-1] if isinstance(base, Chain) and base.steps else None
    return last if isinstance(last, Slice) else None


def _sliced(base: Node) -> str:
    part = _slice_of(base)
    if part is None:
        return ""
    numbers = ["" if one is None else str(one) for one in (part.start, part.stop)]
    step = "" if part.step is None else f":{part.step}"
    before = _chained(base.steps[:-1]) if isinstance(base, Chain) else ""
    return f"{before}[{':'.join(numbers)}{step}]"


def _term(node: Node) -> str:
    """Return an operand of a row or a comparison, in round brackets where it is a row itself."""
    text = path_text(node)
    return f"({text})" if isinstance(node, Or | And | Pipe | Comparator) else text


def _operand(node: Node) -> str:
    """Return a part in round brackets, where it could be read otherwise without them."""
    text = path_text(node)
    return f"({text})" if isinstance(node, Or | And | Pipe | Comparator | Projection | Not) else text
