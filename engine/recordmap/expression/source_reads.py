"""What a source reads of the record, as paths with places.

Checks hold the paths against a schema; whoever decodes records can leave out what no path reaches. The tree is walked
with paths instead of values. Where a value is made rather than picked (a function's result, a
literal) nothing is known, and nothing is claimed of what is read from it.
"""

from __future__ import annotations

from enum import StrEnum

from recordmap.expression.source_nodes import (
    Chain,
    Choice,
    Current,
    ExpressionReference,
    Field,
    FilterProjection,
    Flatten,
    FunctionCall,
    Index,
    MultiSelectHash,
    MultiSelectList,
    Node,
    ObjectProjection,
    Projection,
    Slice,
)
from recordmap.frozen import Frozen


class Step(StrEnum):
    """A step that is no key.

    ELEMENT is any element of a list, VALUE any value of an object, OPENED the value itself or, where it is a list,
    any element of it.
    """

    ELEMENT = "[*]"
    VALUE = "*"
    OPENED = "[]"


class Key(Frozen):
    """A key of an object, and where it stands in the text."""

    name: str
    offset: int
    length: int


class Read(Frozen):
    """One value of the record that the source depends on, by the whole path to it. No steps: the record itself."""

    steps: tuple[Key | Step, ...]


class _Made:
    """A list or object that the source makes. `entries` are its parts by key; those of a list have none."""

    __slots__ = ("entries", "is_list")

    def __init__(self, entries: tuple[tuple[str | None, _Value], ...], *, is_list: bool = True) -> None:
        self.entries = entries
        self.is_list = is_list


_Value = tuple[Read | _Made, ...]
"""What a node's value can be, as far as it was picked from the record: one of several when operands choose."""


def reads(tree: Node) -> tuple[Read, ...]:
    """Return what a source reads, each read once, in the order of its evaluation."""
    reader = _Reader()
    reader.use(reader.value(tree, (Read(()),)))
    return tuple(reader.found)


class _Reader:
    def __init__(self) -> None:
        self.found: dict[Read, None] = {}
        self._used: set[int] = set()
        self._kept: list[_Made] = []

    def use(self, value: _Value) -> None:
        """Note that a value is used whole. What a source makes is used once, however often it is repeated."""
        stack: list[Read | _Made] = list(reversed(value))
        while stack:
            one = stack.pop()
            if isinstance(one, Read):
                self.found.setdefault(one)
            elif id(one) not in self._used:
                self._used.add(id(one))
                self._kept.append(one)
                stack.extend(part for _, entry in reversed(one.entries) for part in reversed(entry))

    def value(self, node: Node, current: _Value) -> _Value:
        match node:
            case Current():
                return current
            case Field(name=name):
                return _merged([self._under(one, Key(name, node.offset, node.length)) for one in current])
            case Index():
                return _elements(current, Step.ELEMENT)
            case Slice():
                return current
            case Chain(steps=steps):
                for step in steps:
                    current = self.value(step, current)
                return current
            case Projection():
                return self._projection(node, current)
            case Choice(operands=operands):
                return self._choice(operands, current)
            case MultiSelectList(items=items):
                return (_Made(tuple((None, self.value(item, current)) for item in items)),)
            case MultiSelectHash(entries=entries):
                made = tuple((entry.key, self.value(entry.value, current)) for entry in entries)
                return (_Made(made, is_list=False),)
            case FunctionCall():
                return self._call(node, current)
            case _:
                for child in node.children:
                    self.use(self.value(child, current))
                return ()

    def _under(self, one: Read | _Made, key: Key) -> _Value:
        if isinstance(one, Read):
            return (Read((*one.steps, key)),)
        return _merged([value for name, value in one.entries if name == key.name])

    def _projection(self, node: Projection, current: _Value) -> _Value:
        step = Step.VALUE if isinstance(node, ObjectProjection) else Step.ELEMENT
        if isinstance(node.base, Flatten):
            elements = _opened(_elements(self.value(node.base.base, current), step))
        else:
            elements = _elements(self.value(node.base, current), step)
        before = len(self.found)
        if isinstance(node, FilterProjection):
            self.use(self.value(node.condition, elements))
        result = self.value(node.each, elements)
        if len(self.found) == before and not any(map(_is_picked, result)):
            self.use(elements)  # nothing is read of them, but how many there are counts
        return (_Made(((None, result),)),)

    def _choice(self, operands: tuple[Node, ...], current: _Value) -> _Value:
        values = [self.value(operand, current) for operand in operands]
        for value in values[:-1]:
            self.use(value)
        return _merged(values)

    def _call(self, node: FunctionCall, current: _Value) -> _Value:
        values = [
            self.value(one, current) for one in node.arguments if not isinstance(one, ExpressionReference)
        ]
        for value in values:
            self.use(value)
        for one in node.arguments:
            if isinstance(one, ExpressionReference):
                self.use(self.value(one.expression, _elements(values[0], Step.ELEMENT)))
        return ()


def _is_picked(one: Read | _Made) -> bool:
    """Whether anything in a value was picked from the record."""
    seen: set[int] = set()
    stack: list[Read | _Made] = [one]
    while stack:
        part = stack.pop()
        if isinstance(part, Read):
            return True
        if id(part) not in seen:
            seen.add(id(part))
            stack.extend(inner for _, entry in part.entries for inner in entry)
    return False


def _elements(value: _Value, step: Step) -> _Value:
    """Return what the elements of a list, or the values of an object, can be."""
    parts: list[_Value] = []
    for one in value:
        if isinstance(one, Read):
            parts.append((Read((*one.steps, step)),))
        elif one.is_list == (step is Step.ELEMENT):
            parts.extend(entry for _, entry in one.entries)
    return _merged(parts)


def _opened(value: _Value) -> _Value:
    """Return what is left of values when lists among them are opened."""
    parts: list[_Value] = []
    for one in value:
        if isinstance(one, Read):
            parts.append((Read((*one.steps, Step.OPENED)),))
        elif one.is_list:
            parts.extend(entry for _, entry in one.entries)
        else:
            parts.append((one,))
    return _merged(parts)


def _merged(values: list[_Value]) -> _Value:
    return tuple(dict.fromkeys(one for value in values for one in value))
