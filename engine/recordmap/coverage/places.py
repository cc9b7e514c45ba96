"""What there is to try in a collection: one place for each thing that a case can show to be right or wrong.

Nodes of expressions are known by identity, because a trace walks the very nodes of the collection.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping
from enum import StrEnum

from recordmap.expression.source_nodes import Node
from recordmap.frozen import Frozen, replace
from recordmap.template.model import Child, Collection, FormulaText, Lookup, OnEmpty, SourceText
from recordmap.template.nodes import Scalar
from recordmap.trace.parts import PICKS, chooses, operands

Key = tuple[object, ...]
"""What a place is known by: its kind, and what it is about."""


class What(StrEnum):
    """The kinds of places, as the report counts them."""

    FIELD = "fields"
    ARM = "arms"
    CONDITION = "conditions"
    LOOKUP = "lookups"


class Place(Frozen):
    """One thing to try. `untried` says in a sentence that no case does; `field` is the field it belongs to.

    With `left_out` no case has to: it says in a sentence why.
    """

    what: What
    key: Key
    untried: str
    file: str | None
    line: int
    column: int
    field: str | None = None
    left_out: str | None = None


def places(
    collection: Collection, may_miss: Container[str], may_find: Mapping[str, Container[str]]
) -> list[Place]:
    """Return every place of a collection, in the order of the file.

    `may_miss` are the lookups that can be asked for a value that they don't hold; no case has to try it with others.
    `may_find` are the rows that a lookup can be asked for; of one that isn't there, nothing is known.
    """
    found = list(_Places(collection, may_miss, may_find).all())
    return sorted(found, key=lambda one: (one.file != collection.file, one.line, one.column))


class _Places:
    def __init__(
        self, collection: Collection, may_miss: Container[str], may_find: Mapping[str, Container[str]]
    ) -> None:
        self._collection = collection
        self._may_miss = may_miss
        self._may_find = may_find
        self._field: str | None = None

    def all(self) -> Iterator[Place]:
        collection = self._collection
        for source in (*collection.names.values(), *([collection.each] if collection.each else [])):
            yield from self._source(source, source.parsed.tree)
        if collection.filter is not None:
            yield from self._test(collection.filter, "the filter")
        for rule in collection.errors:
            yield from self._test(rule.when, "the error rule")
        for field in collection.fields:
            self._field = field.name.text
            key = ("field", collection.title, field.name.text)
            yield self._at(What.FIELD, key, field.name, f"{field.name.text} is never written")
            if field.source is not None:
                yield from self._source(field.source, field.source.parsed.tree)
            if field.when is not None:
                yield from self._test(field.when, f"the `when` of {field.name.text}")
            if field.formula is not None:
                yield from self._value(field.formula, field.formula.parsed.tree)
            if field.on_empty is not OnEmpty.OMIT:
                key = ("empty", collection.title, field.name.text)
                said = (
                    f"{field.name.text} never comes out empty, so `on_empty: {field.on_empty}` is never asked"
                )
                yield self._at(What.CONDITION, key, field.name, said)
        self._field = None
        for table in collection.lookups.values():
            yield from self._table(table)
        for child in collection.children:
            yield self._child(child)

    def _at(self, what: What, key: Key, scalar: Scalar, untried: str, offset: int | None = None) -> Place:
        line, column, file = self._collection.start_of(scalar)
        if offset is not None and scalar.inner is not None:
            column += offset
        return Place(what, key, untried, file or self._collection.file, line, column, self._field)

    def _child(self, child: Child) -> Place:
        into = child.into.text
        key = ("child", self._collection.title, into)
        return self._at(What.FIELD, key, child.into, f"{into} never has a record")

    def _table(self, table: Lookup) -> Iterator[Place]:
        title, name = self._collection.title, table.name.text
        rows: Iterable[tuple[str, Scalar]] = table.rows.items()
        for row, scalar in rows:
            said = f"the row `{row}` of the table {name} is never looked up"
            place = self._at(What.LOOKUP, ("row", title, name, row), scalar, said)
            if row not in self._may_find.get(name, table.table):
                why = f"the row `{row}` of the table {name} can't be looked up: no such value comes, by its type"
                place = replace(place, left_out=why)
            yield place
        if not table.rows:
            yield self._at(
                What.LOOKUP, ("found", title, name), table.name, f"no row of the table {name} is looked up"
            )
        if name in self._may_miss:
            said = f"the table {name} is never asked for a value that it doesn't hold"
            yield self._at(What.LOOKUP, ("miss", title, name), table.name, said)

    def _test(self, text: FormulaText, name: str) -> Iterator[Place]:
        """Yield a condition both ways, and what it is made of."""
        tree = text.parsed.tree
        for way in (True, False):
            said = f"{name} is never {'true' if way else 'false'}"
            yield self._at(What.CONDITION, (way, id(tree)), text.scalar, said)
        yield from self._inside_test(text, tree)

    def _inside_test(self, text: FormulaText, node: ast.expr) -> Iterator[Place]:
        match node:
            case ast.BoolOp(values=operands):
                for operand in operands:
                    yield from self._both_ways(text, operand)
                    yield from self._inside_test(text, operand)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self._inside_test(text, operand)
            case _:
                yield from self._value(text, node)

    def _both_ways(self, text: FormulaText, node: ast.expr) -> Iterator[Place]:
        place = text.parsed.place(node)
        written = _written(text, place.offset, place.length)
        for way in (True, False):
            said = f"`{written}` is never {'true' if way else 'false'}"
            yield self._at(What.CONDITION, (way, id(node)), text.scalar, said, place.offset)

    def _value(self, text: FormulaText, node: ast.expr) -> Iterator[Place]:
        """Yield the arms of the choices in a formula, and the conditions of its branches."""
        match node:
            case ast.BoolOp(values=arms):
                yield from self._arms(text, arms)
            case ast.Call(func=ast.Name(id=name), args=arms) if name in PICKS and len(arms) > 1:
                yield from self._arms(text, arms)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield from self._both_ways(text, test)
                yield from self._inside_test(text, test)
                for branch in (body, orelse):
                    yield from self._value(text, branch)
                return
        for below in ast.iter_child_nodes(node):
            if isinstance(below, ast.expr):
                yield from self._value(text, below)
            elif isinstance(below, ast.keyword):
                yield from self._value(text, below.value)

    def _arms(self, text: FormulaText, arms: Iterable[ast.expr]) -> Iterator[Place]:
        for arm in arms:
            place = text.parsed.place(arm)
            said = f"`{_written(text, place.offset, place.length)}` never decides"
            yield self._at(What.ARM, ("arm", id(arm)), text.scalar, said, place.offset)

    def _source(self, source: SourceText, node: Node) -> Iterator[Place]:
        for below in operands(node):
            if chooses(node):
                said = f"`{_written(source, below.offset, below.length)}` never decides"
                yield self._at(What.ARM, ("arm", id(below)), source.scalar, said, below.offset)
            yield from self._source(source, below)


def _written(text: FormulaText | SourceText, offset: int, length: int) -> str:
    return " ".join(text.scalar.text[offset : offset + length].split())
