"""Formulas: Python expression syntax, and a strict part of it.

Text is capped before Python's parser sees it, and the tree that comes out is checked against a list of allowed
nodes: what is not named here is not in the language. The checked tree is the one that is compiled and the one that
simpleeval evaluates; nobody parses the text again.
"""

from __future__ import annotations

import ast
import math
import warnings

from recordmap.expression.caps import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_NODES,
    ExpressionError,
    scan_before_parsing,
)
from recordmap.expression.formula_reads import parts_of, reads
from recordmap.frozen import Frozen

_WORDS = {"null": None, "true": True, "false": False}
_METHODS = {
    "strip": "trim({})",
    "upper": "upper({})",
    "lower": "lower({})",
    "title": "title({})",
    "replace": "replace({}, old, new)",
    "split": "split({}, separator)",
    "join": "join(list, {})",
    "startswith": "starts_with({}, prefix)",
    "endswith": "ends_with({}, suffix)",
    "get": "get_value({}, name)",
    "format": "concat(text, value, text)",
}
_LOOPS = ("loops", "pick from a list with a path, in `source` or under `names`")
_NOT_ALLOWED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("functions of their own", "call one of those that `recordmap functions` lists"),
    ast.ListComp: _LOOPS,
    ast.SetComp: _LOOPS,
    ast.DictComp: _LOOPS,
    ast.GeneratorExp: _LOOPS,
    ast.JoinedStr: ("texts with values in them", 'join them: concat("Dear ", record.name)'),
    ast.NamedExpr: ("assignments", "give the value a name under `names`"),
    ast.Starred: ("star arguments", "write the arguments one by one"),
    ast.Tuple: ("values side by side with a comma", "write a list in square brackets, or delete the comma"),
    ast.Set: ("sets", "write a list in square brackets"),
    ast.Slice: ("parts such as [0:3]", "write substring(text, start, length), or [0:3] in a path"),
    ast.Await: ("'await'", "delete it"),
    ast.Yield: ("'yield'", "delete it"),
}
_OPERATORS_NOT_ALLOWED: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.Pow: ("**", "multiply: write value * value"),
    ast.LShift: ("<<", None),
    ast.RShift: (">>", None),
    ast.BitOr: ("|", "for 'or', write or"),
    ast.BitAnd: ("&", "for 'and', write and; to join texts, write concat(a, b)"),
    ast.BitXor: ("^", None),
    ast.MatMult: ("@", None),
    ast.Invert: ("~", "for 'not', write not"),
}


class Place(Frozen):
    """A stretch of the formula's text: offset and length in characters."""

    offset: int
    length: int


class NameRead(Frozen):
    """A name that the formula reads, and the keys read from it step by step: `record.a["b"]` is (record, a, b)."""

    name: str
    keys: tuple[str, ...]
    place: Place


class Call(Frozen):
    """A function call: how many arguments by position, which by name, and constant ones for checks."""

    function: str
    node: ast.Call
    place: Place


class Formula(Frozen):
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
        # Python warns of escapes such as "\d", which patterns are full of and which mean what they seem to.
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(line[start:], mode="eval").body
    except SyntaxError as error:
        from recordmap.expression.formula_errors import syntax_error  # noqa: PLC0415 - only for what is wrong

        raise syntax_error(line, error, start) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(
            "expression-too-long", "the formula is nested too deeply", 0, len(text)
        ) from None
    if start:
        for node in ast.walk(tree):
            if isinstance(node, ast.expr):
                node.col_offset += start
                node.end_col_offset = (node.end_col_offset or 0) + start
    called = _check(tree, text)
    if any(word in text for word in _WORDS):
        tree = _Words().visit(tree)
    calls = tuple(Call(name.id, node, _place(text, name)) for node, name in called)
    return Formula(text, tree, _names(tree, text), calls)


class _Words(ast.NodeTransformer):
    """Makes `null`, `true` and `false` what `None`, `True` and `False` are."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in _WORDS:
            return ast.copy_location(ast.Constant(_WORDS[node.id]), node)
        return node


def _place(text: str, node: ast.expr) -> Place:
    # Python counts in bytes of UTF-8; people count in characters.
    if text.isascii():
        return Place(node.col_offset, max((node.end_col_offset or 0) - node.col_offset, 1))
    encoded = text.encode()
    start = len(encoded[: node.col_offset].decode(errors="replace"))
    end = len(encoded[: node.end_col_offset].decode(errors="replace"))
    return Place(start, max(end - start, 1))


def _check(tree: ast.expr, text: str) -> list[tuple[ast.Call, ast.Name]]:
    """Walk the tree without recursion, refuse every node that is not in the language, and return the calls."""
    level: list[ast.AST] = [tree]
    calls: list[tuple[ast.Call, ast.Name]] = []
    count = depth = 0
    while level:
        depth += 1
        count += len(level)
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError("expression-too-long", "the formula is too large", 0, len(text))
        below: list[ast.AST] = []
        for node in level:
            _check_node(node, text)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                calls.append((node, node.func))
                below += [*node.args, *node.keywords]
            else:
                below += [part for part in parts_of(node) if type(part) not in _PLAIN]
        level = below
    return calls


_PLAIN = frozenset(
    (
        *(ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd),
        *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
        *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot),
    )
)
_NODES = frozenset(
    (
        *(ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp),
        *(ast.Call, ast.keyword, ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.Dict),
    )
)


def _check_node(node: ast.AST, text: str) -> None:
    if type(node) not in _NODES:
        what, hint = _NOT_ALLOWED.get(type(node), ("this", None))
        raise _not_allowed(f"formulas don't have {what}", text, node, hint)
    match node:
        case ast.BinOp(op=sign) | ast.UnaryOp(op=sign) if type(sign) in _OPERATORS_NOT_ALLOWED:
            written, hint = _OPERATORS_NOT_ALLOWED[type(sign)]
            raise _not_allowed(f"formulas don't have the sign {written}", text, node, hint)
        case ast.Call():
            _check_call(node, text)
        case ast.keyword(arg=None):
            raise _not_allowed("formulas don't have star arguments", text, node.value)
        case ast.Constant():
            _check_constant(node, text)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("_"):
            message = f"'{name}': names that begin with an underscore can't be read"
            hint = f'for a field of that name, write ["{name}"]' if isinstance(node, ast.Attribute) else None
            raise _not_allowed(message, text, node, hint)
        case ast.Name(id=name) | ast.Attribute(attr=name) if not name.isascii() or not text.isascii():
            _check_spelling(node, name, text)
        case ast.List(elts=parts) | ast.Dict(values=parts) if len(parts) > MAX_ENTRIES:
            raise ExpressionError("expression-too-long", f"more than {MAX_ENTRIES} entries", 0, len(text))
        case ast.Dict(keys=keys) if not all(
            isinstance(k, ast.Constant) and isinstance(k.value, str) for k in keys
        ):
            raise _not_allowed("a name in { } must be a text in quotes", text, node, 'write {"name": value}')
        case ast.Compare():
            _check_comparison(node, text)
        case _:
            pass


def _check_spelling(node: ast.Name | ast.Attribute, name: str, text: str) -> None:
    """Refuse a name that Python reads otherwise than it is written: the ligature `ﬁ` as the letters f and i."""
    place = _place(text, node)
    written = text[place.offset : place.offset + place.length]
    if not written.endswith(name):
        key = written.rpartition(".")[2].strip()
        hint = f'write ["{key}"]' if isinstance(node, ast.Attribute) else f"write {name}"
        raise _not_allowed(f"'{key}' would be read as '{name}', which has other characters", text, node, hint)


def _check_call(node: ast.Call, text: str) -> None:
    if isinstance(node.func, ast.Attribute):
        place = _place(text, node.func.value)
        value = text[place.offset : place.offset + place.length]
        instead = _METHODS.get(node.func.attr, "").format(value)
        hint = f"write {instead}" if instead else "call a function: `recordmap functions` lists them"
        message = f"'.{node.func.attr}(…)' can't stand behind a value"
        raise _not_allowed(message, text, node.func, hint)
    if not isinstance(node.func, ast.Name) or node.func.id in _WORDS:
        hint = "delete the brackets behind it, or put a sign such as * before them"
        raise _not_allowed("only the name of a function can be called", text, node.func, hint)
    if node.func.id.startswith("_"):
        message = f"'{node.func.id}': names that begin with an underscore can't be read"
        raise _not_allowed(message, text, node.func)
    starred = next((argument for argument in node.args if isinstance(argument, ast.Starred)), None)
    if starred is not None:
        raise _not_allowed(
            "formulas don't have star arguments", text, starred, "write the arguments one by one"
        )
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
        raise _not_allowed("a number too large", text, node, "to mean text, put it in quotes")
    hint = "write a text in quotes, a number, true, false or null"
    raise _not_allowed("formulas don't have this kind of value", text, node, hint)


def _check_comparison(node: ast.Compare, text: str) -> None:
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if isinstance(operator, ast.Is | ast.IsNot) and not _is_null(left) and not _is_null(right):
            raise _not_allowed("`is` compares with null only", text, node, "to compare values, write ==")


def _is_null(node: ast.expr) -> bool:
    # The word null is a name still: words become constants once the whole tree is known to be small.
    match node:
        case ast.Constant(value=None) | ast.Name(id="null"):
            return True
        case _:
            return False


def _not_allowed(message: str, text: str, node: ast.AST | None, hint: str | None = None) -> ExpressionError:
    place = _place(text, node) if isinstance(node, ast.expr) else Place(0, len(text))
    return ExpressionError("formula-not-allowed", message, place.offset, place.length, hint)


def _names(tree: ast.expr, text: str) -> tuple[NameRead, ...]:
    return tuple(NameRead(name, keys, _place(text, node)) for node, name, keys in reads(tree))
