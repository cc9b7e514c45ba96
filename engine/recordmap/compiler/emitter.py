"""One collection to statements, in the order of the language: filter, error filter, fields in file order, children.

Child collections are inlined as loops, so that one function holds the whole record and its budgets. Only what the
checks passed comes here: nothing is looked up with care.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recordmap.compiler.careful import Careful, Reject, Target, place_name
from recordmap.compiler.formulas import Root, Scope, emit_formula
from recordmap.compiler.optimistic import MAX_CHILDREN, Optimistic, fall_back
from recordmap.compiler.paths import emit_path
from recordmap.compiler.reads import read_keys
from recordmap.compiler.steps import spend
from recordmap.compiler.writer import Block, Writer, call, load
from recordmap.demands import DEFAULT_CUSTOM_CONTAINER, field_schema, required_message
from recordmap.expression.functions.spec import FunctionSpec, Needs
from recordmap.expression.source_nodes import Chain, Field
from recordmap.runtime import values
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.values import Place
from recordmap.schema.record import RecordSchema
from recordmap.schema.types import ANY
from recordmap.template.model import Collection, FieldRule, FormulaText, SourceText
from recordmap.template.nodes import Scalar


@dataclass(frozen=True, slots=True)
class Library:
    """What a collection refers to: other collections and record schemas by name, functions, and settings."""

    collections: Mapping[str, Collection]
    schemas: Mapping[str, RecordSchema]
    functions: Mapping[str, FunctionSpec]
    settings: Mapping[str, Any]
    clock: Callable[[], str]


class Emitter:
    """Emits one collection: the root of a function, or a child inside its parent's loop."""

    def __init__(
        self,
        collection: Collection,
        library: Library,
        writer: Writer,
        roots: dict[str, Root],
        record: ast.expr,
        record_key: tuple[object, ...],
        *,
        inlined: bool = False,
    ) -> None:
        self._collection = collection
        self._inlined = inlined
        self._library = library
        self._writer = writer
        self._tier = Optimistic() if writer.optimistic else Careful()
        self._record = record
        self._record_key = record_key
        self._schema = library.schemas[collection.destination.text]
        self._roots = {
            **roots,
            **{name: self._name_root(source) for name, source in collection.names.items()},
        }

    def emit(self, block: Block, reject: Reject, skip: Callable[[ast.expr], ast.stmt]) -> str:
        """Emit the collection's steps; returns the local that holds the destination record."""
        record = self._writer.fresh("out")
        block.assign(record, ast.Dict([], []))
        self._emit_filter(block, reject, skip)
        self._emit_error_rules(block, reject)
        self._emit_fields(block, record, reject)
        for child in self._collection.children:
            self._emit_child(child.collection.text, child.into.text, block, record, reject)
        return record

    def _place(self, scalar: Scalar | None, field: str | None) -> Place:
        start = (scalar.inner or scalar.span.start) if scalar else None
        line, column = (start.line, start.column) if start else (None, None)
        return Place(self._collection.title, field, line, column)

    def _scope(self, value: ast.expr | None = None) -> Scope:
        needs: dict[Needs, Callable[[Block], ast.expr]] = {
            Needs.NOW: _now,
            Needs.LOOKUPS: lambda block: block.writer.bind(self._collection.lookups, "LOOKUPS"),
        }
        roots = (
            self._roots
            if value is None
            else {**self._roots, "value": lambda _: (value, ("value", ast.dump(value)))}
        )
        return Scope(roots, self._library.functions, needs)

    def _name_root(self, source: SourceText) -> Root:
        key = ("name", *self._record_key, source.scalar.text)
        return lambda block: (block.once(key, lambda: self._path(source, block)), key)

    def _path(self, source: SourceText, block: Block) -> ast.expr:
        keys = _keys_only(source)
        if keys is not None:
            return read_keys(block, self._record, self._record_key, keys, known=True)
        return emit_path(source.parsed, block, self._record, self._record_key)

    def _emit_filter(self, block: Block, reject: Reject, skip: Callable[[ast.expr], ast.stmt]) -> None:
        text = self._collection.filter
        if text is None:
            return
        reason = Reason("filtered", "the filter left this record out", self._collection.title)
        skipped = self._writer.bind(Outcome(Kind.SKIPPED, reason=reason), "FILTERED")
        part = block.part()
        test = ast.UnaryOp(ast.Not(), emit_formula(text.parsed.tree, part, self._scope()))
        part.emit(ast.If(test, [skip(skipped)], []))
        self._tier.guard(part.body, self._place(text.scalar, None), reject, block)

    def _emit_error_rules(self, block: Block, reject: Reject) -> None:
        for rule in self._collection.errors:
            place = self._place(rule.when.scalar, None)
            part = block.part()
            outcome = self._writer.bind(
                values.rejected(place, "error-filter", rule.message.text), "ERROR_FILTER"
            )
            part.emit(ast.If(emit_formula(rule.when.parsed.tree, part, self._scope()), [reject(outcome)], []))
            self._tier.guard(part.body, place, reject, block)

    def _emit_fields(self, block: Block, record: str, reject: Reject) -> None:
        rules = self._collection.fields
        custom = None
        if any(rule.custom for rule in rules):
            custom = self._writer.fresh("custom_fields")
            block.assign(custom, ast.Dict([], []))
        free = values.free_length(len(rules), child=self._inlined)
        targets = [
            self._target(rule, (custom or record) if rule.custom else record, free, reject) for rule in rules
        ]
        for target in targets:
            self._emit_field(target, block)
        self._tier.close(block)
        if custom is not None:
            container = self._schema.custom_container or DEFAULT_CUSTOM_CONTAINER
            slot = ast.Subscript(load(record), ast.Constant(container), ast.Store())
            block.emit(ast.If(load(custom), [ast.Assign([slot], load(custom))], []))

    def _target(self, rule: FieldRule, record: str, free: int, reject: Reject) -> Target:
        schema = field_schema(rule, self._schema)
        message = required_message(rule, self._collection, self._schema)
        text = rule.formula or rule.source or rule.constant
        place = self._place(text.scalar if text else rule.name, rule.name.text)
        return Target(rule, schema.type if schema else ANY, message, place, record, free, reject)

    def _emit_field(self, target: Target, block: Block) -> None:
        part = block.part()
        rule = target.rule
        picked: ast.expr = ast.Constant(None)
        if rule.source is not None:
            picked = part.let(self._path(rule.source, part), rule.name.text)
        if rule.when is None:
            self._tier.leave(self._made(rule, picked, part), target, part, together=True)
        else:
            test = emit_formula(rule.when.parsed.tree, part, self._scope(picked))
            inside, otherwise = part.nested(), part.nested()
            self._tier.leave(self._made(rule, picked, inside), target, inside, together=False)
            if target.required_message is not None:
                self._tier.empty(target, otherwise)
            part.emit(ast.If(test, inside.body or [ast.Pass()], otherwise.body))
        if self._can_fail(rule):
            self._tier.guard(part.body, target.place, target.reject, block)
        else:
            block.body.extend(part.body)

    def _made(self, rule: FieldRule, picked: ast.expr, block: Block) -> ast.expr:
        made = picked
        if rule.constant is not None:
            made = ast.Constant(rule.constant.value)
        elif rule.formula is not None:
            made = emit_formula(rule.formula.parsed.tree, block, self._scope(picked))
        if rule.lookup is not None:
            translate = self._writer.helper(self._library.functions["lookup"].call, "lookup")
            tables = self._writer.bind(self._collection.lookups, "LOOKUPS")
            made = call(translate, tables, ast.Constant(rule.lookup.text), made)
        return made

    def _loop(self, index: str, item: str, items: ast.expr, body: Block) -> ast.stmt:
        """Return the loop over child records; only the careful tier needs to say which one was rejected."""
        each = ast.Name(item, ast.Store())
        if self._writer.optimistic:
            return ast.For(each, items, body.body, [])
        pair = ast.Tuple([ast.Name(index, ast.Store()), each], ast.Store())
        return ast.For(pair, call(self._writer.helper(enumerate), items), body.body, [])

    def _can_fail(self, rule: FieldRule) -> bool:
        """Whether a rule can raise: plain paths, constants, and formulas of nothing but choices can't."""
        if rule.lookup is not None or (rule.source is not None and not rule.source.parsed.is_plain):
            return True
        return any(self._formula_can_fail(text) for text in (rule.formula, rule.when) if text is not None)

    def _formula_can_fail(self, text: FormulaText) -> bool:
        names = self._collection.names
        reads = [names[read.name] for read in text.parsed.names if read.name in names]
        if not all(source.parsed.is_plain for source in reads):
            return True
        sure = (
            ast.BoolOp,
            ast.And,
            ast.Or,
            ast.Not,
            ast.IfExp,
            ast.Constant,
            ast.Name,
            ast.Attribute,
            ast.Load,
        )
        return not all(isinstance(node, sure) for node in ast.walk(text.parsed.tree))

    def _emit_items(self, found: ast.expr, into: str, place: Place, block: Block, reject: Reject) -> ast.expr:
        """Emit the records that `each` picked, as a list or tuple."""
        writer = self._writer
        every: ast.expr = call(writer.helper(values.children), found)
        if self._writer.optimistic:
            is_one = ast.Compare(call(writer.helper(type), found), [ast.Is()], [writer.helper(dict)])
            every = ast.IfExp(is_one, ast.Tuple([found], ast.Load()), every)
        items = block.let(every, f"{into}_items")
        wrong = call(
            writer.helper(values.refused),
            writer.bind(place, place_name(place)),
            call(writer.helper(values.wrong_kind), found, ast.Constant("an object or a list of objects")),
        )
        block.emit(ast.If(ast.Compare(items, [ast.Is()], [ast.Constant(None)]), [reject(wrong)], []))
        return items

    def _emit_steps(self, items: ast.expr, cost: int, place: Place, reject: Reject, block: Block) -> None:
        """Emit the count of a loop's steps; the optimistic tier leaves long lists to the careful one."""
        if self._writer.optimistic:
            length = call(self._writer.helper(len), items)
            too_many = ast.Compare(length, [ast.Gt()], [ast.Constant(MAX_CHILDREN)])
            block.emit(ast.If(too_many, [fall_back()], []))
        counting = block.part()
        spend(counting, items, cost)
        self._tier.guard(counting.body, place, reject, block)

    def _emit_child(self, name: str, into: str, block: Block, record: str, reject: Reject) -> None:
        child = self._library.collections[name]
        if not child.enabled or child.each is None:
            return
        writer = self._writer
        place = Place(child.title, into, *_start(child.each.scalar))
        picking = block.part()
        found = picking.let(self._path(child.each, picking), into)
        self._tier.guard(picking.body, place, reject, block)
        items = self._emit_items(found, into, place, block, reject)
        kept, index, item = writer.fresh(into), writer.fresh("index"), writer.fresh("item")

        def reject_child(outcome: ast.expr) -> ast.stmt:
            return reject(call(writer.helper(values.at_index), outcome, ast.Constant(into), load(index)))

        loop = block.nested()
        key = (*self._record_key, "each", item)
        roots: dict[str, Root] = {
            "record": lambda _: (load(item), key),
            "parent": lambda _: (self._record, self._record_key),
            "existing": self._roots["existing"],
            "settings": self._roots["settings"],
        }
        emitter = Emitter(child, self._library, writer, roots, load(item), key, inlined=True)
        one = emitter.emit(loop, reject_child, lambda _: ast.Continue())
        loop.emit(ast.Expr(call(ast.Attribute(load(kept), "append", ast.Load()), load(one))))
        self._emit_steps(items, 1 + len(child.fields), place, reject, block)
        block.assign(kept, ast.List([], ast.Load()))
        block.emit(self._loop(index, item, items, loop))
        slot = ast.Subscript(load(record), ast.Constant(into), ast.Store())
        block.emit(ast.If(load(kept), [ast.Assign([slot], load(kept))], []))


def _now(block: Block) -> ast.expr:
    block.writer.uses_now = True
    return load("now")


def _start(scalar: Scalar) -> tuple[int, int]:
    start = scalar.inner or scalar.span.start
    return start.line, start.column


def _keys_only(source: SourceText) -> tuple[str, ...] | None:
    """Return the keys of a source that is nothing but keys, else None."""
    tree = source.parsed.tree
    steps = tree.steps if isinstance(tree, Chain) else (tree,)
    keys = tuple(step.name for step in steps if isinstance(step, Field))
    return keys if len(keys) == len(steps) else None
