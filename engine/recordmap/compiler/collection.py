"""A checked collection to a plan: two generated functions, of which the first hands what is unusual to the second."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Hashable

from recordmap.compiler.assembly import Later, assemble, define, give_places
from recordmap.compiler.emitter import emit_collection
from recordmap.compiler.formula_scope import Root
from recordmap.compiler.ground import Ground, Library, Reading
from recordmap.compiler.held import Decoded, class_of, held
from recordmap.compiler.optimistic import fall_back
from recordmap.compiler.reads import settled
from recordmap.compiler.writer import Block, Writer, call, load
from recordmap.digests import digest_of
from recordmap.frozen import replace
from recordmap.runtime import values
from recordmap.runtime.budget import MAX_STEPS
from recordmap.runtime.plan import ChildPolicy, Function, Plan
from recordmap.runtime.values import Place
from recordmap.runtime.work import Work
from recordmap.schema.types import ANY, Kind, Type
from recordmap.template.model import Collection, Duplicates, OnChange, Operation

PARAMETERS = ("record", "existing", "parent", "now", "previous")


def compile_collection(collection: Collection, library: Library) -> Plan:
    """Compile a collection that has no error left. The plan keeps its own copy of the settings."""
    library = replace(library, settings=values.own_copy(dict(library.settings)))
    title = f"<plan of {collection.title}>"
    optimistic = Writer(optimistic=True)
    namespace = optimistic.namespace

    plan = _function("plan", collection, library, optimistic)
    # Most runs meet no record that needs it.
    careful = namespace["careful"] = Later(
        "careful",
        lambda: _function("careful", collection, library, Writer(beside=optimistic)),
        namespace,
        title,
    )
    return Plan(
        name=collection.title,
        operation=collection.operation.value,
        version=_version(collection, library),
        children=tuple(
            _policy(child.collection.text, child.into.text, library) for child in collection.children
        ),
        function=assemble(plan, namespace, title),
        careful=careful,
        trees=lambda: _trees(collection, library),
        clock=library.clock if optimistic.uses_now else None,
        reads_previous=optimistic.uses_previous,
    )


def compile_for_objects(collection: Collection, library: Library, objects: Decoded) -> Function:
    """Compile the optimistic function of a collection once more, for records that a decoder made into objects.

    It gives None for a record that is unusual in any way: `Plan.function` has to map it, from the start.
    """
    library = replace(library, settings=values.own_copy(dict(library.settings)))
    writer = Writer(optimistic=True)
    writer.namespace["careful"] = _leave
    plan = _function("plan", collection, library, writer, objects)
    return assemble(plan, writer.namespace, f"<plan of {collection.title}, for objects>")


def _leave(*_: object) -> None:
    """Stand for the careful function where there is none."""


def _trees(collection: Collection, library: Library) -> list[ast.FunctionDef]:
    """Write both functions once more, to be read: trees take a hundred times the room of the functions."""
    optimistic = Writer(optimistic=True)
    plan = _function("plan", collection, library, optimistic)
    trees = [_function("careful", collection, library, Writer(beside=optimistic)), plan]
    for tree in trees:
        give_places(tree)  # nothing without a place can be written out
    return trees


def _function(
    name: str, collection: Collection, library: Library, writer: Writer, objects: Decoded | None = None
) -> ast.FunctionDef:
    # Whatever is no object is turned away before anything of it is read.
    type_ = replace(library.schemas[collection.source.text].type, kinds=frozenset((Kind.OBJECT,)))
    if objects is not None:
        type_ = held(type_, objects)
    reading = Reading(load("record"), ("record",), type_)
    body = (_optimistic_body if writer.optimistic else _careful_body)(collection, library, writer, reading)
    counters: list[ast.stmt] = [
        ast.Assign([ast.Name(counter, ast.Store())], ast.Constant(begin))
        for counter, begin, used in (
            ("steps", writer.sure_steps, writer.uses_steps),
            ("size", 0, writer.uses_size),
        )
        if used
    ]
    if writer.uses_work:
        counters.append(ast.Assign([ast.Name("work", ast.Store())], call(writer.helper(Work))))
    return define(name, PARAMETERS, [*counters, *body])


def _careful_body(
    collection: Collection, library: Library, writer: Writer, reading: Reading
) -> list[ast.stmt]:
    body = Block(writer)
    not_object = ast.UnaryOp(ast.Not(), call(writer.helper(isinstance), load("record"), writer.helper(dict)))
    refusal = values.rejected(
        Place(collection.title, None, None, None), "wrong-type", "the record is not an object"
    )
    body.emit(ast.If(not_object, [ast.Return(writer.bind(refusal, "NOT_A_RECORD"))], []))
    _emit_whole(collection, library, body, reading)
    return body.body


def _optimistic_body(
    collection: Collection, library: Library, writer: Writer, reading: Reading
) -> list[ast.stmt]:
    body = Block(writer)
    made = writer.helper(class_of(reading.type))
    no_object = ast.Compare(call(writer.helper(type), load("record")), [ast.IsNot()], [made])
    body.emit(ast.If(no_object, [fall_back()], []))
    _emit_whole(collection, library, body, reading)
    if writer.sure_steps > MAX_STEPS:
        return [fall_back()]
    handler = ast.ExceptHandler(writer.helper(Exception), None, [fall_back()])
    return [ast.Try(body.body, [handler], [], [])]


def _emit_whole(collection: Collection, library: Library, body: Block, reading: Reading) -> None:
    ground = Ground(collection, library, body.writer, reading, _roots(collection, library))
    record, _ = emit_collection(ground, body, _ending(body.writer), ast.Return)
    body.emit(ast.Return(load(record)))


def _ending(writer: Writer) -> Callable[[ast.expr], ast.stmt]:
    """Return what a rejection does: it is the outcome, or what the careful function has to find out."""
    return (lambda _: fall_back()) if writer.optimistic else ast.Return


def _policy(name: str, into: str, library: Library) -> ChildPolicy:
    child = library.collections[name]
    return ChildPolicy(
        into=into,
        collection=name,
        skip_duplicates=child.duplicates is Duplicates.SKIP,
        replace=child.on_change is OnChange.REPLACE,
    )


def _version(collection: Collection, library: Library) -> str:
    """Return a hash over a collection and everything below it, with its lookups in files."""
    parts = [collection.digest]
    for name, lookup in collection.lookups.items():
        if not lookup.rows:
            parts.append(f"{name} {digest_of(json.dumps(list(lookup.table.items()), default=str))}")
    parts += [_version(library.collections[child.collection.text], library) for child in collection.children]
    return digest_of(":".join(parts), 8)


def _roots(collection: Collection, library: Library) -> dict[str, Root]:
    is_new = collection.operation is Operation.ADD and collection.child_of is None
    existing = ast.Constant(None) if is_new else load("existing")
    parent = load("parent") if collection.child_of else ast.Constant(None)
    return {
        "existing": lambda _: (existing, ("existing",), ANY),
        "previous": _nothing if is_new else _previous,
        "parent": lambda _: (parent, ("parent",), ANY),
        "settings": lambda block: (
            block.writer.bind(library.settings, "SETTINGS"),
            ("settings",),
            settled(library.settings),
        ),
    }


def _previous(block: Block) -> tuple[ast.expr, Hashable, Type]:
    block.writer.uses_previous = True
    return load("previous"), ("previous",), ANY


def _nothing(_block: Block) -> tuple[ast.expr, Hashable, Type]:
    """Stand for the previous record of an Add, which was never synced."""
    return ast.Constant(None), ("previous",), ANY
