"""What a formula can give, as far as its text shows: helpers of rules, and no rule themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from recordmap.expression.formula_reads import read_path

_FIRST_OF = ("first_of", "coalesce", "keep", "fill_if_empty")
"""Functions that give one of their arguments, the first that is something."""

_OLD_AND_NEW = {"overwrite_if_present": (1, 0), "if_changed": (1, 0), "newest": (2, 0)}
"""Functions that give one of two arguments: where the new value stands, and where the old one does."""


def choices(tree: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts that a formula's result can be, in the order in which they are tried."""
    match tree:
        case ast.BoolOp(values=values):
            for value in values:
                yield from choices(value)
        case ast.IfExp(body=body, orelse=orelse):
            yield from choices(body)
            yield from choices(orelse)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FIRST_OF:
            for argument in arguments:
                yield from choices(argument)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _OLD_AND_NEW:
            for position in _OLD_AND_NEW[name]:
                yield from choices(arguments[position]) if position < len(arguments) else (tree,)
        case _:
            yield tree


def reads_existing(tree: ast.expr, path: tuple[str, ...]) -> bool:
    """Whether a part of a formula is `existing` with these keys, and nothing else."""
    read = read_path(tree)
    return read is not None and read[0].id == "existing" and read[1] == path


def keeps_existing(tree: ast.expr, path: tuple[str, ...]) -> bool:
    """Whether a formula gives a field's own value where there is one: `existing` with `path`, alone or tried first."""
    if isinstance(tree, ast.IfExp):
        asks = any(reads_existing(part, path) for part in ast.walk(tree.test) if isinstance(part, ast.expr))
        return asks and (reads_existing(tree.body, path) or reads_existing(tree.orelse, path))
    return not _is_and(tree) and reads_existing(next(choices(tree), tree), path)


def _is_and(tree: ast.expr) -> bool:
    return isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And)
