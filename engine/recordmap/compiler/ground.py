"""Where one collection stands inside a generated function: its names, its places, and how it reads records."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from recordmap.compiler.careful import Careful
from recordmap.compiler.formula_scope import Root, Scope
from recordmap.compiler.optimistic import Optimistic
from recordmap.compiler.reads import read_keys, type_under
from recordmap.compiler.writer import Block, Writer, load
from recordmap.expression.functions.spec import FunctionSpec, Needs
from recordmap.expression.source_nodes import Chain, Field, Node
from recordmap.frozen import Frozen
from recordmap.runtime.values import Place
from recordmap.schema.record import RecordSchema
from recordmap.schema.types import ANY, Type
from recordmap.template.model import Collection, SourceText
from recordmap.template.nodes import Scalar


class Library(Frozen):
    """What a collection refers to: other collections and record schemas by name, functions, and settings."""

    collections: Mapping[str, Collection]
    schemas: Mapping[str, RecordSchema]
    functions: Mapping[str, FunctionSpec]
    settings: Mapping[str, Any]
    clock: Callable[[], str]


class Reading(Frozen):
    """A source record inside a function: the expression for it, what tells it apart, and what is known of it."""

    record: ast.expr
    key: tuple[object, ...]
    type: Type


class Ground:
    """One collection inside one function.

    `inlined` says that it runs in its parent's loop, `repeated` that this or a loop around it may run many times.
    """

    def __init__(
        self,
        collection: Collection,
        library: Library,
        writer: Writer,
        reading: Reading,
        roots: Mapping[str, Root],
        *,
        inlined: bool = False,
        repeated: bool = False,
    ) -> None:
        self.collection = collection
        self.library = library
        self.writer = writer
        self.reading = reading
        self.inlined = inlined
        self.repeated = repeated
        self.tier = Optimistic(counted=repeated) if writer.optimistic else Careful()
        self.schema = library.schemas[collection.destination.text]
        self.outer_roots = roots
        self.roots: dict[str, Root] = {
            **roots,
            "record": lambda _: (reading.record, reading.key, reading.type),
            **{name: self._name_root(source) for name, source in collection.names.items()},
        }

    def scope(self, value: ast.expr | None = None, type_: Type = ANY) -> Scope:
        """Return what a formula sees; with `value`, what the rule's source picked, and what is known of that."""
        needs: dict[Needs, Callable[[Block], ast.expr]] = {
            Needs.NOW: _now,
            Needs.LOOKUPS: lambda block: block.writer.bind(self.collection.lookups, "LOOKUPS"),
            Needs.PREVIOUS: lambda block: self.outer_roots["previous"](block)[0],
        }
        roots = self.roots
        if value is not None:
            roots = {**roots, "value": lambda _: (value, ("value", ast.dump(value)), type_)}
        return Scope(roots, self.library.functions, needs)

    def place(self, scalar: Scalar | None, field: str | None) -> Place:
        """Return where a text of the template stands, for reasons."""
        start = self.collection.start_of(scalar) if scalar else (None, None, None)
        return Place(self.collection.title, field, *start)

    def path(self, source: SourceText, block: Block) -> ast.expr:
        """Emit a source and return an expression for what it picks."""
        keys = keys_only(source)
        if keys is not None:
            return read_keys(block, self.reading.record, self.reading.key, keys, self.reading.type)
        from recordmap.compiler.paths import emit_path  # noqa: PLC0415 - most sources are nothing but keys

        # In the optimistic tier a record is surely an object.
        type_ = self.reading.type if self.writer.optimistic else None
        return emit_path(source.parsed, block, self.reading.record, self.reading.key, type_)

    def type_at(self, source: SourceText) -> Type:
        """Return what the source schema says of what a source picks."""
        keys = keys_only(source)
        return ANY if keys is None else type_under(self.reading.type, keys)

    def _name_root(self, source: SourceText) -> Root:
        key = ("name", *self.reading.key, source.scalar.text)
        return lambda block: (block.once(key, lambda: self.path(source, block)), key, ANY)


def _now(block: Block) -> ast.expr:
    block.writer.uses_now = True
    return load("now")


def keys_only(source: SourceText) -> tuple[str, ...] | None:
    """Return the keys of a source that is nothing but keys, else None."""
    return keys_of(source.parsed.tree)


def keys_of(tree: Node) -> tuple[str, ...] | None:
    """Return the keys of a tree that is nothing but keys, else None."""
    steps = tree.steps if isinstance(tree, Chain) else (tree,)
    keys = tuple(step.name for step in steps if isinstance(step, Field))
    return keys if len(keys) == len(steps) else None
