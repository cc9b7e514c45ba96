"""Letting a value leave its field, with every check in place: the careful tier.

A value ends unset (nothing is written), null, or as it is. The usual case is tested inline; everything else is a call
into `recordmap.runtime.values`, and whatever is wrong becomes a rejected record with its place in the template.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from recordmap.compiler.writer import Block, call, is_not_none, load
from recordmap.demands import shape_of
from recordmap.diagnostics import Fault
from recordmap.frozen import Frozen
from recordmap.runtime import values
from recordmap.runtime.operators import MAX_TEXT
from recordmap.runtime.values import MAX_RECORD, Place
from recordmap.schema.types import Kind, Type
from recordmap.template.model import FieldRule, OnEmpty

Reject = Callable[[ast.expr], ast.stmt]
"""Makes the statement that ends the record with the outcome of an expression."""


class Target(Frozen):
    """Where a field's value goes, and what is demanded of it.

    `record` is the local that holds the destination record (or its custom fields). `free` is the length up to which
    a text needs no count against the size of the whole record: so many fields of that length always fit. A `shared`
    value may hold parts of the settings, so the record gets a copy. An `inlined` one stands in a child record.
    """

    rule: FieldRule
    type: Type
    required_message: str | None
    place: Place
    record: str
    free: int
    reject: Reject
    shared: bool = False
    inlined: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the field takes text and nothing else, whatever the text."""
        return self.type.known and self.type.kinds - {Kind.NULL} == {Kind.TEXT} and self.type.enum is None


class Careful:
    """The careful tier: complete on its own, and what the optimistic tier falls back to."""

    def guard(self, body: list[ast.stmt], place: Place, reject: Reject, block: Block) -> None:
        """Emit `body` so that whatever it raises becomes a rejected record with its place."""
        if not body:
            return
        writer = block.writer
        outcome = call(writer.helper(values.failed), writer.bind(place, place_name(place)), load("error"))
        handler = ast.ExceptHandler(writer.helper(Exception), "error", [reject(outcome)])
        block.emit(ast.Try(body, [handler], [], []))

    def leave(self, value: ast.expr, target: Target, block: Block, *, together: bool) -> None:  # noqa: ARG002 - a tier's
        """Emit the checks of a finished value and the write."""
        if isinstance(value, ast.Constant):
            self._leave_constant(value, target, block)
            return
        value = block.let(value, target.rule.name.text)
        if target.is_text:
            self._leave_as_text(value, target, block)
        else:
            self._leave_as_any(value, target, block)

    def _leave_constant(self, value: ast.Constant, target: Target, block: Block) -> None:
        """Decide about a constant now: it is the same for every record."""
        if values.is_blank(value.value):
            self.empty(target, block)
            return
        try:
            size = values.examine(value.value, shape_of(target.type), target.free)
        except Fault as fault:
            outcome = values.refused(target.place, fault)
            block.emit(target.reject(block.writer.bind(outcome, f"REJECTED_{_upper(target.rule)}")))
        else:
            if size:
                _emit_size(ast.Constant(size), target, block)
            block.emit(write(target, value))

    def empty(self, target: Target, block: Block) -> None:
        """Emit what a null or empty result does."""
        rule, writer = target.rule, block.writer
        if target.required_message is not None:
            outcome = values.rejected(target.place, "required-field-missing", target.required_message)
        elif rule.on_empty is OnEmpty.ERROR:
            outcome = values.rejected(
                target.place, "empty-value", f"'{rule.name.text}' is empty, and on_empty is error"
            )
        elif rule.on_empty is OnEmpty.NULL and not rule.custom:
            if target.type.nullable:
                block.emit(write(target, ast.Constant(None)))
                return
            fault = values.wrong_kind(None, target.type.describe())
            outcome = values.refused(target.place, fault)
        else:
            return
        block.emit(target.reject(writer.bind(outcome, f"REJECTED_{_upper(rule)}")))

    def close(self, block: Block) -> None:
        """Emit nothing: every text was looked at on its own."""

    def _leave_as_text(self, value: ast.expr, target: Target, block: Block) -> None:
        writer = block.writer
        limit = target.type.texts.max_length
        free = target.free if limit is None else min(target.free, limit)
        longest = MAX_TEXT if limit is None else min(MAX_TEXT, limit)
        not_blank = block.nested()
        seldom = not_blank.nested()
        fault = seldom.let(call(writer.helper(values.examine_text), value, ast.Constant(longest)), "fault")
        seldom.emit(_if(is_not_none(fault), [target.reject(_refused(fault, target, block))]))
        _emit_size(call(writer.helper(len), value), target, seldom)
        unusual = ast.BoolOp(
            ast.Or(),
            [
                ast.Compare(call(writer.helper(len), value), [ast.Gt()], [ast.Constant(free)]),
                ast.UnaryOp(ast.Not(), call(ast.Attribute(value, "isascii", ast.Load()))),
                ast.Compare(ast.Constant("\x00"), [ast.In()], [value]),
            ],
        )
        not_blank.emit(_if(unusual, seldom.body))
        not_blank.emit(write(target, value))
        empty = block.nested()
        self.empty(target, empty)
        has_more_than_blanks = ast.UnaryOp(ast.Not(), call(ast.Attribute(value, "isspace", ast.Load())))
        text: list[ast.stmt] = [
            _if(ast.BoolOp(ast.And(), [value, has_more_than_blanks]), not_blank.body, empty.body)
        ]
        other = block.nested()
        words = ast.Constant(Type.of(Kind.TEXT).describe())
        wrong = call(writer.helper(values.wrong_kind), value, words)
        other.emit(_if(is_not_none(value), [target.reject(_refused(wrong, target, block))], empty.body))
        block.emit(_if(call(writer.helper(isinstance), value, writer.helper(str)), text, other.body))

    def _leave_as_any(self, value: ast.expr, target: Target, block: Block) -> None:
        writer = block.writer
        empty = block.nested()
        self.empty(target, empty)
        examined = block.nested()
        self.examine(value, target, examined)
        examined.emit(write(target, call(writer.helper(values.own_copy), value) if target.shared else value))
        blank = call(writer.helper(values.is_blank), value)
        guarded = block.nested()
        self.guard(examined.body, target.place, target.reject, guarded)
        block.emit(_if(blank, empty.body or [ast.Pass()], guarded.body))

    def examine(self, value: ast.expr, target: Target, block: Block) -> None:
        """Emit that a value of any kind is examined, and counts against the size of the record."""
        writer = block.writer
        shape_name = writer.bind(shape_of(target.type), f"SHAPE_{_upper(target.rule)}")
        size = call(writer.helper(values.examine), value, shape_name, ast.Constant(target.free))
        _emit_size(block.let(size, "size"), target, block)


def _emit_size(size: ast.expr, target: Target, block: Block) -> None:
    block.writer.uses_size = True
    block.emit(ast.AugAssign(ast.Name("size", ast.Store()), ast.Add(), size))
    # The optimistic tier leaves half of the record to the texts that it doesn't count: see `Optimistic`.
    most = MAX_RECORD // 2 if block.writer.optimistic else MAX_RECORD
    over = ast.Compare(load("size"), [ast.Gt()], [ast.Constant(most)])
    fault = call(block.writer.helper(values.too_large))
    block.emit(_if(over, [target.reject(_refused(fault, target, block))]))


def write(target: Target, value: ast.expr) -> ast.stmt:
    """Return the assignment of a field."""
    slot = ast.Subscript(load(target.record), ast.Constant(target.rule.name.text), ast.Store())
    return ast.Assign([slot], value)


def place_name(place: Place) -> str:
    """Return a readable name for a place in the generated code."""
    name = (place.field or "record").upper()
    return f"AT_{name}" if name.isidentifier() else "AT_FIELD"


def _refused(fault: ast.expr, target: Target, block: Block) -> ast.expr:
    writer = block.writer
    return call(writer.helper(values.refused), writer.bind(target.place, place_name(target.place)), fault)


def _upper(rule: FieldRule) -> str:
    name = rule.name.text.upper()
    return name if name.isidentifier() and name.isascii() else "FIELD"


def _if(test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt] | None = None) -> ast.If:
    return ast.If(test, body or [ast.Pass()], orelse or [])
