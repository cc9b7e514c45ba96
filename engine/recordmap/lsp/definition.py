"""Where things are defined: child collections, collections of the integration and of cases, names, lookups, files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from recordmap.diagnostics import Position, Span
from recordmap.diagnostics.model import FILE_START
from recordmap.lsp.cursor import Cursor, cursor_at
from recordmap.lsp.entries import Entry
from recordmap.lsp.facts import Facts
from recordmap.lsp.hover import reference_at, table_at
from recordmap.lsp.vocabulary import Role, vocabulary

_FILES = {("lookups", "file"), ("cases", "given_file")}
"""First and last key of the values that name a file."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place: `file` is a name as findings have it, or None for the file that was asked about.

    `beside` is a path that counts from the folder of that file instead; `origin` the stretch that leads there.
    """

    origin: Span
    span: Span
    file: str | None = None
    beside: str | None = None


def definition(position: Position, facts: Facts) -> Target | None:
    """Return where the thing at a position is defined, or None."""
    cursor = cursor_at(facts.outline, position)
    if cursor is None or cursor.in_key:
        return None
    path, text, span = cursor.entry.path, cursor.text, cursor.piece.span
    match vocabulary(facts.kind).role(path):
        case Role.COLLECTION if (collection := facts.collections.get(text)) is not None:
            return Target(span, collection.name.span, collection.file)
        case Role.LOOKUP:
            return _entry(span, facts.lookups.get(text))
        case Role.FORMULA:
            return _in_formula(cursor, facts)
    if path and (path[0], path[-1]) in _FILES:
        name = text.partition("#")[0]
        safe = name and not PurePath(name).is_absolute() and ".." not in PurePath(name).parts
        return Target(span, FILE_START, beside=name) if safe else None
    return None


def _in_formula(cursor: Cursor, facts: Facts) -> Target | None:
    table = table_at(cursor)
    if table is not None:
        return _entry(cursor.span(*table[1:]), facts.lookups.get(table[0]))
    one = reference_at(cursor)
    if one is None or len(one.steps) > 1:
        return None
    origin = cursor.span(one.offset, one.end)
    if one.name == "value":
        rule = cursor.entry.parent
        source = rule.get("source") if rule is not None else None
        return _entry(origin, source)
    return _entry(origin, facts.names.get(one.name))


def _entry(origin: Span, entry: Entry | None) -> Target | None:
    return None if entry is None or entry.key is None else Target(origin, entry.key.span)
