"""The tree of a parsed source: small frozen nodes, each with its place in the text.

A node is evaluated on a current value, which is the whole record at the root. Two nodes are equal when they say
the same, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from recordmap.frozen import Frozen


class Node(Frozen, kw_only=True):
    """One node: `offset` and `length` in characters. Grouping brackets around a node are not part of it."""

    offset: int
    length: int

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes directly below."""
        below: list[Node] = []
        parts: tuple[str, ...] = self.__match_args__
        for name in parts:
            value = getattr(self, name)
            if isinstance(value, Node):
                below.append(value)
            elif isinstance(value, tuple):
                below.extend(value)
        return tuple(below)


class Current(Node):
    """The current value: `@`, or nothing written where a projection ends (length 0)."""


class Field(Node):
    """A key of an object; null for anything else."""

    name: str


class Index(Node):
    """An element of a list, from the end when negative; null where there is none."""

    position: int


class Slice(Node):
    """A stretch of a list. Always the base of a projection."""

    start: int | None
    stop: int | None
    step: int | None


class Chain(Node):
    """Steps one after another, each on the result of the one before."""

    steps: tuple[Node, ...]


class Subexpression(Chain):
    """Steps joined by dots and square brackets."""


class Pipe(Chain):
    """Steps joined by `|`, which ends projections."""


class Flatten(Node):
    """A list with its inner lists opened, one level. Always the base of a projection."""

    base: Node


class Projection(Node):
    """`each` on every element of the list `base`; nulls are left out."""

    base: Node
    each: Node


class ObjectProjection(Projection):
    """`each` on every value of the object `base`; nulls are left out."""


class FilterProjection(Projection):
    """`each` on every element of the list `base` for which `condition` is true; nulls are left out."""

    condition: Node


class Comparison(StrEnum):
    """What a comparator asks, as it is written."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    @property
    def orders(self) -> bool:
        """Whether it asks for an order; equality is asked of any two values."""
        return self not in (Comparison.EQUAL, Comparison.NOT_EQUAL)


class Comparator(Node):
    """A comparison of two values."""

    comparison: Comparison
    left: Node
    right: Node


class Choice(Node):
    """Operands tried in order; evaluation stops at the first that decides."""

    operands: tuple[Node, ...]


class Or(Choice):
    """The first operand that is true, or the last one."""


class And(Choice):
    """The first operand that is false, or the last one."""


class Not(Node):
    """Whether the operand is false."""

    operand: Node


class MultiSelectList(Node):
    """A list made of several values; null on null."""

    items: tuple[Node, ...]


class Entry(Node):
    """One entry of a multi-select hash. Its place begins with the key."""

    key: str
    value: Node


class MultiSelectHash(Node):
    """An object made of several values; null on null. The last of two equal keys counts."""

    entries: tuple[Entry, ...]


class Literal(Node, uncompared=("value",)):
    """A value written out. `json` tells 1, 1.0 and true apart, which Python holds equal."""

    json: str
    value: Any


class FunctionCall(Node):
    """A call. The name stands at the node's offset."""

    name: str
    arguments: tuple[Node, ...]


class ExpressionReference(Node):
    """`&expression`, an argument that a function evaluates on each element. It is never a value."""

    expression: Node


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and every node below it, the node first."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.children))
