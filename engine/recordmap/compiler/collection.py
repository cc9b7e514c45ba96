"""A checked collection to a plan: one generated function, child collections inlined as loops.

Only what the checks passed comes here, so nothing is looked up with care: an unknown name is a fault of ours.
The steps of a record run in the order of the language: filter, error filter, fields in file order, children.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recordmap.compiler.fields import Reject, Target, emit_empty, emit_leave, guard
from recordmap.compiler.formulas import Root, Scope, emit_formula
from recordmap.compiler.paths import emit_path
from recordmap.compiler.writer import Block, Writer, call, load
from recordmap.demands import DEFAULT_CUSTOM_CONTAINER, field_schema, required_message
from recordmap.expression.functions.spec import FunctionSpec, Needs
from recordmap.runtime import values
from recordmap.runtime.budget import spend
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.plan import ChildPolicy, Plan
from recordmap.runtime.values import Place
from recordmap.schema.record import RecordSchema
from recordmap.schema.types import ANY
from recordmap.template.model import (
    Collection,
    Duplicates,
    FieldRule,
    FormulaText,
    OnChange,
    Operation,
    SourceText,
)
from recordmap.template.nodes import Scalar


@dataclass(frozen=True, slots=True)
class Library:
    """What a collection refers to: other collections and record schemas by name, functions, and settings."""

    collections: Mapping[str, Collection]
    schemas: Mapping[str, RecordSchema]
    functions: Mapping[str, FunctionSpec]
    settings: Mapping[str, Any]
    clock: Callable[[], str]


def compile_collection(collection: Collection, library: Library) -> Plan:
    """Compile a collection that has no error left."""
    writer = Writer()
    body = Block(writer)
    not_object = ast.UnaryOp(ast.Not(), call(writer.helper(isinstance), load("record"), writer.helper(dict)))
    refusal = values.rejected(
        Place(collection.title, None, None, None), "wrong-type", "the record is not an object"
    )
    body.emit(ast.If(not_object, [ast.Return(writer.bind(refusal, "NOT_A_RECORD"))], []))
    emitter = _Emitter(
        collection, library, writer, _root_scope(collection, library), load("record"), ("record",)
    )
    record = emitter.emit(body, reject=ast.Return, skip=ast.Return)
    body.emit(ast.Return(load(record)))
    start: list[ast.stmt] = [
        ast.Assign([ast.Name(name, ast.Store())], ast.Constant(0))
        for name, used in (("steps", writer.uses_steps), ("size", writer.uses_size))
        if used
    ]
    parameters = [ast.arg(name) for name in ("record", "existing", "parent", "now")]
    function = ast.FunctionDef(
        "plan", ast.arguments([], parameters, None, [], [], None, []), [*start, *body.body], [], None, None
    )
    tree = ast.fix_missing_locations(ast.Module([function], []))
    # The tree holds nothing but nodes made by this room, and the namespace nothing but what they name.
    exec(compile(tree, f"<plan of {collection.title}>", "exec"), writer.namespace)  # noqa: S102
    return Plan(
        name=collection.title,
        operation=collection.operation.value,
        version=_version(collection, library),
        children=tuple(
            _policy(child.collection.text, child.into.text, library) for child in collection.children
        ),
        tree=tree,
        function=writer.namespace["plan"],
        clock=library.clock if writer.uses_now else None,
    )


def _policy(name: str, into: str, library: Library) -> ChildPolicy:
    child = library.collections[name]
    return ChildPolicy(
        into=into,
        collection=name,
        skip_duplicates=child.duplicates is Duplicates.SKIP,
        replace=child.on_change is OnChange.REPLACE,
    )


def _version(collection: Collection, library: Library) -> str:
    """Return a hash over a collection and everything below it."""
    parts = [collection.digest]
    parts += [_version(library.collections[child.collection.text], library) for child in collection.children]
    return hashlib.blake2b(":".join(parts).encode(), digest_size=8).hexdigest()


def _root_scope(collection: Collection, library: Library) -> dict[str, Root]:
    existing = ast.Constant(None) if _is_new(collection) else load("existing")
    return {
        "record": lambda _: (load("record"), ("record",)),
        "existing": lambda _: (existing, ("existing",)),
        "parent": lambda _: (load("parent") if collection.child_of else ast.Constant(None), ("parent",)),
        "settings": lambda block: (block.writer.constant(dict(library.settings)), ("settings",)),
    }


def _is_new(collection: Collection) -> bool:
    return collection.operation is Operation.ADD and collection.child_of is None


class _Emitter:
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
        guard(part.body, self._place(text.scalar, None), reject, block)

    def _emit_error_rules(self, block: Block, reject: Reject) -> None:
        for rule in self._collection.errors:
            place = self._place(rule.when.scalar, None)
            part = block.part()
            outcome = self._writer.bind(
                values.rejected(place, "error-filter", rule.message.text), "ERROR_FILTER"
            )
            part.emit(ast.If(emit_formula(rule.when.parsed.tree, part, self._scope()), [reject(outcome)], []))
            guard(part.body, place, reject, block)

    def _emit_fields(self, block: Block, record: str, reject: Reject) -> None:
        rules = self._collection.fields
        custom = None
        if any(rule.custom for rule in rules):
            custom = self._writer.fresh("custom_fields")
            block.assign(custom, ast.Dict([], []))
        free = values.free_length(len(rules), child=self._inlined)
        for rule in rules:
            target = self._target(rule, (custom or record) if rule.custom else record, free, reject)
            self._emit_field(target, block)
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
            emit_leave(self._made(rule, picked, part), target, part)
        else:
            test = emit_formula(rule.when.parsed.tree, part, self._scope(picked))
            inside, otherwise = part.nested(), part.nested()
            emit_leave(self._made(rule, picked, inside), target, inside)
            if target.required_message is not None:
                emit_empty(target, otherwise)
            part.emit(ast.If(test, inside.body or [ast.Pass()], otherwise.body))
        if _can_fail(rule):
            guard(part.body, target.place, target.reject, block)
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

    def _emit_child(self, name: str, into: str, block: Block, record: str, reject: Reject) -> None:
        child = self._library.collections[name]
        if not child.enabled or child.each is None:
            return
        writer = self._writer
        place = Place(child.title, into, *_start(child.each.scalar))
        picking = block.part()
        found = picking.let(self._path(child.each, picking), into)
        guard(picking.body, place, reject, block)
        items = block.let(call(writer.helper(values.children), found), f"{into}_items")
        wrong = call(
            writer.helper(values.refused),
            writer.bind(place, f"AT_{into.upper()}"),
            call(writer.helper(values.wrong_kind), found, ast.Constant("an object or a list of objects")),
        )
        unfit = ast.Compare(items, [ast.Is()], [ast.Constant(None)])
        block.emit(ast.If(unfit, [reject(wrong)], []))
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
        emitter = _Emitter(child, self._library, writer, roots, load(item), key, inlined=True)
        one = emitter.emit(loop, reject_child, lambda _: ast.Continue())
        loop.emit(ast.Expr(call(ast.Attribute(load(kept), "append", ast.Load()), load(one))))
        spend(block, items, 1 + len(child.fields))
        block.assign(kept, ast.List([], ast.Load()))
        pair = ast.Tuple([ast.Name(index, ast.Store()), ast.Name(item, ast.Store())], ast.Store())
        block.emit(ast.For(pair, call(writer.helper(enumerate), items), loop.body, []))
        slot = ast.Subscript(load(record), ast.Constant(into), ast.Store())
        block.emit(ast.If(load(kept), [ast.Assign([slot], load(kept))], []))


def _now(block: Block) -> ast.expr:
    block.writer.uses_now = True
    return load("now")


def _start(scalar: Scalar) -> tuple[int, int]:
    start = scalar.inner or scalar.span.start
    return start.line, start.column


def _can_fail(rule: FieldRule) -> bool:
    """Whether a rule can raise: plain key paths and constants can't."""
    formulas: list[FormulaText] = [text for text in (rule.formula, rule.when) if text is not None]
    if any(_formula_can_fail(text) for text in formulas) or rule.lookup is not None:
        return True
    return rule.source is not None and not rule.source.parsed.is_plain


def _formula_can_fail(text: FormulaText) -> bool:
    sure = (ast.BoolOp, ast.And, ast.Or, ast.Not, ast.IfExp, ast.Constant, ast.Name, ast.Attribute, ast.Load)
    return not all(isinstance(node, sure) for node in ast.walk(text.parsed.tree))
