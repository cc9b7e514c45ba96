"""The optimistic tier: the same collection for the records that are as they should be, and nothing else.

It demands little at each step: a text is written when it is there, asked once whether it is blank (which proves that
it is a text), and at the end all new texts of an object are put together and looked at in one go, for length, NULs and
halves of characters. Whatever is unusual in any way, a record that would be rejected included, is handed to the careful
tier, which maps it from the start. So both tiers give the same outcome, and only one of them explains.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from recordmap.compiler.careful import Careful, Reject, Target, write
from recordmap.compiler.writer import Block, Writer, call, is_none, is_not_none, load
from recordmap.expression.functions import conversions, letters, logic
from recordmap.runtime import values
from recordmap.runtime.values import Place
from recordmap.template.model import OnEmpty

MAX_TOGETHER = 4_000
"""Characters of all texts of one object; in longer objects each text is looked at on its own."""
MAX_CHILDREN = 100
"""Child records of one child collection: so many of the longest objects still fit into one record."""


class Optimistic:
    """The optimistic tier."""

    def __init__(self) -> None:
        self._careful = Careful()
        self._together: list[ast.expr] = []
        self._longest = MAX_TOGETHER

    def guard(self, body: list[ast.stmt], place: Place, reject: Reject, block: Block) -> None:  # noqa: ARG002 - as above
        """Emit `body` as it is: one guard stands around the whole function."""
        block.body.extend(body)

    def leave(self, value: ast.expr, target: Target, block: Block, *, together: bool) -> None:
        """Emit the write of a finished value.

        With `together`, `close` looks at the text later; else, and in a branch that may not run, it is looked at here.
        """
        made, value = value, block.let(value, target.rule.name.text)
        if not target.is_text or target.rule.on_empty is OnEmpty.NULL or not isinstance(value, ast.Name):
            self._careful.leave(value, target, block, together=together)
            return
        _note_made(made, value.id, block)
        there: list[ast.stmt] = []
        longest = min(
            MAX_TOGETHER, MAX_TOGETHER if target.type.max_length is None else target.type.max_length
        )
        present = block.knows(("present", value.id))
        if not present and block.note(("not blank", value.id)):
            there.append(ast.If(call(ast.Attribute(value, "isspace", ast.Load())), [fall_back()], []))
        if not together:
            there.append(_look_at(value, longest, block.writer))
        elif block.note(("looked at", value.id)) or longest < MAX_TOGETHER:
            self._together.append(value if present else ast.BoolOp(ast.Or(), [value, ast.Constant("")]))
            self._longest = min(self._longest, longest)
        there.append(write(target, value))
        if present:
            block.body.extend(there)
            return
        is_something = ast.Compare(value, [ast.NotEq()], [ast.Constant("")])
        otherwise: list[ast.stmt] = [ast.If(_and(is_not_none(value), is_something), [fall_back()], [])]
        if target.required_message is not None or target.rule.on_empty is OnEmpty.ERROR:
            otherwise = [fall_back()]
        block.emit(ast.If(value, there, otherwise))

    def empty(self, target: Target, block: Block) -> None:
        """Emit what a null or empty result does."""
        self._careful.empty(target, block)

    def close(self, block: Block) -> None:
        """Emit the one look at all new texts of an object.

        Together they are seldom longer than the shortest limit of a single field; when they are, the careful tier
        looks at each.
        """
        if self._together:
            parts: list[ast.expr] = [ast.FormattedValue(value, -1, None) for value in self._together]
            block.emit(_look_at(block.let(ast.JoinedStr(parts), "texts"), self._longest, block.writer))
            self._together, self._longest = [], MAX_TOGETHER


def _note_made(made: ast.expr, name: str, block: Block) -> None:
    """Note what is known of a value from how it was made: stripped text is not blank, and a fallback is there."""
    parts = made.values if isinstance(made, ast.BoolOp) and isinstance(made.op, ast.Or) else [made]
    last = parts[-1]
    if not all(_is_stripped(part) for part in parts[:-1]):
        return
    if isinstance(last, ast.Constant) and isinstance(last.value, str) and not values.is_blank(last.value):
        block.note(("present", name))
    elif _is_stripped(last):
        block.note(("not blank", name))


def _is_stripped(made: ast.expr) -> bool:
    match made:
        case ast.IfExp(body=ast.Call(func=ast.Attribute(attr="strip"), args=[])):
            return True
        case _:
            return False


def _look_at(text: ast.expr, longest: int, writer: Writer) -> ast.stmt:
    """Return the test of a text for what is unusual in it. Encoding raises where half of a character is in it."""
    unusual = ast.BoolOp(
        ast.Or(),
        [
            ast.Compare(call(writer.helper(len), text), [ast.Gt()], [ast.Constant(longest)]),
            ast.Compare(ast.Constant("\x00"), [ast.In()], [text]),
            _and(
                ast.UnaryOp(ast.Not(), call(ast.Attribute(text, "isascii", ast.Load()))),
                ast.UnaryOp(ast.Not(), call(ast.Attribute(text, "encode", ast.Load()))),
            ),
        ],
    )
    return ast.If(unusual, [fall_back()], [])


def fall_back() -> ast.stmt:
    """Return the statement that hands the record to the careful tier."""
    arguments = [load(name) for name in ("record", "existing", "parent", "now")]
    return ast.Return(call(load("careful"), *arguments))


def _and(*tests: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.And(), list(tests))


def _is_empty(value: ast.expr, block: Block) -> ast.expr:  # noqa: ARG001 - an inliner
    blank = call(ast.Attribute(value, "isspace", ast.Load()))
    return ast.BoolOp(ast.Or(), [is_none(value), ast.Compare(value, [ast.Eq()], [ast.Constant("")]), blank])


def _trim(value: ast.expr, block: Block) -> ast.expr:  # noqa: ARG001 - as above
    return ast.IfExp(is_not_none(value), call(ast.Attribute(value, "strip", ast.Load())), ast.Constant(None))


def _to_text(value: ast.expr, block: Block) -> ast.expr:
    writer = block.writer
    if isinstance(value, ast.Name) and block.knows(("present", value.id)):
        return value
    is_text = ast.Compare(call(writer.helper(type), value), [ast.Is()], [writer.helper(str)])
    return ast.IfExp(is_text, value, call(writer.helper(conversions.to_text), value))


INLINE: Mapping[Callable[..., Any], Callable[[ast.expr, Block], ast.expr]] = {
    logic.is_empty: _is_empty,
    letters.trim: _trim,
    conversions.to_text: _to_text,
}
"""Functions of one argument as expressions: right for text and null; anything else raises, or is called."""
