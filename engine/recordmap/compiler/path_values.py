"""What is known of a value of a path while it is compiled.

How to read it, which kinds it can have, and often the value itself. What is known is never asked again at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable
from typing import Any

from recordmap.compiler.writer import Block, Writer, call
from recordmap.expression.source_functions import ANYTHING, Kinds, kind_of
from recordmap.frozen import Frozen, replace
from recordmap.runtime.paths import is_true
from recordmap.schema.types import ANY, Kind, Type

Test = ast.expr | bool
"""A condition: an expression, or its outcome where that is known."""

NULL: Kinds = frozenset({Kind.NULL})
BOOLEAN: Kinds = frozenset({Kind.BOOLEAN})
NUMBER: Kinds = frozenset({Kind.NUMBER})
TEXT: Kinds = frozenset({Kind.TEXT})
LIST: Kinds = frozenset({Kind.LIST})
OBJECT: Kinds = frozenset({Kind.OBJECT})
CONTAINERS: Kinds = LIST | OBJECT

_TYPES = {Kind.BOOLEAN: bool, Kind.TEXT: str, Kind.LIST: list, Kind.OBJECT: dict}


class Known(Frozen):
    """A value that is known while compiling."""

    value: Any


class Fields(Frozen):
    """What is known of a new object: which keys hold texts or null, and how many characters all keys have.

    Everything else in it are numbers within their limits, true, false and null.
    """

    texts: tuple[str, ...]
    characters: int


class Value(Frozen):
    """A value: `expr` reads it and may stand more than once, unless a known list or object is written out there.

    Reads from values with one `key` are the same reads, so they are made once. `type` is what a schema promises; only
    the optimistic tier believes it. A list that is `of_texts` holds nothing but texts, of no class of their own.
    `fields` tells of an object, `of_objects` of all that are in a list.
    """

    expr: ast.expr
    kinds: Kinds = ANYTHING
    key: tuple[Hashable, ...] = ()
    known: Known | None = None
    type: Type = ANY
    of_texts: bool = False
    fields: Fields | None = None
    of_objects: Fields | None = None

    def narrowed(self, kinds: Kinds) -> Value:
        """Return the same value where it is sure to be of some of its kinds."""
        return replace(self, kinds=self.kinds & kinds)


def known(value: Any) -> Value:
    """Return a value that is known. Lists and objects are written out, so that each record gets its own."""
    return Value(_written(value), frozenset({kind_of(value)}), (), Known(value))


def _written(value: Any) -> ast.expr:
    if isinstance(value, list):
        return ast.List([_written(part) for part in value], ast.Load())
    if isinstance(value, dict):
        return ast.Dict([ast.Constant(key) for key in value], [_written(part) for part in value.values()])
    return ast.Constant(value)


NOTHING = known(None)


def local(block: Block, expr: ast.expr, hint: str, kinds: Kinds = ANYTHING) -> Value:
    """Bind an expression to a local and return its value; names and constants need none."""
    bound = block.let(expr, hint)
    if isinstance(bound, ast.Constant):
        return known(bound.value)
    return Value(bound, kinds, ("local", bound.id if isinstance(bound, ast.Name) else ast.dump(bound)))


def shared(value: Value, block: Block) -> ast.expr:
    """Return an expression for a value that is only looked at: known lists and objects are made once for all."""
    if value.known is not None and isinstance(value.known.value, list | dict):
        return block.writer.constant(value.known.value)
    return value.expr


def type_is(value: Value, kind: Kind, writer: Writer) -> Test:
    """Return the test whether a value is of a kind."""
    if value.kinds == {kind}:
        return True
    if kind not in value.kinds:
        return False
    if kind is Kind.NULL:
        return is_null(value)
    if value.kinds == {kind, Kind.NULL}:
        return negated(is_null(value))
    if kind is Kind.NUMBER:
        whole, fraction = (exactly(value, one, writer) for one in (int, float))
        return ast.BoolOp(ast.Or(), [whole, fraction])
    return call(writer.helper(isinstance), value.expr, writer.helper(_TYPES[kind]))


def exactly(value: Value, kind: type, writer: Writer) -> ast.expr:
    """Return the test whether a value is of a class of Python's, and of none derived from it."""
    return ast.Compare(call(writer.helper(type), value.expr), [ast.Is()], [writer.helper(kind)])


def is_null(value: Value) -> Test:
    """Return the test whether a value is null."""
    if Kind.NULL not in value.kinds:
        return False
    return value.kinds == NULL or ast.Compare(value.expr, [ast.Is()], [ast.Constant(None)])


def truth(value: Value, writer: Writer) -> Test:
    """Return the test whether a value counts as true: numbers always do, 0 among them."""
    if value.known is not None:
        return is_true(value.known.value)
    if value.kinds <= NUMBER | NULL:
        return negated(is_null(value))
    if Kind.NUMBER not in value.kinds:
        return value.expr
    return any_of(value.expr, type_is(value, Kind.NUMBER, writer))


def negated(test: Test) -> Test:
    """Return the opposite of a test."""
    match test:
        case bool():
            return not test
        case ast.UnaryOp(op=ast.Not(), operand=operand) if isinstance(operand, ast.Compare):
            return operand
        case ast.Compare(left=left, ops=[ast.Is()], comparators=comparators):
            return ast.Compare(left, [ast.IsNot()], comparators)
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=comparators):
            return ast.Compare(left, [ast.Is()], comparators)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=comparators):
            return ast.Compare(left, [ast.NotEq()], comparators)
        case _:
            return ast.UnaryOp(ast.Not(), test)


def all_of(*tests: Test) -> Test:
    """Return the test that holds when all do."""
    return False if False in _decided(tests) else _joined(ast.And(), tests, outcome=True)


def any_of(*tests: Test) -> Test:
    """Return the test that holds when one does."""
    return True if True in _decided(tests) else _joined(ast.Or(), tests, outcome=False)


def _decided(tests: tuple[Test, ...]) -> set[bool]:
    return {test for test in tests if isinstance(test, bool)}


def _joined(operator: ast.boolop, tests: tuple[Test, ...], *, outcome: bool) -> Test:
    """Join tests that are open; those joined by the same operator already go into one row."""
    parts: list[ast.expr] = []
    for test in tests:
        if isinstance(test, ast.BoolOp) and type(test.op) is type(operator):
            parts.extend(test.values)
        elif not isinstance(test, bool):
            parts.append(test)
    if not parts:
        return outcome
    return parts[0] if len(parts) == 1 else ast.BoolOp(operator, parts)


def expression(test: Test) -> ast.expr:
    """Return a test as an expression."""
    return ast.Constant(test) if isinstance(test, bool) else test
