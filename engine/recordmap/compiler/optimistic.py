"""The optimistic tier: the same collection for the records that are as they should be, and nothing else.

It demands little at each step: a text is written when it is there, asked once whether it is blank (which proves that
it is a text), and at the end all new texts of an object are put together and looked at in one go, for length, NULs and
halves of characters. Whatever is unusual in any way, a record that would be rejected included, is handed to the careful
tier, which maps it from the start. So both tiers give the same outcome, and only one of them explains.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recordmap.compiler.careful import Careful, Reject, Target, write
from recordmap.compiler.formula_values import INTEGER, TEXT, Made
from recordmap.compiler.writer import Block, Writer, call, is_none, is_not_none, load
from recordmap.expression.functions.limits import INTEGER_BOUND
from recordmap.frozen import replace
from recordmap.runtime.values import MAX_RECORD, Place
from recordmap.schema.types import Kind
from recordmap.template.model import OnEmpty

if TYPE_CHECKING:
    from recordmap.compiler.path_values import Fields

MAX_TOGETHER = 4_000
"""Characters of all texts of one object; in longer objects each text is looked at on its own."""
MAX_CHILDREN = 100
"""Child records of one child collection: longer lists are left to the careful tier."""
MAX_UNCOUNTED = MAX_RECORD // 2
"""Characters that the texts of a record may have without being counted; what is counted has the other half."""


class Optimistic:
    """The optimistic tier.

    Texts that together can't exceed half of a record aren't counted. Others are: in objects that stand in a loop, which
    are `counted`, and in very large collections.
    """

    def __init__(self, *, counted: bool) -> None:
        self._careful = Careful()
        self._counted = counted
        self._together: list[ast.expr] = []
        self._limits: list[tuple[ast.expr, int]] = []
        """Those of the texts together that may not be as long as all of them, and how long they may be."""

    def guard(self, body: list[ast.stmt], place: Place, reject: Reject, block: Block) -> None:  # noqa: ARG002 - as above
        """Emit `body` as it is: one guard stands around the whole function."""
        block.body.extend(body)

    def leave(self, value: ast.expr, target: Target, block: Block, *, together: bool) -> None:
        """Emit the write of a finished value.

        With `together`, `close` looks at the text later; else, and in a branch that may not run, it is looked at here.
        """
        value = block.let(value, target.rule.name.text)
        known = block.told(value.id) if isinstance(value, ast.Name) else None
        made: Made = known or Made(value)
        if made.is_number and leave_number(made, target, block):
            return
        takes_list = Kind.LIST in target.type.kinds and target.type.enum is None and not target.shared
        if takes_list and (
            made.of_texts or (made.of_objects and self._counts(made.of_objects, block.writer))
        ):
            self._leave_list(made, target, block)
            return
        if not target.is_text or target.rule.on_empty is OnEmpty.NULL or not isinstance(value, ast.Name):
            self._careful.leave(value, target, block, together=together)
            return
        alone = together and not self._together
        there: list[ast.stmt] = []
        limit = target.type.texts.max_length
        longest = MAX_TOGETHER if limit is None else min(MAX_TOGETHER, limit)
        present = block.knows(("present", value.id)) or (made.kinds == TEXT and made.filled)
        not_blank = present or (made.is_text and (made.filled or made.stripped))
        if not not_blank and block.note(("not blank", value.id)):
            there.append(ast.If(_of_text(str.isspace, block.writer, value), [fall_back()], []))
        if (
            made.is_text
            and made.plain
            and made.longest is not None
            and made.longest <= min(longest, target.free)
        ):
            pass  # a short text of the template, which counts nowhere
        elif not together:
            there += self._look_at(value, longest, block.writer)
        elif block.note(("looked at", value.id)) or longest < MAX_TOGETHER:
            text = value if present else ast.BoolOp(ast.Or(), [value, ast.Constant("")])
            self._together.append(text)
            if longest < MAX_TOGETHER:
                self._limits.append((text, longest))
        else:
            # It is written once more, so it counts once more.
            there += self._count(value, MAX_TOGETHER, block.writer)
        there.append(write(target, value))
        if present:
            block.body.extend(there)
            return
        otherwise: list[ast.stmt] = []
        if block.note(("text or nothing", value.id)) and not made.is_text:
            is_something = ast.Compare(value, [ast.NotEq()], [ast.Constant("")])
            otherwise = [ast.If(_and(is_not_none(value), is_something), [fall_back()], [])]
        if target.required_message is not None or target.rule.on_empty is OnEmpty.ERROR:
            otherwise = self._reject(value, target, block, alone=alone)
        block.emit(ast.If(value, there, otherwise))

    def _counts(self, fields: Fields, writer: Writer) -> bool:
        """Let the keys of a list of objects pass without a count; returns whether that's possible."""
        characters = MAX_CHILDREN * fields.characters
        if self._counted or writer.uncounted + characters + MAX_TOGETHER > MAX_UNCOUNTED:
            return False
        writer.uncounted += characters
        return True

    def _leave_list(self, made: Made, target: Target, block: Block) -> None:
        """Emit the write of a list of texts or new objects; longer lists and texts are examined one by one."""
        there, empty = block.nested(), block.nested()
        self.empty(target, empty)
        length = call(block.writer.helper(len), made.expr)
        few = ast.Compare(length, [ast.LtE()], [ast.Constant(MAX_CHILDREN)])
        parts = made.expr if made.of_objects is None else _texts_of(made.expr, made.of_objects)
        joined = call(ast.Attribute(ast.Constant(""), "join", ast.Load()), parts)
        texts = there.let(ast.IfExp(few, joined, ast.Constant("\x00")), "texts")
        examined = there.nested()
        self._careful.examine(made.expr, target, examined)
        there.body += self._look_at(texts, MAX_TOGETHER, block.writer, examined.body)
        there.emit(write(target, made.expr))
        if made.nullable:
            block.emit(ast.If(is_not_none(made.expr), there.body, empty.body))
        else:
            block.body += there.body

    def empty(self, target: Target, block: Block) -> None:
        """Emit what a null or empty result does."""
        self._careful.empty(target, block)

    def _reject(self, value: ast.expr, target: Target, block: Block, *, alone: bool) -> list[ast.stmt]:
        """Return what a missing value does: it is decided here when nothing before it is still to be looked at."""
        if not alone or self._counted or target.inlined:
            return [fall_back()]
        rejection = Block(block.writer)
        self._careful.empty(replace(target, reject=ast.Return), rejection)
        return [ast.If(is_none(value), rejection.body, []), fall_back()]

    def close(self, block: Block) -> None:
        """Emit the one look at all new texts of an object.

        Together they are seldom longer than the shortest limit of a single field; only when they are, the limits are
        looked at one by one.
        """
        if self._together:
            parts: list[ast.expr] = [ast.FormattedValue(value, -1, None) for value in self._together]
            texts = block.let(ast.JoinedStr(parts), "texts")
            block.body += self._look_at(texts, MAX_TOGETHER, block.writer, limits=self._limits)
            self._together, self._limits = [], []

    def _look_at(
        self,
        text: ast.expr,
        longest: int,
        writer: Writer,
        unusual_then: list[ast.stmt] | None = None,
        limits: list[tuple[ast.expr, int]] | None = None,
    ) -> list[ast.stmt]:
        """Return the test of a text for what is unusual in it, and its count where it counts.

        `limits` are those of parts of it. Encoding raises where half of a character is in it.
        """
        too_long = _longer(text, longest, writer)
        if limits:
            one_by_one = [_longer(part, limit, writer) for part, limit in limits]
            shortest = min(limit for _, limit in limits)
            too_long = _and(_longer(text, shortest, writer), ast.BoolOp(ast.Or(), [too_long, *one_by_one]))
        not_ascii = ast.UnaryOp(ast.Not(), call(ast.Attribute(text, "isascii", ast.Load())))
        not_encoded = ast.UnaryOp(ast.Not(), call(ast.Attribute(text, "encode", ast.Load())))
        unusual = ast.BoolOp(
            ast.Or(),
            [
                too_long,
                ast.Compare(ast.Constant("\x00"), [ast.In()], [text]),
                _and(not_ascii, not_encoded),
            ],
        )
        return [ast.If(unusual, unusual_then or [fall_back()], []), *self._count(text, longest, writer)]

    def _count(self, text: ast.expr, longest: int, writer: Writer) -> list[ast.stmt]:
        """Return the count of a text that is at most so long, or nothing while all uncounted ones are few enough."""
        if not self._counted and writer.uncounted + longest <= MAX_UNCOUNTED:
            writer.uncounted += longest
            return []
        writer.uses_size = True
        over = ast.Compare(load("size"), [ast.Gt()], [ast.Constant(MAX_UNCOUNTED)])
        length = call(writer.helper(len), text)
        return [
            ast.AugAssign(ast.Name("size", ast.Store()), ast.Add(), length),
            ast.If(over, [fall_back()], []),
        ]


def _longer(text: ast.expr, longest: int, writer: Writer) -> ast.expr:
    return ast.Compare(call(writer.helper(len), text), [ast.Gt()], [ast.Constant(longest)])


def _texts_of(objects: ast.expr, fields: Fields) -> ast.expr:
    """Return the texts of a list of objects."""
    one = load("one")
    texts = [
        ast.BoolOp(ast.Or(), [ast.Subscript(one, ast.Constant(key), ast.Load()), ast.Constant("")])
        for key in fields.texts
    ]
    each: ast.expr = ast.JoinedStr([ast.FormattedValue(text, -1, None) for text in texts])
    if len(texts) == 1:
        each = texts[0]
    return ast.ListComp(each, [ast.comprehension(ast.Name("one", ast.Store()), objects, [], 0)])


def _of_text(function: Callable[..., Any], writer: Writer, value: ast.expr) -> ast.Call:
    """Return the call of a method of texts, which raises for anything but a text: bytes have such methods too."""
    return call(writer.helper(function), value)


def fall_back() -> ast.stmt:
    """Return the statement that hands the record to the careful tier."""
    arguments = [load(name) for name in ("record", "existing", "parent", "now", "previous")]
    return ast.Return(call(load("careful"), *arguments))


def _and(*tests: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.And(), list(tests))


def leave_number(made: Made, target: Target, block: Block) -> bool:
    """Emit the write of a number that is within its limits; returns whether that is all there is to do."""
    type_ = target.type
    if made.magnitude is None or made.magnitude >= INTEGER_BOUND or type_.enum is not None:
        return False
    if Kind.NUMBER in type_.kinds or (made.kinds == INTEGER and Kind.INTEGER in type_.kinds):
        block.emit(write(target, made.expr))
        return True
    if Kind.INTEGER not in type_.kinds:
        return False
    is_whole = ast.Compare(call(block.writer.helper(type), made.expr), [ast.Is()], [block.writer.helper(int)])
    block.emit(ast.If(is_whole, [write(target, made.expr)], [fall_back()]))
    return True
