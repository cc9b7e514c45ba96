"""What a formula is made of, and what it reads: names, and keys of them step by step."""

from __future__ import annotations

import ast
from collections.abc import Iterable

_PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.BoolOp: ("op", "values"),
    ast.UnaryOp: ("op", "operand"),
    ast.BinOp: ("left", "op", "right"),
    ast.Compare: ("left", "ops", "comparators"),
    ast.Subscript: ("value", "slice"),
    ast.Attribute: ("value",),
    ast.keyword: ("value",),
    ast.Constant: (),
    ast.Name: (),
}
"""Fields with nodes, of kinds that there are many of. Others are asked; a name is always read here, never set."""


def parts_of(node: ast.AST) -> Iterable[ast.AST]:
    """Return the nodes that a node is made of, in the order of its fields."""
    fields = _PARTS.get(type(node))
    if fields is None:
        return [part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.Load)]
    parts: list[ast.AST] = []
    for field in fields:
        part = getattr(node, field)
        if type(part) is list:
            parts += part
        else:
            parts.append(part)
    return parts


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


def reads(tree: ast.expr) -> list[tuple[ast.expr, str, tuple[str, ...]]]:
    """Return each read with its name and keys, as the text has them: `record.a.b` is one read, not three.

    This is the order in which the paths behind names are walked, however the formula is evaluated.
    """
    found: list[tuple[ast.expr, str, tuple[str, ...]]] = []
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr):
            path = read_path(node)
            if path is not None:
                found.append((node, path[0].id, path[1]))
                continue
        if isinstance(node, ast.Call):
            stack.extend([*node.args, *(keyword.value for keyword in node.keywords)])
        else:
            stack.extend(parts_of(node))
    return sorted(found, key=lambda read: read[0].col_offset)
