"""Fixes of templates: edits of a scalar that keep its place, its quotes and everything around it.

Whoever finds a fault makes its fix with these. They return None where the edit can't be exact, so that a fix which is
there can be trusted. `recordmap.repair` applies them.
"""

from __future__ import annotations

import ast
import re

from recordmap.diagnostics import Edit, Fix, Position, Span
from recordmap.patterns import later
from recordmap.template.model import FieldRule, FormulaText
from recordmap.template.nodes import Scalar

FALLBACK = '"N/A"'

_WORD = later(r"[^\W\d][\w.-]*")
"""What can stand anywhere, with and without quotes, and within an expression."""
_PLAIN = later(r"[^\W\d]([^\n:#,\[\]{}'\"\\]|:(?=\S)|(?<=\S)#|\"|'|\\)*(?<![\s:])")
_OTHER = later(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


def rename(scalar: Scalar, name: str | None) -> Fix | None:
    """Write another name in place of a scalar's. Without a `name` there is no fix, as a help to `certain(…)`."""
    return None if name is None else _whole(scalar, name, f"write '{name}'")


def replace(scalar: Scalar, offset: int, length: int, word: str | None) -> Fix | None:
    """Write another word in place of a part of a scalar's text: a function, a step of a path."""
    span = scalar.exact(offset, length)
    if word is None or span is None or not _WORD.fullmatch(word):
        return None
    return Fix(f"write '{word}'", (Edit(span, word),))


def rewrite(scalar: Scalar, text: str, title: str) -> Fix | None:
    """Write another text in place of a scalar's, in quotes where it needs them."""
    return _whole(scalar, text, title)


def delete(span: Span, title: str) -> Fix:
    """Delete a stretch of the file."""
    return Fix(title, (Edit(span, ""),))


def fallback(rule: FieldRule) -> Fix | None:
    """Give a field's value something to fall back on where it is empty: `first_of(…, "N/A")`."""
    if rule.formula is not None:
        text = _with_fallback(rule.formula)
        return rewrite(rule.formula.scalar, text, f"write formula: {text}")
    if rule.source is None:
        return None
    path = rule.source.scalar.span
    if path.start.line != path.end.line:
        return None
    text = f"first_of(value, {FALLBACK})"
    if rule.name.span.start.line == path.start.line:
        formula = f"formula: {in_quotes(text)}"  # between braces a comma ends a text without quotes
        return Fix(f"add {formula}", (Edit(Span(path.end, path.end), f", {formula}"),))
    formula = f"formula: {text}"
    # The rule's keys stand below each other: the new one begins where the word `source` does.
    indent = " " * max(path.start.column - 1 - len("source: "), 0)
    after = Position(path.end.line + 1, 1)
    return Fix(f"add {formula}", (Edit(Span(after, after), f"{indent}{formula}\n"),))


def _with_fallback(formula: FormulaText) -> str:
    """Return a formula that falls back where what it gives is empty: on its own last resort, if it has one."""
    text = formula.scalar.text
    match formula.parsed.tree:
        case ast.BoolOp(op=ast.Or(), values=[*tried, ast.Constant(value=str() as last) as end]) if (
            last.strip()
        ):
            parts = [formula.parsed.place(part) for part in (*tried, end)]
            return f"first_of({', '.join(text[part.offset : part.offset + part.length] for part in parts)})"
        case _:
            return f"first_of({text.strip()}, {FALLBACK})"


def _whole(scalar: Scalar, text: str, title: str) -> Fix | None:
    if "\n" in text or scalar.span.start.line != scalar.span.end.line:
        return None
    inside = scalar.exact(0, len(scalar.text))
    plain = bool(_PLAIN.fullmatch(text)) and not _OTHER.fullmatch(text)
    quoted = inside is not None and inside.start != scalar.span.start
    if inside is not None and (plain if not quoted else not set(text) & {"'", '"', "\\"}):
        return Fix(title, (Edit(inside, text),))
    return Fix(title, (Edit(scalar.span, text if plain and not quoted else in_quotes(text)),))


def in_quotes(text: str) -> str:
    """Return a text of one line as a quoted scalar of YAML that holds it letter by letter, where there is one."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"
