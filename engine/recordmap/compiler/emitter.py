"""One collection to statements, in the order of the language: filter, error filter, fields in file order, children.

Child collections are inlined as loops, so that one function holds the whole record and its budgets. Only what the
checks passed comes here: nothing is looked up with care.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from recordmap.compiler.careful import Reject, place_name
from recordmap.compiler.formula_inliner import note_present
from recordmap.compiler.formulas import emit_formula
from recordmap.compiler.ground import Ground, Reading, keys_only
from recordmap.compiler.held import class_of
from recordmap.compiler.optimistic import MAX_CHILDREN, fall_back
from recordmap.compiler.reads import read_keys
from recordmap.compiler.rules import emit_fields
from recordmap.compiler.steps import pay, spend
from recordmap.compiler.writer import Block, Writer, call, is_not_none, load
from recordmap.demands import required_children_message
from recordmap.expression.formula_reads import read_path, reads
from recordmap.frozen import replace
from recordmap.runtime import values
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.values import Place
from recordmap.schema.types import Kind as JsonKind
from recordmap.schema.types import Type
from recordmap.template.costs import steps_of_record
from recordmap.template.model import Child, Collection, SourceText

_AROUND = ("parent", "existing", "previous")
"""What formulas of child records read beside their own."""

Skip = Callable[[ast.expr], ast.stmt]
"""Makes the statement that leaves a record out."""


def emit_collection(ground: Ground, block: Block, reject: Reject, skip: Skip | None) -> tuple[str, Block]:
    """Emit a collection's steps; returns the local that holds the destination record, and the block where it does.

    Without a way to `skip`, which only the optimistic tier can do without, that block stands behind the filter.
    """
    record = ground.writer.fresh("out")
    if skip is None:
        block = _emit_condition(ground, block)
    else:
        _emit_filter(ground, block, reject, skip)
    block.assign(record, ast.Dict([], []))
    _emit_error_rules(ground, block, reject)
    emit_fields(ground, block, record, reject)
    for child in ground.collection.children:
        _emit_child(ground, child, block, record, reject)
    return record, block


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


def _emit_condition(ground: Ground, block: Block) -> Block:
    """Emit the filter as a condition, and return the block of the records that pass it."""
    text = ground.collection.filter
    if text is None:
        return block
    test = emit_formula(text.parsed.tree, block, ground.scope())
    passed = block.nested()
    note_present(text.parsed.tree, passed, ground.scope())
    block.emit(ast.If(test, passed.body, []))
    return passed


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
    place = Place(collection.title, into, *collection.start_of(each.scalar))
    picking = block.part()
    found = picking.let(ground.path(each, picking), into)
    ground.tier.guard(picking.body, place, reject, block)
    if writer.optimistic and _picks_one(ground, collection):
        _emit_one_child(ground, child, each, found, place, block, record)
        return
    type_ = _item_type(ground, each)
    items = _emit_items(ground, found, collection, place, block, reject, class_of(type_))
    kept, index, item = writer.fresh(into), writer.fresh("index"), writer.fresh("item")

    def reject_child(outcome: ast.expr) -> ast.stmt:
        return reject(call(writer.helper(values.at_index), outcome, ast.Constant(into), load(index)))

    reading = Reading(load(item), (*ground.reading.key, "each", item), type_)
    roots = {**ground.outer_roots, "parent": ground.roots["record"]}
    inner = Ground(collection, ground.library, writer, reading, roots, inlined=True, repeated=True)
    _read_ahead(inner, block)
    loop = block.nested()
    one, _ = emit_collection(inner, loop, reject_child, lambda _: ast.Continue())
    loop.emit(ast.Expr(call(ast.Attribute(load(kept), "append", ast.Load()), load(one))))
    block.assign(kept, ast.List([], ast.Load()))
    block.emit(_loop(index, item, items, loop))
    slot = ast.Subscript(load(record), ast.Constant(into), ast.Store())
    block.emit(ast.If(load(kept), [ast.Assign([slot], load(kept))], missing))


def _read_ahead(child: Ground, block: Block) -> None:
    """Emit in front of a loop what its formulas read of other records than its own: it is the same each time."""
    for text, _, _ in child.collection.formulas():
        for node, name, _ in reads(text.parsed.tree):
            path = read_path(node)
            if name in _AROUND and path is not None and path[1]:
                base, key, type_ = child.outer_roots[name](block)
                read_keys(block, base, key, path[1], type_)


def _missing_children(ground: Ground, child: Child, reject: Reject) -> list[ast.stmt]:
    """Return what happens without any child record: nothing, unless the destination requires some."""
    into = child.into.text
    message = required_children_message(into, ground.collection, ground.schema)
    if message is None:
        return []
    outcome = values.rejected(ground.place(child.into, into), "required-field-missing", message)
    return [reject(ground.writer.bind(outcome, "REJECTED_CHILDREN"))]


def _emit_items(
    ground: Ground, found: ast.expr, child: Collection, place: Place, block: Block, reject: Reject, made: type
) -> ast.expr:
    """Emit the records that `each` picked, objects of the class `made`, as a tuple, and the steps that they cost."""
    writer = ground.writer
    of_class = () if made is dict else (writer.helper(made),)
    items = block.let(call(writer.helper(values.children), found, *of_class), "items")
    wrong = call(
        writer.helper(values.refused),
        writer.bind(place, place_name(place)),
        call(writer.helper(values.no_children), found),
    )
    block.emit(ast.If(ast.Compare(items, [ast.Is()], [ast.Constant(None)]), [reject(wrong)], []))
    if writer.optimistic:
        length = call(writer.helper(len), items)
        too_many = ast.Compare(length, [ast.Gt()], [ast.Constant(MAX_CHILDREN)])
        block.emit(ast.If(too_many, [fall_back()], []))
    counting = block.part()
    spend(counting, items, steps_of_record(child))
    ground.tier.guard(counting.body, place, reject, block)
    return items


def _picks_one(ground: Ground, child: Collection) -> bool:
    """Whether the schema says that `each` picks one object or nothing."""
    return child.each is not None and ground.type_at(child.each).kinds <= {JsonKind.OBJECT, JsonKind.NULL}


def _emit_one_child(
    ground: Ground, child: Child, each: SourceText, found: ast.expr, place: Place, block: Block, record: str
) -> None:
    """Emit the one child record of an object that `each` picked, without a loop; anything else falls back."""
    writer, into = block.writer, child.into.text
    collection = ground.library.collections[child.collection.text]
    taking = block.nested()
    if ground.repeated:
        pay(taking, ast.Constant(steps_of_record(collection)))
    else:
        writer.sure_steps += steps_of_record(collection)
    type_ = _item_type(ground, each)
    reading = Reading(found, (*ground.reading.key, *(keys_only(each) or ())), type_)
    roots = {**ground.outer_roots, "parent": ground.roots["record"]}
    inner = Ground(collection, ground.library, writer, reading, roots, inlined=True, repeated=ground.repeated)
    one, passed = emit_collection(inner, taking, lambda _: fall_back(), None)
    slot = ast.Subscript(load(record), ast.Constant(into), ast.Store())
    passed.emit(ast.Assign([slot], ast.List([load(one)], ast.Load())))
    others: list[ast.stmt] = [ast.If(is_not_none(found), [fall_back()], [])]
    if not ground.inlined:
        wrong = call(writer.helper(values.no_children), found)
        refusal = call(writer.helper(values.refused), writer.bind(place, place_name(place)), wrong)
        others = [ast.If(_type_is(found, str, writer), [ast.Return(refusal)], others)]
    block.emit(ast.If(_type_is(found, class_of(type_), writer), taking.body, others))
    if _missing_children(ground, child, lambda _: fall_back()):
        is_there = ast.Compare(ast.Constant(into), [ast.NotIn()], [load(record)])
        block.emit(ast.If(is_there, [fall_back()], []))


def _type_is(value: ast.expr, type_: type, writer: Writer) -> ast.expr:
    return ast.Compare(call(writer.helper(type), value), [ast.Is()], [writer.helper(type_)])


def _item_type(ground: Ground, each: SourceText) -> Type:
    """Return what the source schema says of one record that `each` picks. It is an object by then."""
    type_ = ground.type_at(each)
    if type_.known and JsonKind.OBJECT not in type_.kinds:
        type_ = type_.lists.each
    return replace(type_, kinds=frozenset((JsonKind.OBJECT,)))


def _loop(index: str, item: str, items: ast.expr, body: Block) -> ast.stmt:
    """Return the loop over child records; only the careful tier needs to say which one was rejected."""
    each = ast.Name(item, ast.Store())
    if body.writer.optimistic:
        return ast.For(each, items, body.body, [])
    pair = ast.Tuple([ast.Name(index, ast.Store()), each], ast.Store())
    return ast.For(pair, call(body.writer.helper(enumerate), items), body.body, [])
