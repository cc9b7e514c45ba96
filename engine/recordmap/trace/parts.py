"""The sub-expressions of one evaluation as a tree of steps: what each gave, and which arm of a choice decided.

Constants are left out where they choose nothing, and of a path such as `record.a.b` only the whole is shown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.diagnostics.layers import lowered
from recordmap.expression.calls import arguments_in_order
from recordmap.expression.formula_reads import reads
from recordmap.expression.functions.spec import FunctionSpec, LookupTables, Needs
from recordmap.expression.functions.spelling import scalar_text
from recordmap.expression.source_nodes import (
    And,
    Chain,
    Comparator,
    Current,
    Entry,
    ExpressionReference,
    FunctionCall,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    Node,
    Not,
    Or,
    Projection,
)
from recordmap.runtime.values import is_blank
from recordmap.template.model import FormulaText, SourceText
from recordmap.trace.gaps import gap
from recordmap.trace.model import Role, Row, Step, StepKind

PICKS: Mapping[str, Callable[[Any], bool]] = {
    "coalesce": lambda value: value is not None,
    "first_of": lambda value: not is_blank(value),
}
"""Functions that choose between their arguments, and what they choose."""


class FormulaWatch:
    """Takes down one evaluation of a formula."""

    def __init__(
        self,
        text: FormulaText,
        names: Mapping[str, Any],
        sources: Mapping[str, Step],
        functions: Mapping[str, FunctionSpec],
        tables: LookupTables,
    ) -> None:
        self._text = text
        self._names = names
        self._sources = sources
        self._functions = functions
        self._tables = tables
        self._seen: dict[int, Any] = {}
        self._failed: tuple[ast.expr, Fault] | None = None
        self._reads = {id(node): (name, keys) for node, name, keys in reads(text.parsed.tree)}

    def observe(self, node: ast.expr, value: Any, fault: Fault | None) -> None:
        """Take down what a sub-expression gave; the first fault is that of the innermost one."""
        if fault is None:
            self._seen[id(node)] = value
        elif self._failed is None:
            self._failed = (node, fault)

    def complete(self, step: Step) -> None:
        """Put the tree of what was seen under the formula's own step."""
        self._fill(step, self._text.parsed.tree)

    def _fill(self, step: Step, node: ast.expr) -> None:
        step.node = node
        if id(node) in self._seen:
            step.value = self._seen[id(node)]
        if self._failed is not None and self._failed[0] is node:
            step.error = self._failed[1].message
        read = self._reads.get(id(node))
        if read is not None:
            name, keys = read
            if name in self._names and keys:
                step.note = gap(self._names[name], keys, name)
            if name in self._sources:
                step.parts.append(self._sources[name])
        step.row = self._row(node)
        roles = self._roles(node)
        for below in _below(node):
            role = roles.get(id(below))
            if role is None and _is_written_out(below):
                continue
            if id(below) not in self._seen and role is None and not self._touched(below):
                continue
            part = self._step(below, step.file)
            part.role = role
            step.parts.append(part)

    def _step(self, node: ast.expr, file: str | None) -> Step:
        place = self._text.parsed.place(node)
        start = lowered(self._text.scalar.at(place.offset)).start
        shown = self._text.scalar.text[place.offset : place.offset + place.length]
        step = Step(StepKind.PART, shown, start.line, start.column, file=file)
        self._fill(step, node)
        return step

    def _touched(self, node: ast.expr) -> bool:
        """Whether a sub-expression was begun: it failed, or something inside it was evaluated."""
        failed = self._failed[0] if self._failed else None
        return any(one is failed or id(one) in self._seen for one in ast.walk(node))

    def _roles(self, node: ast.expr) -> dict[int, Role]:
        match node:
            case ast.BoolOp(values=arms):
                seen = [arm for arm in arms if id(arm) in self._seen]
                return _chosen(arms, seen[-1] if id(node) in self._seen and seen else None)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                chosen = next((arm for arm in (body, orelse) if id(arm) in self._seen), None)
                other = Role.NOT_NEEDED
                roles = {id(arm): Role.DECIDED if arm is chosen else other for arm in (body, orelse)}
                return {id(test): Role.TEST, **(roles if chosen is not None else {})}
            case ast.Call(func=ast.Name(id=name), args=arms) if name in PICKS and id(node) in self._seen:
                wanted = PICKS[name]
                return _chosen(arms, next((arm for arm in arms if wanted(self._seen.get(id(arm)))), None))
            case _:
                return {}

    def _row(self, node: ast.expr) -> Row | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return None
        spec = self._functions.get(node.func.id)
        if spec is None or spec.needs is not Needs.LOOKUPS:
            return None
        values = [self._seen.get(id(one)) for one in arguments_in_order(spec, node)[:2]]
        return row_of(self._tables, *values) if len(values) == 2 else None


def row_of(tables: LookupTables, table: Any, key: Any) -> Row | None:
    """Return what a lookup asked for; None where it asked nothing, for null."""
    try:
        spelled = scalar_text("lookup", key)
    except Fault:
        return None
    rows = tables.get(table) if isinstance(table, str) else None
    return None if spelled is None or rows is None else Row(table, spelled, spelled in rows.table)


def _chosen(arms: Sequence[object], decided: object) -> dict[int, Role]:
    """Return the role of each arm: those before the one that decided passed the choice on."""
    roles, role = {}, Role.PASSED
    for arm in arms:
        roles[id(arm)] = Role.DECIDED if arm is decided else role
        role = Role.NOT_NEEDED if arm is decided else role
    return roles


def _below(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BoolOp(values=values):
            yield from values
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.Compare(left=left, comparators=comparators):
            yield from (left, *comparators)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from (test, body, orelse)
        case ast.List(elts=parts) | ast.Dict(values=parts):
            yield from parts
        case ast.Call(args=arguments, keywords=keywords):
            yield from (*arguments, *(keyword.value for keyword in keywords))
        case ast.Attribute(value=value):
            yield from _inside(value)
        case ast.Subscript(value=value, slice=index):
            yield from (*_inside(value), index)
        case _:
            pass


def _is_written_out(node: ast.expr) -> bool:
    """Whether a value stands in the formula letter by letter: a constant, or a list or object of constants."""
    return not any(isinstance(one, ast.Name) for one in ast.walk(node))


def _inside(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what a path goes out from, where that is more than a name, and what stands in its square brackets."""
    if isinstance(value, ast.Attribute | ast.Subscript):
        yield from _below(value)
    elif not isinstance(value, ast.Name):
        yield value


class SourceWatch:
    """Takes down one evaluation of a source: the operands of its choices, tests and functions, outside of loops.

    What evaluates a source has a tree of its own, so nodes are known by their kind and place.
    """

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._seen: dict[tuple[object, ...], Any] = {}

    def observe(self, node: Node, value: Any) -> None:
        """Take down what a node gave."""
        self._seen[_which(node)] = value

    def complete(self, step: Step) -> None:
        """Put the tree of what was seen under the source's own step."""
        self._fill(step, self._source.parsed.tree)

    def _fill(self, step: Step, node: Node) -> None:
        step.node = node
        roles = self._arms(node) if chooses(node) and _which(node) in self._seen else {}
        for below in operands(node):
            role = roles.get(id(below))
            if role is None and (isinstance(below, Literal) or _which(below) not in self._seen):
                continue
            start = lowered(self._source.scalar.at(below.offset)).start
            shown = self._source.scalar.text[below.offset : below.offset + below.length]
            value = self._seen.get(_which(below))
            part = Step(StepKind.PART, shown, start.line, start.column, value, file=step.file, role=role)
            self._fill(part, below)
            step.parts.append(part)

    def _arms(self, node: Node) -> dict[int, Role]:
        """Return the role of each operand: those after the one that decided were not needed."""
        arms = node.children
        seen = [arm for arm in arms if _which(arm) in self._seen]
        if isinstance(node, FunctionCall):
            return _chosen(arms, next((arm for arm in seen if self._seen[_which(arm)] is not None), None))
        return _chosen(arms, seen[-1] if seen else None)


def chooses(node: Node) -> bool:
    """Whether a node of a source gives one of its operands: `||`, `&&`, and the first that is not null."""
    return isinstance(node, Or | And) or (isinstance(node, FunctionCall) and node.name == "not_null")


def _which(node: Node) -> tuple[object, ...]:
    return type(node), node.offset, node.length


def operands(node: Node) -> Iterator[Node]:
    """Yield the nodes below that are evaluated once, on the same value as the node itself."""
    found: Iterable[Node]
    match node:
        case Or(operands=found) | And(operands=found) | MultiSelectList(items=found):
            pass
        case FunctionCall(arguments=arguments):
            found = [one for one in arguments if not isinstance(one, ExpressionReference)]
        case MultiSelectHash(entries=entries):
            found = [entry.value for entry in entries]
        case Not(operand=operand) | Projection(base=operand) | Entry(value=operand):
            found = [operand]
        case Comparator(left=left, right=right):
            found = [left, right]
        case Chain(steps=steps):
            found = operands(steps[0])
        case _:
            found = ()
    yield from (one for one in found if not isinstance(one, Current))
