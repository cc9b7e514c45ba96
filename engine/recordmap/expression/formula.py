"""Formulas: Python expression syntax, and a strict part of it.

Text is capped before Python's parser sees it, and the tree that comes out is checked against a list of allowed
nodes: what is not named here is not in the language. The checked tree is the one that is compiled and the one that
simpleeval evaluates; nobody parses the text again.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

from recordmap.expression.caps import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_NODES,
    ExpressionError,
    scan_before_parsing,
)

_WORDS = {"null": None, "true": True, "false": False}
_METHODS = {
    "strip": "trim(…)",
    "upper": "upper(…)",
    "lower": "lower(…)",
    "title": "title(…)",
    "replace": "replace(…, old, new)",
    "split": "split(…, separator)",
    "join": "join(list, separator)",
    "startswith": "starts_with(…, prefix)",
    "endswith": "ends_with(…, suffix)",
    "get": "get_value(…, name)",
    "format": "concat(…)",
}
_NOT_ALLOWED: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.Lambda: ("functions of one's own", None),
    ast.ListComp: ("loops", "pick from lists with JMESPath in `source` or `names`"),
    ast.SetComp: ("loops", "pick from lists with JMESPath in `source` or `names`"),
    ast.DictComp: ("loops", "pick from lists with JMESPath in `source` or `names`"),
    ast.GeneratorExp: ("loops", "pick from lists with JMESPath in `source` or `names`"),
    ast.JoinedStr: ("f-strings", "join texts with concat(…)"),
    ast.NamedExpr: ("assignment", "give the value a name under `names`"),
    ast.Starred: ("star arguments", None),
    ast.Tuple: ("tuples", "write a list in square brackets"),
    ast.Set: ("sets", "write a list in square brackets"),
    ast.Slice: ("slices", "use substring(text, start, length), or a JMESPath slice"),
    ast.Await: ("await", None),
    ast.Yield: ("yield", None),
}
_OPERATORS_NOT_ALLOWED: dict[type[ast.AST], str] = {
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.Invert: "~",
}
_FOREIGN = (
    ("||", "or"),
    ("&&", "and"),
    ("!=", None),
    ("!", "not"),
    ("?", "x if condition else y"),
    ("=", "=="),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the formula's text: offset and length in characters."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class NameRead:
    """A name that the formula reads, and the keys read from it step by step: `record.a["b"]` is (record, a, b)."""

    name: str
    keys: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function call: how many arguments by position, which by name, and constant ones for checks."""

    function: str
    node: ast.Call
    place: Place


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula. `tree` holds allowed nodes only and is never changed."""

    text: str
    tree: ast.expr
    names: tuple[NameRead, ...]
    calls: tuple[Call, ...]

    def place(self, node: ast.expr) -> Place:
        """Return where a node of the tree stands in the text."""
        return _place(self.text, node)


def parse_formula(text: str) -> Formula:
    """Parse and check a formula.

    Raises:
        ExpressionError: the text is not a formula; `code` is formula-syntax, formula-not-allowed or
            expression-too-long.
    """
    scan_before_parsing(text, "formula-syntax")
    # A folded formula may run over several lines; Python wants one. Lengths and offsets stay as they are.
    line = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    start = len(line) - len(line.lstrip())
    if not line.strip():
        raise ExpressionError("formula-syntax", "the formula is empty", 0, 1)
    try:
        tree = ast.parse(line[start:], mode="eval").body
    except SyntaxError as error:
        raise _syntax_error(line, start, error) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(
            "expression-too-long", "the formula is nested too deeply", 0, len(text)
        ) from None
    for node in ast.walk(tree):
        if start and isinstance(node, ast.expr):
            node.col_offset += start
            node.end_col_offset = (node.end_col_offset or 0) + start
    _check(tree, text)
    tree = _Words().visit(tree)
    return Formula(text, tree, tuple(_names(tree, text)), tuple(_calls(tree, text)))


class _Words(ast.NodeTransformer):
    """Makes `null`, `true` and `false` what `None`, `True` and `False` are."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in _WORDS:
            return ast.copy_location(ast.Constant(_WORDS[node.id]), node)
        return node


def _place(text: str, node: ast.expr) -> Place:
    # Python counts in bytes of UTF-8; people count in characters.
    encoded = text.encode()
    start = len(encoded[: node.col_offset].decode(errors="replace"))
    end = len(encoded[: node.end_col_offset].decode(errors="replace"))
    return Place(start, max(end - start, 1))


def _syntax_error(line: str, start: int, error: SyntaxError) -> ExpressionError:
    offset = min(max((error.offset or 1) - 1 + start, 0), max(len(line) - 1, 0))
    near = line[max(offset - 1, 0) : offset + 2]
    hint = None
    for sign, instead in _FOREIGN:
        if sign in near and instead is not None:
            hint = f"formulas write `{instead}` where you wrote `{sign}`"
            break
    message = (error.msg or "").split(". ")[0]
    if not message or message.startswith("invalid syntax"):
        message = f"the formula can't be read from '{line[offset : offset + 12].strip()}' on"
    return ExpressionError("formula-syntax", message, offset, 1, hint)


def _check(tree: ast.expr, text: str) -> None:
    """Walk the tree without recursion and refuse every node that is not in the language."""
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError("expression-too-long", "the formula is too large", 0, len(text))
        _check_node(node, text)
        parts = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call):
            parts.remove(node.func)
        stack.extend((part, depth + 1) for part in parts if not isinstance(part, _PLAIN))


_PLAIN = (
    *(
        ast.And,
        ast.Or,
        ast.Not,
        ast.USub,
        ast.UAdd,
        ast.Add,
        ast.Sub,
        ast.Mult,
        ast.Div,
        ast.FloorDiv,
        ast.Mod,
    ),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.Load),
)
_NODES = (
    *(ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp),
    *(ast.Call, ast.keyword, ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.Dict),
)


def _check_node(node: ast.AST, text: str) -> None:
    if type(node) in _OPERATORS_NOT_ALLOWED:
        sign = _OPERATORS_NOT_ALLOWED[type(node)]
        raise _not_allowed(f"the operator {sign} is not in the language", text, None)
    if not isinstance(node, _NODES):
        what, hint = _NOT_ALLOWED.get(type(node), ("this", None))
        raise _not_allowed(
            f"formulas have no {what}" if what != "this" else "formulas don't have this", text, node, hint
        )
    match node:
        case ast.Call():
            _check_call(node, text)
        case ast.keyword(arg=None):
            raise _not_allowed("formulas have no star arguments", text, node.value)
        case ast.Constant():
            _check_constant(node, text)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("_"):
            raise _not_allowed(f"'{name}': names that begin with an underscore can't be read", text, node)
        case ast.List(elts=parts) | ast.Dict(values=parts) if len(parts) > MAX_ENTRIES:
            raise ExpressionError("expression-too-long", f"more than {MAX_ENTRIES} entries", 0, len(text))
        case ast.Dict(keys=keys) if not all(
            isinstance(k, ast.Constant) and isinstance(k.value, str) for k in keys
        ):
            raise _not_allowed("a key must be a text in quotes", text, node)
        case ast.Compare():
            _check_comparison(node, text)
        case _:
            pass


def _check_call(node: ast.Call, text: str) -> None:
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        instead = _METHODS.get(name)
        hint = f"write {instead}" if instead else "call a function: recordmap functions lists them"
        raise _not_allowed(f"'.{name}(…)': formulas have no methods", text, node.func, hint)
    if not isinstance(node.func, ast.Name):
        raise _not_allowed("only a function's name can be called", text, node.func)
    if node.func.id.startswith("_"):
        raise _not_allowed(
            f"'{node.func.id}': names that begin with an underscore can't be read", text, node.func
        )
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        raise _not_allowed("formulas have no star arguments", text, node)
    given = [keyword.arg for keyword in node.keywords]
    if len(given) != len(set(given)):
        raise _not_allowed("an argument is given twice", text, node)


def _check_constant(node: ast.Constant, text: str) -> None:
    value = node.value
    if isinstance(value, bool | str | None):
        return
    if isinstance(value, int) and abs(value) < 2**63:
        return
    if isinstance(value, float) and math.isfinite(value):
        return
    if isinstance(value, int | float):
        raise _not_allowed("a number too large", text, node)
    raise _not_allowed("formulas don't have this kind of value", text, node)


def _check_comparison(node: ast.Compare, text: str) -> None:
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if isinstance(operator, ast.Is | ast.IsNot):
            sides = (left, right)
            if not any(isinstance(side, ast.Constant) and side.value is None for side in sides):
                raise _not_allowed("`is` compares with None only", text, node, "write == to compare values")


def _not_allowed(message: str, text: str, node: ast.AST | None, hint: str | None = None) -> ExpressionError:
    place = _place(text, node) if isinstance(node, ast.expr) else Place(0, len(text))
    return ExpressionError("formula-not-allowed", message, place.offset, place.length, hint)


def constant_key(node: ast.expr) -> str | int | None:
    """Return the key that a subscript reads when it is a plain text or whole number, else None."""
    match node:
        case ast.Constant(value=str() | int() as key) if not isinstance(key, bool):
            return key
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as key)) if not isinstance(
            key, bool
        ):
            return -key
        case _:
            return None


def read_path(node: ast.expr) -> tuple[ast.Name, tuple[str, ...]] | None:
    """Return the root name and the text keys of `a.b["c"]`, or None for anything else."""
    keys: list[str] = []
    while True:
        match node:
            case ast.Name():
                return node, tuple(reversed(keys))
            case ast.Attribute(value=value, attr=key):
                keys.append(key)
                node = value
            case ast.Subscript(value=value, slice=ast.Constant(value=str() as key)):
                keys.append(key)
                node = value
            case _:
                return None


def _names(tree: ast.expr, text: str) -> Iterator[NameRead]:
    """Yield each read once, with the longest path: `record.a.b` is one read, not three."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr):
            path = read_path(node)
            if path is not None:
                yield NameRead(path[0].id, path[1], _place(text, node))
                continue
        if isinstance(node, ast.Call):
            stack.extend([*node.args, *(keyword.value for keyword in node.keywords)])
        else:
            stack.extend(ast.iter_child_nodes(node))


def _calls(tree: ast.expr, text: str) -> Iterator[Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield Call(node.func.id, node, _place(text, node.func))
