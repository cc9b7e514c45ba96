"""One collection to statements, in the order of the language: filter, error filter, fields in file order, children.

Child collections are inlined as loops, so that one function holds the whole record and its budgets. Only what the
checks passed comes here: nothing is looked up with care.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from recordmap.compiler.careful import Reject, place_name
from recordmap.compiler.formulas import emit_formula, note_present
from recordmap.compiler.ground import Ground, Reading
from recordmap.compiler.optimistic import MAX_CHILDREN, fall_back
from recordmap.compiler.rules import emit_fields
from recordmap.compiler.steps import spend
from recordmap.compiler.writer import Block, call, load
from recordmap.demands import required_children_message
from recordmap.frozen import replace
from recordmap.runtime import values
from recordmap.runtime.budget import MAX_STEPS
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.values import Place
from recordmap.schema.types import ANY, Type
from recordmap.schema.types import Kind as JsonKind
from recordmap.template.model import Child, Collection, SourceText

Skip = Callable[[ast.expr], ast.stmt]
"""Makes the statement that leaves a record out."""


def emit_collection(ground: Ground, block: Block, reject: Reject, skip: Skip) -> str:
    """Emit a collection's steps; returns the local that holds the destination record."""
    record = ground.writer.fresh("out")
    block.assign(record, ast.Dict([], []))
    _emit_filter(ground, block, reject, skip)
    _emit_error_rules(ground, block, reject)
    emit_fields(ground, block, record, reject)
    for child in ground.collection.children:
        _emit_child(ground, child, block, record, reject)
    return record


def _emit_filter(ground: Ground, block: Block, reject: Reject, skip: Skip) -> None:
    text = ground.collection.filter
    if text is None:
        return
    reason = Reason("filtered", "the filter left this record out", ground.collection.title)
    skipped = ground.writer.bind(Outcome(Kind.SKIPPED, reason=reason), "FILTERED")
    part = block.part()
    test = ast.UnaryOp(ast.Not(), emit_formula(text.parsed.tree, part, ground.scope()))
    part.emit(ast.If(test, [skip(skipped)], []))
    if ground.writer.optimistic:
        note_present(text.parsed.tree, part, ground.scope())
    ground.tier.guard(part.body, ground.place(text.scalar, None), reject, block)


def _emit_error_rules(ground: Ground, block: Block, reject: Reject) -> None:
    for rule in ground.collection.errors:
        place = ground.place(rule.when.scalar, None)
        part = block.part()
        outcome = ground.writer.bind(
            values.rejected(place, "error-filter", rule.message.text), "ERROR_FILTER"
        )
        part.emit(ast.If(emit_formula(rule.when.parsed.tree, part, ground.scope()), [reject(outcome)], []))
        ground.tier.guard(part.body, place, reject, block)


def _emit_child(ground: Ground, child: Child, block: Block, record: str, reject: Reject) -> None:
    collection = ground.library.collections[child.collection.text]
    each, into = collection.each, child.into.text
    missing = _missing_children(ground, child, reject)
    if not collection.enabled or each is None:
        block.body += missing
        return
    writer = ground.writer
    start = each.scalar.inner or each.scalar.span.start
    place = Place(collection.title, into, start.line, start.column)
    picking = block.part()
    found = picking.let(ground.path(each, picking), into)
    ground.tier.guard(picking.body, place, reject, block)
    items = _emit_items(ground, found, collection, place, block, reject)
    kept, index, item = writer.fresh(into), writer.fresh("index"), writer.fresh("item")

    def reject_child(outcome: ast.expr) -> ast.stmt:
        return reject(call(writer.helper(values.at_index), outcome, ast.Constant(into), load(index)))

    reading = Reading(load(item), (*ground.reading.key, "each", item), _item_type(ground, each))
    roots = {**ground.outer_roots, "parent": ground.roots["record"]}
    repeated = ground.repeated or not _picks_one(ground, collection)
    inner = Ground(collection, ground.library, writer, reading, roots, inlined=True, repeated=repeated)
    loop = block.nested()
    if _picks_one(ground, collection):
        loop.note(("plain", item))
    one = emit_collection(inner, loop, reject_child, lambda _: ast.Continue())
    loop.emit(ast.Expr(call(ast.Attribute(load(kept), "append", ast.Load()), load(one))))
    block.assign(kept, ast.List([], ast.Load()))
    block.emit(_loop(index, item, items, loop))
    slot = ast.Subscript(load(record), ast.Constant(into), ast.Store())
    block.emit(ast.If(load(kept), [ast.Assign([slot], load(kept))], missing))


def _missing_children(ground: Ground, child: Child, reject: Reject) -> list[ast.stmt]:
    """Return what happens without any child record: nothing, unless the destination requires some."""
    into = child.into.text
    message = required_children_message(into, ground.collection, ground.schema)
    if message is None:
        return []
    outcome = values.rejected(ground.place(child.into, into), "required-field-missing", message)
    return [reject(ground.writer.bind(outcome, "REJECTED_CHILDREN"))]


def _emit_items(
    ground: Ground, found: ast.expr, child: Collection, place: Place, block: Block, reject: Reject
) -> ast.expr:
    """Emit the records that `each` picked, as a list or tuple, and the steps that they cost."""
    writer = ground.writer
    cost = 1 + len(child.fields)
    if writer.optimistic and _picks_one(ground, child):
        return _emit_one_item(ground, found, cost, block)
    items = block.let(call(writer.helper(values.children), found), "items")
    wrong = call(
        writer.helper(values.refused),
        writer.bind(place, place_name(place)),
        call(writer.helper(values.wrong_kind), found, ast.Constant("an object or a list of objects")),
    )
    block.emit(ast.If(ast.Compare(items, [ast.Is()], [ast.Constant(None)]), [reject(wrong)], []))
    if writer.optimistic:
        length = call(writer.helper(len), items)
        too_many = ast.Compare(length, [ast.Gt()], [ast.Constant(MAX_CHILDREN)])
        block.emit(ast.If(too_many, [fall_back()], []))
    counting = block.part()
    spend(counting, items, cost)
    ground.tier.guard(counting.body, place, reject, block)
    return items


def _picks_one(ground: Ground, child: Collection) -> bool:
    """Whether the schema says that `each` picks one object or nothing."""
    return child.each is not None and ground.type_at(child.each).kinds <= {JsonKind.OBJECT, JsonKind.NULL}


def _emit_one_item(ground: Ground, found: ast.expr, cost: int, block: Block) -> ast.expr:
    """Emit the one record that `each` picked, or none; anything else falls back."""
    writer = block.writer
    taking = block.nested()
    items = writer.fresh("items")
    is_object = ast.Compare(call(writer.helper(type), found), [ast.Is()], [writer.helper(dict)])
    taking.assign(items, ast.Tuple([found], ast.Load()))
    taking.emit(ast.AugAssign(ast.Name("steps", ast.Store()), ast.Add(), ast.Constant(cost)))
    if writer.uses_steps or ground.repeated:
        over = ast.Compare(load("steps"), [ast.Gt()], [ast.Constant(MAX_STEPS)])
        taking.emit(ast.If(over, [fall_back()], []))
    is_there = ast.Compare(found, [ast.IsNot()], [ast.Constant(None)])
    block.assign(items, ast.Tuple([], ast.Load()))
    writer.uses_steps = True
    block.emit(ast.If(is_object, taking.body, [ast.If(is_there, [fall_back()], [])]))
    return load(items)


def _item_type(ground: Ground, each: SourceText) -> Type:
    """Return what the source schema says of one record that `each` picks. It is an object by then."""
    type_ = ground.type_at(each)
    if type_.known and JsonKind.OBJECT not in type_.kinds:
        type_ = type_.items or ANY
    return replace(type_, kinds=frozenset((JsonKind.OBJECT,)))


def _loop(index: str, item: str, items: ast.expr, body: Block) -> ast.stmt:
    """Return the loop over child records; only the careful tier needs to say which one was rejected."""
    each = ast.Name(item, ast.Store())
    if body.writer.optimistic:
        return ast.For(each, items, body.body, [])
    pair = ast.Tuple([ast.Name(index, ast.Store()), each], ast.Store())
    return ast.For(pair, call(body.writer.helper(enumerate), items), body.body, [])
