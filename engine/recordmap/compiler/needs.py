"""What a collection reads of a source record, so that whoever decodes records can leave out the rest.

It may name too much, never too little: where a source does more than walk keys, the value in front of that is needed
whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from recordmap.compiler.ground import keys_only
from recordmap.expression.formula_reads import reads
from recordmap.expression.source_nodes import (
    Chain,
    Choice,
    ExpressionReference,
    Field,
    Flatten,
    FunctionCall,
    Literal,
    Node,
    Projection,
)
from recordmap.template.model import Collection


class Need:
    """What is needed of one value: all of it (`whole`), or some keys of an object.

    `is_each` says that it may also be a list of such objects.
    """

    def __init__(self) -> None:
        self.whole = False
        self.is_each = False
        self.keys: dict[str, Need] = {}

    def at(self, keys: tuple[str, ...]) -> Need:
        """Return what is needed of the value under `keys`."""
        need = self
        for key in keys:
            need = need.keys.setdefault(key, Need())
        return need

    def add(self, other: Need) -> None:
        """Need what `other` needs, too."""
        self.whole = self.whole or other.whole
        self.is_each = self.is_each or other.is_each
        for key, inner in other.keys.items():
            self.at((key,)).add(inner)


def needs(collection: Collection, collections: Mapping[str, Collection], also: tuple[Node, ...] = ()) -> Need:
    """Return what a collection and its children need of a record, and what the sources `also` need."""
    need = Need()
    _add(collection, collections, need, None)
    for source in also:
        _add_source(source, need)
    return need


def _add(
    collection: Collection, collections: Mapping[str, Collection], need: Need, parent: Need | None
) -> None:
    rules = collection.fields
    sources = [*collection.names.values(), *(rule.source for rule in rules if rule.source is not None)]
    for source in sources:
        _add_source(source.parsed.tree, need)
    for formula, _, _ in collection.formulas():
        for _, name, keys in reads(formula.parsed.tree):
            if name == "record":
                need.at(keys).whole = True
            elif name == "parent" and parent is not None:
                parent.at(keys).whole = True
    for child in collection.children:
        below = collections[child.collection.text]
        keys_of_each = keys_only(below.each) if below.each is not None else None
        record = Need()  # where `each` does more than walk keys, all that it can pick is needed
        if keys_of_each is not None:
            record = need.at(keys_of_each)
            record.is_each = True
        elif below.each is not None:
            _add_source(below.each.parsed.tree, need)
        _add(below, collections, record, need)


def _add_source(node: Node, need: Need) -> None:
    """Add what a source needs of a record. Only its beginnings see the record; all else goes on from there."""
    match node:
        case Field(name=name):
            need.at((name,)).whole = True
        case Chain(steps=steps):
            for step in steps:
                if not isinstance(step, Field):
                    _add_source(step, need)
                    return
                need = need.at((step.name,))
            need.whole = True
        case Projection(base=base) | Flatten(base=base):
            _add_source(base, need)
        case Choice(operands=operands):
            for operand in operands:
                _add_source(operand, need)
        case FunctionCall(arguments=arguments):
            for argument in arguments:
                if not isinstance(argument, ExpressionReference):
                    _add_source(argument, need)
        case Literal():
            pass
        case _:
            need.whole = True
