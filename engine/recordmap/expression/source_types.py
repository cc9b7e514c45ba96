"""What a source can pick, by the types of what it reads: JMESPath walked with types instead of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recordmap.diagnostics import Severity
from recordmap.expression.facts import JMESPATH, Facts, Found, Path, answering, made, read
from recordmap.expression.problems import Problem
from recordmap.expression.source_nodes import (
    Chain,
    Choice,
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
    Projection,
    Slice,
)
from recordmap.expression.source_reads import Step
from recordmap.expression.unknown_paths import key_problem, place_problem
from recordmap.frozen import replace
from recordmap.schema.inside import element, entry, entry_at, values_of
from recordmap.schema.narrowing import answer, not_null, only
from recordmap.schema.types import ANY, BOOLEAN, NULL, Kind, Type
from recordmap.schema.unions import list_of, list_type, or_null, record_type, type_of, union, union_of

Say = Callable[[Problem], None]


def plain_path(node: Node, root: Path) -> Path | None:
    """Return the path that a source picks when it is nothing but keys and positions, below the value at `root`."""
    match node:
        case Current():
            return root
        case Field(name=name):
            return (*root, name)
        case Index(position=position):
            return (*root, position)
        case Chain(steps=steps):
            path: Path | None = root
            for step in steps:
                path = plain_path(step, path) if path is not None else None
            return path
        case _:
            return None


class SourceTypes:
    """Infers one source. `schemas` names the schemas of roots, `say` is told of problems."""

    def __init__(self, schemas: Mapping[str, str], say: Say) -> None:
        self._schemas = schemas
        self._say = say

    def infer(self, tree: Node, root: Path, facts: Facts) -> Found:
        """Return what the source picks, read at `root`."""
        return self._value(tree, read(root, facts, JMESPATH), facts)

    def _problem(self, problem: Problem | None, facts: Facts) -> None:
        if problem is not None and not facts.dead:
            self._say(problem)

    def _value(self, node: Node, current: Found, facts: Facts) -> Found:
        match node:
            case Current():
                return current
            case Field(name=name):
                problem = key_problem(
                    current.type, name, current.path, self._schemas, node.offset, node.length
                )
                self._problem(problem, facts)
                if problem is not None and problem.severity is Severity.ERROR:
                    return made(ANY, facts, JMESPATH)  # so that one slip is told once
                if current.path is not None:
                    return read((*current.path, name), facts, JMESPATH)
                return made(entry(current.type, name), facts, JMESPATH)
            case Index(position=position):
                self._problem(place_problem(current.type, current.path, node.offset, node.length), facts)
                if current.path is not None:
                    return read((*current.path, position), facts, JMESPATH)
                return made(entry_at(current.type, position), facts, JMESPATH)
            case Slice():
                return made(_list_or_null(current.type, element(current.type)), facts, JMESPATH)
            case Chain(steps=steps):
                for step in steps:
                    current = self._value(step, current, facts)
                return current
            case Projection():
                return made(self._projection(node, current, facts), facts, JMESPATH)
            case Choice(operands=operands):
                return self._choice(node, operands, current, facts)
            case Not(operand=operand):
                found = self._value(operand, current, facts)
                turned = answer(true=JMESPATH.refutable(found.type), false=JMESPATH.possible(found.type))
                return answering(turned, found.if_false, found.if_true)
            case Comparator():
                return self._comparison(node, current, facts)
            case _:
                return made(self._made(node, current, facts), facts, JMESPATH)

    def _made(self, node: Node, current: Found, facts: Facts) -> Type:
        match node:
            case Literal(value=value):
                return type_of(value)
            case MultiSelectList(items=items):
                entries = [self._value(item, current, facts).type for item in items]
                return _unless_null(list_type(entries), current.type)
            case MultiSelectHash(entries=entries):
                parts_by_key = {one.key: self._value(one.value, current, facts).type for one in entries}
                return _unless_null(record_type(parts_by_key), current.type)
            case FunctionCall():
                return self._call(node, current, facts)
            case _:
                raise AssertionError(node)

    def _projection(self, node: Projection, current: Found, facts: Facts) -> Type:
        if isinstance(node.base, Flatten):
            base = self._value(node.base.base, current, facts)
            elements, step = _opened(element(base.type)), Step.OPENED
            reads_list = True
        else:
            base = self._value(node.base, current, facts)
            reads_list = not isinstance(node, ObjectProjection)
            elements = element(base.type) if reads_list else values_of(base.type)
            step = Step.ELEMENT if reads_list else Step.VALUE
        path: Path = (*(base.path or ("value",)), step)
        inner = facts.anew(path, elements)  # a walk may stand in another
        item = read(path, inner, JMESPATH)
        if isinstance(node, FilterProjection):
            inner = self._value(node.condition, item, inner).if_true
            item = read(path, inner, JMESPATH)
        each = self._value(node.each, item, inner)
        kind = Kind.LIST if reads_list else Kind.OBJECT
        whole = list_of(not_null(each.type), unsure=base.type.unsure)
        return _null_unless(whole, base.type, kind)

    def _choice(self, node: Node, operands: tuple[Node, ...], current: Found, facts: Facts) -> Found:
        is_or, base = isinstance(node, Or), facts
        kept: list[Type] = []
        decided: Facts | None = None
        for at, operand in enumerate(operands):
            found = self._value(operand, current if not at else _again(current, facts), facts)
            last = at == len(operands) - 1
            if not last and not facts.dead and is_or and not JMESPATH.refutable(found.type):
                self._unreachable(operands[at + 1])
            ends, goes_on = (found.if_true, found.if_false) if is_or else (found.if_false, found.if_true)
            if last:
                kept.append(found.type)
            else:
                kept.append((JMESPATH.shown if is_or else JMESPATH.refuted)(found.type))
            decided = ends if decided is None else decided.joined(ends, base)
            if facts.dead:
                kept.pop()
            facts = goes_on
        result = union_of(kept)
        ended = decided if decided is not None else facts
        return answering(result, ended, facts) if is_or else answering(result, facts, ended)

    def _unreachable(self, node: Node) -> None:
        message = "this is never used: what stands before || is never empty"
        hint = "delete || and what follows it"
        self._say(Problem("unreachable-fallback", message, node.offset, max(node.length, 1), hint))

    def _comparison(self, node: Comparator, current: Found, facts: Facts) -> Found:
        from recordmap.expression.comparing import (  # noqa: PLC0415 - most sources compare nothing
            SOURCES,
            always_ordered,
            compared,
            ordered,
            with_both,
        )

        left = self._value(node.left, current, facts)
        right = self._value(node.right, current, facts)
        if not node.comparison.orders:
            return compared(SOURCES, left, right, facts, negated=node.comparison.value == "!=")
        able, other = ordered(left.type, right.type), ordered(right.type, left.type)
        if not able.kinds or not other.kinds:
            return answering(NULL, facts.never(), facts)
        asked = BOOLEAN if always_ordered(left.type, right.type) else or_null(BOOLEAN)
        return answering(asked, with_both(facts, left, right, ordered), facts)

    def _call(self, node: FunctionCall, current: Found, facts: Facts) -> Type:
        given: list[Type] = []
        for argument in node.arguments:
            if isinstance(argument, ExpressionReference):
                given.append(self._each(argument, node, current, facts, given))
            else:
                given.append(self._value(argument, current, facts).type)
        from recordmap.expression.source_call_types import call_type  # noqa: PLC0415 - most sources call nothing

        result, fault = call_type(node, given)
        if fault is not None:
            at, message, fails = fault
            argument = node.arguments[at]
            severity = Severity.ERROR if fails else Severity.WARNING
            hint = "give a value for when there is none: (value || `[]`), or choose another path"
            self._problem(
                Problem("may-fail", message, argument.offset, max(argument.length, 1), hint, severity), facts
            )
        unsure = any(one.unsure for one in given)
        return replace(result, unsure=True) if unsure and not result.unsure else result

    def _each(
        self, node: ExpressionReference, call: FunctionCall, current: Found, facts: Facts, before: list[Type]
    ) -> Type:
        """Return the type of an expression on the elements of the list that the call walks."""
        if before:
            elements = element(before[0])
        else:  # map takes its expression before the list
            silent = SourceTypes(self._schemas, lambda _: None)
            elements = element(silent._value(call.arguments[-1], current, facts).type)
        path: Path = ("value", Step.ELEMENT)
        inner = facts.anew(path, elements)  # a walk may stand in another
        return self._value(node.expression, read(path, inner, JMESPATH), inner).type


def _again(current: Found, facts: Facts) -> Found:
    """Return the current value by what is known of it now."""
    return current if current.path is None else read(current.path, facts, JMESPATH)


def _list_or_null(owner: Type, items: Type) -> Type:
    return _null_unless(list_of(items, unsure=owner.unsure), owner, Kind.LIST)


def _null_unless(type_: Type, owner: Type, kind: Kind) -> Type:
    """Return a type that is null wherever its owner isn't of a kind."""
    if kind not in owner.kinds:
        return replace(NULL, cause=owner.cause, unsure=owner.unsure)
    return replace(or_null(type_), cause=owner.cause) if owner.kinds - {kind} else type_


def _unless_null(type_: Type, owner: Type) -> Type:
    if not owner.nullable:
        return type_
    return replace(or_null(type_), cause=owner.cause, unsure=type_.unsure or owner.unsure)


def _opened(elements: Type) -> Type:
    """Return the elements of a list once lists among them are opened."""
    if Kind.LIST not in elements.kinds:
        return elements
    inner = element(elements)
    rest = only(elements, elements.kinds - {Kind.LIST})
    return replace(inner, unsure=True) if not rest.kinds and elements.unsure else union(inner, rest)
