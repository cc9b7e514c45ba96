"""Sources to Python statements: what JMESPath says, decided as far as it can be while compiling.

Keys are read null-safe, and each prefix once for all sources and formulas of a function. Projections become loops,
with their bodies behind one test where nothing but objects can pass; `||`, `&&` and multi-selects become branches;
expression references become the bodies of loops. Loops and functions that walk lists are counted in the local
`steps`, so what a path costs is what the trace counts too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable

from recordmap.compiler.formula_values import Made
from recordmap.compiler.path_calls import emit_call
from recordmap.compiler.path_comparisons import compare
from recordmap.compiler.path_loops import emit_flatten, emit_projection, hint
from recordmap.compiler.path_objects import compared_with_number, is_number, prove
from recordmap.compiler.path_reads import read_element, read_field, read_slice
from recordmap.compiler.path_values import (
    BOOLEAN,
    LIST,
    NOTHING,
    NULL,
    NUMBER,
    OBJECT,
    Fields,
    Test,
    Value,
    all_of,
    any_of,
    expression,
    is_null,
    known,
    local,
    negated,
    truth,
    type_is,
)
from recordmap.compiler.writer import Block, call, load
from recordmap.expression.source import Source
from recordmap.expression.source_functions import ANYTHING
from recordmap.expression.source_limits import FREE_COPIES, MAX_LOOPS, cannot_fail, copies
from recordmap.expression.source_nodes import (
    Chain,
    Choice,
    Comparator,
    Current,
    Entry,
    ExpressionReference,
    Field,
    Flatten,
    FunctionCall,
    Index,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    Node,
    Not,
    Or,
    Projection,
    Slice,
    walk,
)
from recordmap.frozen import replace
from recordmap.runtime.budget import bounded
from recordmap.schema.types import Kind, Type


def emit_path(
    source: Source, block: Block, base: ast.expr, base_key: Hashable, type_: Type | None = None
) -> ast.expr:
    """Emit a source that is evaluated on `base`, and return a local name or a constant that holds the result.

    `base_key` tells bases apart: reads of the same steps from bases with the same key are made once, together with
    those of `recordmap.compiler.reads`. `type_` is what a schema says of an object;
    without it, `base` may be anything.

    The code raises `recordmap.diagnostics.Fault` where the source fails, and nothing else on JSON data. When it sets
    `block.writer.uses_steps`, the function around it must begin with `steps = 0`.
    """
    known_base = isinstance(base, ast.Constant)
    current = local(block, base, "base") if known_base else Value(block.let(base, "base"), key=(base_key,))
    if type_ is not None:
        current = replace(current.narrowed(OBJECT), type=type_)
    value = _Paths(joins_loops=_few_loops(source.tree)).value(source.tree, block, current)
    if value.known is None and copies(source.tree) > FREE_COPIES:
        value = local(block, call(block.writer.helper(bounded), value.expr), "bounded")
    made = block.let(value.expr, "value")
    if (value.of_texts or value.of_objects) and isinstance(made, ast.Name):
        block.tell(made.id, Made(made, value.kinds, of_texts=value.of_texts, of_objects=value.of_objects))
    return made


class _Paths:
    """Emits nodes. A node's value is read where the code emitted for it has run, and nowhere else."""

    def __init__(self, *, joins_loops: bool) -> None:
        self.joins_loops = joins_loops

    def value(self, node: Node, block: Block, current: Value) -> Value:
        """Emit a node that is evaluated on `current`."""
        match node:
            case Field():
                return read_field(node, block, current)
            case Chain(steps=steps):
                for step in steps:
                    current = self.value(step, block, current)
                return current
            case Current():
                return current
            case Literal(value=literal):
                return known(literal)
            case Index():
                return read_element(node, block, current)
            case Slice():
                return read_slice(node, block, current)
            case Projection():
                return emit_projection(node, block, current, self)
            case Flatten(base=base):
                return emit_flatten(self.value(base, block, current), block)
            case Comparator():
                return self._comparator(node, block, current)
            case Choice():
                return self._choice(node, block, current)
            case Not():
                return _as_value(self.condition(node, block, current), block, "opposite")
            case MultiSelectList() | MultiSelectHash():
                return self._multi_select(node, block, current)
            case FunctionCall():
                return emit_call(node, block, current, self)
            case _:
                raise AssertionError(f"{type(node).__name__} passed the parser of sources as a value")

    def condition(self, node: Node, block: Block, current: Value) -> Test:
        """Emit a node of which is asked only whether it is true."""
        match node:
            case Comparator(comparison=comparison):
                left = self.value(node.left, block, current)
                compared = compare(comparison, left, self.value(node.right, block, current), block)
                return all_of(compared.possible, compared.holds)
            case Not(operand=operand):
                return negated(self.condition(operand, block, current))
            case Choice():
                return self._choice_condition(node, block, current)
            case _:
                return truth(self.value(node, block, current), block.writer)

    def _choice_condition(self, node: Choice, block: Block, current: Value) -> Test:
        """Join the operands; one that may fail or costs steps is evaluated only when it decides."""
        stops, join = (True, any_of) if isinstance(node, Or) else (False, all_of)
        test = self.condition(node.operands[0], block, current)
        for operand in node.operands[1:]:
            if test is stops:
                break
            if cannot_fail(operand):
                test = join(test, self.condition(operand, block, current))
                continue
            inner = block.nested()
            following = self.condition(operand, inner, current)
            if inner.body:
                decision = block.writer.fresh("decision")
                block.assign(decision, expression(test))
                inner.assign(decision, expression(following))
                open_test = ast.UnaryOp(ast.Not(), load(decision)) if stops else load(decision)
                block.emit(ast.If(open_test, inner.body, []))
                test = load(decision)
            else:
                test = join(test, following)
        return test

    def when(self, node: Node, block: Block, current: Value, then: Callable[[Block], None]) -> None:
        """Emit what happens when a node is true."""
        if isinstance(node, Choice) and not isinstance(node, Or):
            first, *others = node.operands
            if others:
                rest = type(node)(tuple(others), offset=node.offset, length=node.length)
                self.when(first, block, current, lambda inner: self.when(rest, inner, current, then))
                return
            node = first
        test = self.condition(node, block, current)
        if test is True:
            then(block)
        elif test is not False:
            inner = block.nested()
            compared = compared_with_number(node)
            if compared is not None and _reads_keys_only(compared):
                read = self.value(compared, inner, current)
                if isinstance(read.expr, ast.Name):
                    inner.note(is_number(read.expr))
            then(inner)
            if inner.body:
                block.emit(ast.If(expression(test), inner.body, []))

    def _comparator(self, node: Comparator, block: Block, current: Value) -> Value:
        left = self.value(node.left, block, current)
        compared = compare(node.comparison, left, self.value(node.right, block, current), block)
        if compared.possible is False:
            return NOTHING
        if compared.possible is True and not compared.nullable:
            return _as_value(compared.holds, block, "test")
        holds = expression(compared.holds)
        if compared.possible is not True:
            holds = ast.IfExp(expression(compared.possible), holds, ast.Constant(None))
        return local(block, holds, "test", BOOLEAN | NULL)

    def _choice(self, node: Choice, block: Block, current: Value) -> Value:
        """Emit operands until one decides. A later operand runs only when all before it left the choice open."""
        chosen: str | None = None
        stops = isinstance(node, Or)
        value = self.value(node.operands[0], block, current)
        for operand in node.operands[1:]:
            test = truth(value, block.writer)
            if test is stops:
                break
            if isinstance(test, bool):
                value, chosen = self.value(operand, block, current), None
                continue
            inner = block.nested()
            following = self.value(operand, inner, current)
            kinds = (value.kinds - NULL if stops else value.kinds - NUMBER) | following.kinds
            if inner.body:
                if chosen is None:
                    chosen = block.writer.fresh(hint(node))
                    block.assign(chosen, value.expr)
                inner.assign(chosen, following.expr)
                block.emit(ast.If(expression(negated(test) if stops else test), inner.body, []))
                value = Value(load(chosen), kinds, ("local", chosen))
            else:
                first, last = (value, following) if stops else (following, value)
                made = ast.IfExp(expression(test), first.expr, last.expr)
                value, chosen = local(block, made, hint(node), kinds), None
        return value

    def _multi_select(self, node: MultiSelectList | MultiSelectHash, block: Block, current: Value) -> Value:
        kinds = LIST if isinstance(node, MultiSelectList) else OBJECT
        null = is_null(current)
        if null is True:
            return NOTHING
        inner = block if null is False else block.nested()
        made, fields = self._made(node, inner, current.narrowed(ANYTHING - NULL))
        if null is False:
            return replace(local(block, made, hint(node), kinds), fields=fields)
        if not inner.body:
            made = ast.IfExp(expression(negated(null)), made, ast.Constant(None))
            return local(block, made, hint(node), kinds | NULL)
        name = block.writer.fresh(hint(node))
        block.assign(name, ast.Constant(None))
        inner.assign(name, made)
        block.emit(ast.If(expression(negated(null)), inner.body, []))
        return Value(load(name), kinds | NULL, ("local", name))

    def _made(
        self, node: MultiSelectList | MultiSelectHash, block: Block, current: Value
    ) -> tuple[ast.expr, Fields | None]:
        """Emit the parts of a multi-select. Where several are keys, whether there are any is asked once."""
        parts = [part.value if isinstance(part, Entry) else part for part in node.children]
        as_object = current
        readers = [part for part in parts if _reads_keys_only(part) and not isinstance(part, Literal)]
        if len(readers) > 1 and Kind.OBJECT in current.kinds and current.kinds != OBJECT:
            is_object = expression(type_is(current, Kind.OBJECT, block.writer))
            bound = block.let(ast.IfExp(is_object, current.expr, block.writer.constant({})), "fields")
            as_object = Value(bound, OBJECT, current.key)
        values = [self.value(part, block, as_object if _reads_keys_only(part) else current) for part in parts]
        made = [value.expr for value in values]
        if isinstance(node, MultiSelectList):
            return ast.List(made, ast.Load()), None
        proven = prove(node.entries, values, block)
        made, fields = proven or (made, None)
        return ast.Dict([ast.Constant(entry.key) for entry in node.entries], list(made)), fields


def _few_loops(tree: Node) -> bool:
    """Whether every loop of a source could stand inside every other."""
    return sum(isinstance(node, Projection | ExpressionReference) for node in walk(tree)) <= MAX_LOOPS


def _as_value(test: Test, block: Block, word: str) -> Value:
    return known(test) if isinstance(test, bool) else local(block, test, word, BOOLEAN)


def _reads_keys_only(node: Node) -> bool:
    """Whether a node uses its current value for nothing but to read keys."""
    match node:
        case Field() | Literal() | ExpressionReference():
            return True
        case Chain(steps=steps):
            return _reads_keys_only(steps[0])
        case Projection(base=base) | Flatten(base=base):
            return _reads_keys_only(base)
        case Current() | Index() | Slice():
            return False
        case _:
            return all(map(_reads_keys_only, node.children))
