"""Sources and formulas in plain words: "the profile's phone number, or `N/A` when there is none".

What has no words of its own is shown as it is written. A sentence is for people who don't read formulas; the page has
the formula beside it, so nothing is lost where words are short.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence

from recordmap.expression.formula_reads import read_path
from recordmap.expression.source import Source
from recordmap.expression.source_nodes import (
    Chain,
    Current,
    Field,
    Flatten,
    Index,
    Literal,
    Node,
    Or,
    Pipe,
    Projection,
)
from recordmap.frozen import Frozen
from recordmap.mapdocs.blocks import code
from recordmap.mapdocs.phrases import CALLS, COMPARED, LISTS, SUMS, TESTS, filled, listed, one_or_other
from recordmap.mapdocs.wording import expression_text, path_text, source_text

WRAPPER = "attributes"
"""A key that APIs put around everything: it says nothing."""


class Speaker(Frozen):
    """Says sources and formulas of one collection.

    `record` and `parent` are what their records are called (profile), `customer` what the existing record is; `value`
    is what the rule's source says, `names` what the names of the file stand for, `field` the field being told of.
    """

    record: str
    parent: str
    customer: str
    names: Mapping[str, Source]
    value: str | None = None
    field: str | None = None

    @property
    def synced(self) -> str:
        """What the record is called that was synced before: in a child, its parent."""
        return self.parent or self.record

    def source(self, source: Source) -> str:
        """Return a source in words."""
        try:
            return self.path(source.tree)
        except ValueError:
            return f"{code(source_text(source))} of the {self.record}"

    def path(self, node: Node) -> str:
        """Return a part of a source in words.

        Raises:
            ValueError: it has no words, and can't be written out.
        """
        match node:
            case Or(operands=operands):
                return one_or_other([self.path(one) for one in operands])
            case Literal(json=text):
                return code(json.loads(text)) if text.startswith('"') else code(text)
            case Current():
                return f"the whole {self.record}"
            case Chain(steps=(*before, Index(position=0))) | Pipe(steps=(*before, Index(position=0))):
                return f"the first of {self._all(before)}"
            case Chain(steps=(*before, Index(position=-1))) | Pipe(steps=(*before, Index(position=-1))):
                return f"the last of {self._all(before)}"
            case Flatten(base=base) | Projection(base=Flatten(base=base), each=Current()):
                return f"all of {self.path(base)}"
            case _:
                keys = _keys(node)
                return (
                    f"{code(path_text(node))} of the {self.record}"
                    if keys is None
                    else said(keys, self.record)
                )

    def _all(self, steps: Sequence[Node]) -> str:
        if len(steps) == 1:
            return self.path(steps[0])
        return self.path(Chain(tuple(steps), offset=0, length=0))

    def formula(self, node: ast.expr) -> str:
        """Return a formula, or a part of one, in words."""
        match node:
            case ast.BoolOp(op=ast.Or(), values=values):
                return one_or_other([self.formula(one) for one in values])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return f"{self.formula(body)} where {self.condition(test)}, otherwise {self.formula(orelse)}"
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in SUMS:
                return f"{self.formula(left)} {SUMS[type(operator)]} {self.formula(right)}"
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments) or code(expression_text(node))
            case ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                return f"whether {self.condition(node)}"
            case ast.Constant(value=None):
                return "nothing"
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return str(number)
            case ast.Constant(value=str() as text):
                return code(text) if text.strip() == text != "" else code(expression_text(node))
            case _:
                return self._read(node) or code(expression_text(node))

    def condition(self, node: ast.expr, *, holds: bool = True) -> str:
        """Return what it takes for a formula to be true, or false, in words."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand, holds=not holds)
            case ast.BoolOp(op=operator, values=values):
                word = "and" if isinstance(operator, ast.And) == holds else "or"
                together = self._together(values, word, holds=holds)
                if together is not None:
                    return together
                parts = [self._part(one, holds=holds) for one in values]
                return listed(parts, word)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                said_so = COMPARED[type(operator)][0 if holds else 1]
                if isinstance(right, ast.Constant) and right.value is None:
                    return f"{self.formula(left)} {said_so} null"
                return f"{self.formula(left)} {said_so} {self.formula(right)}"
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in TESTS:
                text = TESTS[name][0 if holds else 1]
                return filled(text, [self.formula(one) for one in arguments]) or self._truth(
                    node, holds=holds
                )
            case _:
                return self._truth(node, holds=holds)

    def _together(self, values: Sequence[ast.expr], word: str, *, holds: bool) -> str | None:
        """Return one sentence for several values that are asked the same: "a, b and c are not empty"; else None."""
        subjects, asked = [], set()
        for value in values:
            is_not = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
            match value.operand if isinstance(value, ast.UnaryOp) and is_not else value:
                case ast.Call(func=ast.Name(id="is_empty" | "is_null" as name), args=[argument], keywords=[]):
                    asked.add((name, is_not != holds))
                    subjects.append(self.formula(argument))
                case _:
                    return None
        if len(asked) != 1:
            return None
        name, is_so = asked.pop()
        owner = subjects[0].partition("'s ")[0] + "'s "
        if all(one.startswith(owner) for one in subjects):
            subjects[1:] = [one.removeprefix(owner) for one in subjects[1:]]
        verb = "are" if word == "and" else "is"
        return f"{listed(subjects, word)} {verb} {'' if is_so else 'not '}{name.removeprefix('is_')}"

    def _part(self, node: ast.expr, *, holds: bool) -> str:
        text = self.condition(node, holds=holds)
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        return f"({text})" if isinstance(inner, ast.BoolOp) else text

    def _truth(self, node: ast.expr, *, holds: bool) -> str:
        read = self._read(node)
        if read is not None:
            return f"there is {read}" if holds else f"there is not {read}"
        return f"{code(expression_text(node))} is {'true' if holds else 'false'}"

    def _call(self, name: str, arguments: Sequence[ast.expr]) -> str | None:
        parts = [self.formula(one) for one in arguments]
        if name in LISTS:
            return LISTS[name].format(listed(parts, "and"))
        if name in TESTS:
            call = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
            return f"whether {self.condition(call)}"
        return filled(CALLS.get(name), parts)

    def _read(self, node: ast.expr) -> str | None:
        """Return a name with its keys in words."""
        read = read_path(node)
        if read is None:
            return None
        name, keys = read[0].id, read[1]
        match name:
            case "value" if self.value is not None:
                return said(keys, self.value, whole=self.value) if keys else self.value
            case "record":
                return said(keys, self.record)
            case "parent":
                return said(keys, self.parent)
            case "previous":
                return f"{said(keys, self.synced)} as it was last synced"
            case "settings":
                return f"the setting {code('.'.join(keys))}" if keys else "the settings"
            case "existing" if keys == (self.field,):
                return f"what the {self.customer} has already"
            case "existing":
                return f"the {self.customer}'s {code('.'.join(keys))}" if keys else f"the {self.customer}"
            case _ if name in self.names:
                text = self.source(self.names[name])
                return said(keys, text, whole=text) if keys else text
            case _:
                return None


def said(keys: Sequence[str], owner: str, whole: str | None = None) -> str:
    """Return keys of a record in words: "the profile's phone number"."""
    if not keys:
        return whole or f"the whole {owner}"
    if whole is not None:
        return f"{code('.'.join(keys))} of {whole}"
    inner = list(keys[1:]) if keys[0] == WRAPPER and len(keys) > 1 else list(keys)
    if len(inner) == 2 and inner[0] == "properties":
        return f'the {owner}\'s property "{inner[1]}"'
    if len(inner) == 1:
        return f"the {owner}'s {humanised(inner[0])}"
    if len(inner) == 2:
        return f"the {humanised(inner[1])} in the {owner}'s {humanised(inner[0])}"
    return f"the {owner}'s {humanised(inner[-1])} ({code('.'.join(inner))})"


def humanised(key: str) -> str:
    """Return a key as words: `phone_number` is "phone number", `id` is "ID"."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", key):
        return code(key)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").split()
    return " ".join("ID" if word.lower() == "id" else word.lower() for word in words)


def _keys(node: Node) -> list[str] | None:
    """Return the keys that a source walks; None for anything else."""
    steps = node.steps if isinstance(node, Chain) else (node,)
    keys = [step.name for step in steps if isinstance(step, Field)]
    return keys if len(keys) == len(steps) else None
