"""From what the jmespath library parsed to our nodes, with places.

The library's tree holds no positions, but its tokens do, and a walk of the tree from left to right meets every
token in the order of the text. So the walk takes the tokens along, checks each one, and knows where every node begins
and ends. Text that the library lets pass against the specification, such as arguments without commas, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from recordmap.expression.caps import MAX_DEPTH, MAX_ENTRIES, MAX_NODES, ExpressionError
from recordmap.expression.source_nodes import (
    And,
    Comparator,
    Comparison,
    Current,
    Entry,
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
    Pipe,
    Projection,
    Slice,
    Subexpression,
)
from recordmap.expression.source_tokens import Token, Tokens

Parsed = Mapping[str, Any]
"""A node of the library: `type`, and where it has them `children` and `value`."""

MAX_OPERANDS = 100
"""Operands of `||`, `&&` and `|` in one row, and steps of one path."""
MAX_LEVELS = 150
"""Levels of the library's tree, in which rows nest."""
MAX_POSITION = 2**31
_NAMES = ("unquoted_identifier", "quoted_identifier")
_COMPARISONS = {
    "eq": Comparison.EQUAL,
    "ne": Comparison.NOT_EQUAL,
    "lt": Comparison.LESS,
    "lte": Comparison.LESS_OR_EQUAL,
    "gt": Comparison.GREATER,
    "gte": Comparison.GREATER_OR_EQUAL,
}
_ROWS: Mapping[str, tuple[str, type[And | Or | Pipe]]] = {
    "or_expression": ("or", Or),
    "and_expression": ("and", And),
    "pipe": ("pipe", Pipe),
}
_PATHS = ("subexpression", "index_expression")
_N = TypeVar("_N", bound=Node)


class TreeBuilder:
    """Builds the tree of one source. `nodes` then tells which node was made of which parsed one, by identity."""

    def __init__(self, text: str, tokens: Sequence[Token], literals: Mapping[int, Any]) -> None:
        self.nodes: dict[int, Node] = {}
        self._text = text
        self._tokens = Tokens(text, tokens)
        self._literals = literals
        self._count = 0
        self._depth = 0
        self._levels = 0
        self._makers: Mapping[str, Callable[[Parsed], Node]] = {
            "field": self._field,
            "literal": self._literal,
            "current": self._current,
            "identity": self._identity,
            "index": self._index,
            "slice": self._slice,
            "subexpression": self._path,
            "index_expression": self._path,
            "projection": self._projection,
            "value_projection": self._object_projection,
            "filter_projection": self._filter_projection,
            "flatten": self._flatten,
            "comparator": self._comparator,
            "or_expression": self._row,
            "and_expression": self._row,
            "pipe": self._row,
            "not_expression": self._not,
            "expref": self._reference,
            "function_expression": self._function,
            "multi_select_list": self._list,
            "multi_select_dict": self._hash,
        }

    def build(self, parsed: Parsed) -> Node:
        """Return the tree.

        Raises:
            ExpressionError: the tree is too large, or the text is not JMESPath.
        """
        node = self._node(parsed)
        self._tokens.take("eof")
        return node

    def _node(self, parsed: Parsed) -> Node:
        self._count += 1
        self._depth += 1
        if self._count > MAX_NODES:
            raise self._too_long(f"the source has more than {MAX_NODES} parts")
        if self._depth > MAX_DEPTH:
            raise self._too_long(f"the source is nested more than {MAX_DEPTH} levels deep")
        node = self._makers[parsed["type"]](parsed)
        self._depth -= 1
        if parsed["type"] not in ("identity", *_PATHS) or isinstance(node, Subexpression):
            self.nodes[id(parsed)] = node
        return node

    def _too_long(self, message: str) -> ExpressionError:
        return ExpressionError("expression-too-long", message, 0, len(self._text))

    def _made(self, kind: type[_N], first: int, *fields: Any) -> _N:
        offset, length = self._tokens.place(first)
        return kind(*fields, offset=offset, length=length)

    def _field(self, parsed: Parsed) -> Node:
        return self._made(Field, self._tokens.take(*_NAMES), parsed["value"])

    def _literal(self, parsed: Parsed) -> Node:
        index = self._tokens.take("literal")
        value = self._literals.get(self._tokens[index]["start"], parsed["value"])
        return self._made(Literal, index, json.dumps(value, sort_keys=True), value)

    def _current(self, _parsed: Parsed) -> Node:
        return self._made(Current, self._tokens.take("current"))

    def _identity(self, _parsed: Parsed) -> Node:
        return self._made(Current, self._tokens.peek())

    def _number(self, value: int, index: int) -> int:
        if not -MAX_POSITION < value < MAX_POSITION:
            place = self._tokens.place(index, index)
            raise ExpressionError("source-syntax", "a position beyond the end of any list", *place)
        return value

    def _index(self, parsed: Parsed) -> Node:
        first = self._tokens.take("lbracket")
        position = self._number(parsed["value"], self._tokens.take("number"))
        self._tokens.take("rbracket")
        return self._made(Index, first, position)

    def _slice(self, parsed: Parsed) -> Node:
        first = self._tokens.take("lbracket")
        while not self._tokens.sees("rbracket"):
            index = self._tokens.take("number", "colon")
            if self._tokens[index]["type"] == "number":
                self._number(self._tokens[index]["value"], index)
        self._tokens.take("rbracket")
        node = self._made(Slice, first, *parsed["children"])
        if node.step == 0:
            hint = "write 1 to take every element"
            raise ExpressionError(
                "source-syntax", "a slice can't go in steps of 0", node.offset, node.length, hint
            )
        return node

    def _path(self, parsed: Parsed) -> Node:
        """Make a row of steps: in the library's tree they nest to the left."""
        first = self._tokens.peek()
        later: list[tuple[str, Parsed]] = []
        while parsed["type"] in _PATHS:
            later.extend((parsed["type"], child) for child in reversed(parsed["children"][1:]))
            parsed = parsed["children"][0]
        steps = [] if parsed["type"] == "identity" else [self._leftmost(parsed, len(later))]
        for kind, child in reversed(later):
            if kind == "subexpression":
                self._tokens.take("dot")
            step = self._node(child)
            steps.extend(step.steps if isinstance(step, Subexpression) else [step])
        self._check_row(steps)
        return steps[0] if len(steps) == 1 else self._made(Subexpression, first, tuple(steps))

    def _row(self, parsed: Parsed) -> Node:
        """Make a row of operands, which is one level deep: in the library's tree they nest to the left."""
        first = self._tokens.peek()
        kind = parsed["type"]
        token, maker = _ROWS[kind]
        later: list[Parsed] = []
        while parsed["type"] == kind:
            later.append(parsed["children"][1])
            parsed = parsed["children"][0]
        parts = [self._leftmost(parsed, len(later))]
        for child in reversed(later):
            self._tokens.take(token)
            parts.append(self._node(child))
        self._check_row(parts)
        return self._made(maker, first, tuple(parts))

    def _leftmost(self, parsed: Parsed, levels: int) -> Node:
        """Make the first of a row, which the library has as many levels deeper, and evaluates by recursion."""
        self._levels += levels
        if self._depth + self._levels > MAX_LEVELS:
            raise self._too_long("the source has too many operators inside each other")
        node = self._node(parsed)
        self._levels -= levels
        return node

    def _check_row(self, parts: list[Node]) -> None:
        if len(parts) > MAX_OPERANDS:
            message = f"more than {MAX_OPERANDS} steps or operands in a row"
            raise ExpressionError("expression-too-long", message, parts[0].offset, parts[0].length)

    def _projection(self, parsed: Parsed) -> Node:
        first = self._tokens.peek()
        left, right = parsed["children"]
        base = self._node(left)
        if not isinstance(base, Flatten | Slice) and not (
            isinstance(base, Subexpression) and isinstance(base.steps[-1], Slice)
        ):
            for kind in ("lbracket", "star", "rbracket"):
                self._tokens.take(kind)
        return self._made(Projection, first, base, self._each(right))

    def _each(self, parsed: Parsed) -> Node:
        if parsed["type"] != "identity" and self._tokens.sees("dot"):
            self._tokens.take("dot")
        return self._node(parsed)

    def _object_projection(self, parsed: Parsed) -> Node:
        first = self._tokens.peek()
        left, right = parsed["children"]
        base = self._node(left)
        if left["type"] != "identity":
            self._tokens.take("dot")
        self._tokens.take("star")
        return self._made(ObjectProjection, first, base, self._each(right))

    def _filter_projection(self, parsed: Parsed) -> Node:
        first = self._tokens.peek()
        left, right, test = parsed["children"]
        base = self._node(left)
        self._tokens.take("filter")
        condition = self._node(test)
        self._tokens.take("rbracket")
        return self._made(FilterProjection, first, base, self._each(right), condition)

    def _flatten(self, parsed: Parsed) -> Node:
        first = self._tokens.peek()
        base = self._node(parsed["children"][0])
        self._tokens.take("flatten")
        return self._made(Flatten, first, base)

    def _comparator(self, parsed: Parsed) -> Node:
        first = self._tokens.peek()
        left, right = parsed["children"]
        before = self._node(left)
        self._tokens.take(parsed["value"])
        after = self._node(right)
        return self._made(Comparator, first, _COMPARISONS[parsed["value"]], before, after)

    def _not(self, parsed: Parsed) -> Node:
        first = self._tokens.take("not")
        return self._made(Not, first, self._node(parsed["children"][0]))

    def _reference(self, parsed: Parsed) -> Node:
        first = self._tokens.take("expref")
        return self._made(ExpressionReference, first, self._node(parsed["children"][0]))

    def _function(self, parsed: Parsed) -> Node:
        first = self._tokens.take("unquoted_identifier")
        self._tokens.take("lparen")
        arguments = self._separated(parsed["children"], "rparen", self._node)
        return self._made(FunctionCall, first, parsed["value"], arguments)

    def _list(self, parsed: Parsed) -> Node:
        first = self._tokens.take("lbracket")
        items = self._separated(parsed["children"], "rbracket", self._node)
        return self._made(MultiSelectList, first, items)

    def _hash(self, parsed: Parsed) -> Node:
        first = self._tokens.take("lbrace")
        entries = self._separated(parsed["children"], "rbrace", self._entry)
        return self._made(MultiSelectHash, first, entries)

    def _entry(self, parsed: Parsed) -> Entry:
        first = self._tokens.take(*_NAMES)
        self._tokens.take("colon")
        return self._made(Entry, first, parsed["value"], self._node(parsed["children"][0]))

    def _separated(
        self, children: Sequence[Parsed], closer: str, make: Callable[[Parsed], _N]
    ) -> tuple[_N, ...]:
        if len(children) > MAX_ENTRIES:
            offset, _ = self._tokens.place(self._tokens.peek() - 1)
            raise ExpressionError("expression-too-long", f"more than {MAX_ENTRIES} entries", offset, 1)
        made: list[_N] = []
        for child in children:
            if made:
                self._tokens.take("comma")
            made.append(make(child))
        self._tokens.take(closer)
        return tuple(made)
