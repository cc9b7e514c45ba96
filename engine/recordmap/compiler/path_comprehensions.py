"""Loops that only fill a list, as list comprehensions: the same steps in the same order, with less work around them."""

from __future__ import annotations

import ast


def filled(result: str, loop: ast.For) -> ast.ListComp | None:
    """Return the comprehension that makes what a loop appends to the new list `result`, or None where it does more."""
    clauses = [ast.comprehension(loop.target, loop.iter, [], 0)]
    body = loop.body
    while body:
        *before, last = body
        for statement in before:
            match statement:
                case ast.Assign(targets=[ast.Name() as local], value=value):
                    # Python makes an assignment of a loop over a list of one.
                    clauses.append(ast.comprehension(local, ast.List([value], ast.Load()), [], 0))
                case _:
                    return None
        match last:
            case ast.If(test=test, body=body, orelse=[]):
                clauses[-1].ifs.append(test)
            case ast.For(target=target, iter=items, body=body, orelse=[]):
                clauses.append(ast.comprehension(target, items, [], 0))
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value])
            ):
                return _made(value, clauses) if name == result else None
            case _:
                return None
    return None


def _made(value: ast.expr, clauses: list[ast.comprehension]) -> ast.ListComp:
    match clauses[-1]:
        case ast.comprehension(target=ast.Name(id=local), iter=ast.List(elts=[made]), ifs=[]):
            if isinstance(value, ast.Name) and value.id == local:
                return ast.ListComp(made, clauses[:-1])
        case _:
            pass
    return ast.ListComp(value, clauses)
