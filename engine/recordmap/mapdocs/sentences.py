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
from recordmap.mapdocs.wording import expression_text, path_text, source_text

WRAPPER = "attributes"
"""A key that APIs put around everything: it says nothing."""
_CALLS: Mapping[str, str] = {
    "trim": "{0} without blanks around it",
    "upper": "{0} in capital letters",
    "lower": "{0} in small letters",
    "title": "{0} with each word's first letter large",
    "truncate": "the first {1} characters of {0}",
    "replace": "{0} with {1} replaced by {2}",
    "split": "the parts of {0} between each {1}",
    "join": "the entries of {0} with {1} between them",
    "length": "the length of {0}",
    "abs": "{0} without its sign",
    "to_text": "{0} as text",
    "to_integer": "{0} as a whole number",
    "to_integer_required": "{0} as a whole number, which it must be",
    "to_decimal": "{0} as a number",
    "to_decimal_required": "{0} as a number, which it must be",
    "to_boolean": "{0} as true or false",
    "to_boolean_required": "{0} as true or false, which it must be",
    "now": "the time of the transfer",
    "parse_date": "the date in {0}",
    "parse_date_required": "the date in {0}, which must hold one",
    "format_date": "the date in {0}, written as {1}",
    "lookup": "what the table {0} has for {1}",
    "lookup_required": "what the table {0} has for {1}, which must be in it",
    "get_value": "{1} of {0}",
    "custom_field": "the custom field {1} of {0}",
    "normalize_email": "{0} as an email address in its usual spelling",
    "normalize_email_required": "{0} as an email address in its usual spelling, which it must be",
    "normalize_phone": "{0} as an international phone number",
    "normalize_phone_required": "{0} as an international phone number, which it must be",
    "field_from_first_match": "{3} of the first of {0} whose {1} is {2}",
    "first_match": "the first of {0} whose {1} is {2}",
}
_LISTS: Mapping[str, str] = {
    "concat": "{} written one after another",
    "first_of": "the first of {} that is not empty",
    "coalesce": "the first of {} that is not null",
    "min": "the smallest of {}",
    "max": "the largest of {}",
}
_TESTS: Mapping[str, tuple[str, str]] = {
    "is_empty": ("{0} is empty", "{0} is not empty"),
    "is_null": ("{0} is null", "{0} is not null"),
    "starts_with": ("{0} begins with {1}", "{0} doesn't begin with {1}"),
    "ends_with": ("{0} ends with {1}", "{0} doesn't end with {1}"),
    "contains": ("{0} holds {1}", "{0} doesn't hold {1}"),
    "matches": ("{0} has the form {1}", "{0} hasn't the form {1}"),
}
_COMPARED: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("is", "is not"),
    ast.NotEq: ("is not", "is"),
    ast.Lt: ("is less than", "is not less than"),
    ast.LtE: ("is at most", "is more than"),
    ast.Gt: ("is more than", "is at most"),
    ast.GtE: ("is at least", "is less than"),
    ast.In: ("is among", "is not among"),
    ast.NotIn: ("is not among", "is among"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_SUMS: Mapping[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided by",
}


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
                return _else([self.path(one) for one in operands])
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
                return _else([self.formula(one) for one in values])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return f"{self.formula(body)} where {self.condition(test)}, otherwise {self.formula(orelse)}"
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _SUMS:
                return f"{self.formula(left)} {_SUMS[type(operator)]} {self.formula(right)}"
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
                said_so = _COMPARED[type(operator)][0 if holds else 1]
                if isinstance(right, ast.Constant) and right.value is None:
                    return f"{self.formula(left)} {said_so} null"
                return f"{self.formula(left)} {said_so} {self.formula(right)}"
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _TESTS:
                text = _TESTS[name][0 if holds else 1]
                return _filled(text, [self.formula(one) for one in arguments]) or self._truth(
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
        if name in _LISTS:
            return _LISTS[name].format(listed(parts, "and"))
        if name in _TESTS:
            call = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
            return f"whether {self.condition(call)}"
        if name == "round" and parts:
            return f"{parts[0]} rounded" + (f" to {parts[1]} digits" if parts[1:] else "")
        return _filled(_CALLS.get(name), parts)

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
                return f"{said(keys, self.record if self.parent == 'parent' else self.parent)} as it was last synced"
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


def listed(parts: Sequence[str], word: str) -> str:
    """Return parts as a list in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _else(parts: Sequence[str]) -> str:
    if len(parts) == 2:
        return f"{parts[0]}, or {parts[1]} when there is none"
    return f"{parts[0]}, else {', else '.join(parts[1:])}"


def _filled(text: str | None, parts: Sequence[str]) -> str | None:
    """Return a text with its places filled; None where there are others than it has places for."""
    if text is None:
        return None
    places = {int(found) for found in re.findall(r"\{(\d)\}", text)}
    if places != set(range(len(parts))):
        return None
    return text.format(*parts)


def _keys(node: Node) -> list[str] | None:
    """Return the keys that a source walks; None for anything else."""
    steps = node.steps if isinstance(node, Chain) else (node,)
    keys = [step.name for step in steps if isinstance(step, Field)]
    return keys if len(keys) == len(steps) else None
