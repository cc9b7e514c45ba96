"""What is said of the thing under the mouse: keys, fields, steps of paths, names, functions and collections."""

from __future__ import annotations

from recordmap.diagnostics import Position, Span
from recordmap.expression.source_functions import SIGNATURES
from recordmap.lsp import words
from recordmap.lsp.cursor import Cursor, cursor_at
from recordmap.lsp.facts import Facts
from recordmap.lsp.formulas import Reference, end_of, references
from recordmap.lsp.inferred import formula_type, source_type
from recordmap.lsp.offers import LOOKUP_FUNCTIONS, RECORDS, record_type
from recordmap.lsp.paths import segments
from recordmap.lsp.vocabulary import Role, vocabulary
from recordmap.schema.types import Type

Said = tuple[str, Span]
"""Words as Markdown, and the stretch that they are about."""


def hover(position: Position, facts: Facts) -> Said | None:
    """Return what is known of the thing at a position, or None where there is nothing to say."""
    cursor = cursor_at(facts.outline, position)
    if cursor is None:
        return None
    return _of_key(cursor, facts) if cursor.in_key else _of_value(cursor, facts)


def reference_at(cursor: Cursor) -> Reference | None:
    """Return the name or key of a formula that the cursor is in."""
    found = (one for one in references(cursor.text) if one.offset <= cursor.offset <= one.end)
    return next(found, None)


def _of_key(cursor: Cursor, facts: Facts) -> Said | None:
    entry, span = cursor.entry, cursor.piece.span
    words_of_file, path = vocabulary(facts.kind), entry.path
    owner = entry.parent
    if owner is None or entry.key is None:
        return None
    word = words_of_file.word(path)
    if word is not None:
        return words.of_key(word), span
    role = words_of_file.key_role(owner.path)
    if role in (Role.FIELD, Role.CUSTOM_FIELD):
        field = facts.fields(entry, custom=role is Role.CUSTOM_FIELD).get(entry.key.text)
        return None if field is None else (words.of_field(field), span)
    if path[:1] == ("names",):
        type_ = facts.roots(entry).get(entry.key.text)
        return None if type_ is None else (words.of_path(entry.key.text, type_[0]), span)
    record = words_of_file.owner(path)
    if record is not None and record[0] in RECORDS:
        type_at = record_type(record[0], record[1], entry, facts)
        return (words.of_path(entry.key.text, type_at), span) if type_at.known else None
    return None


def _of_value(cursor: Cursor, facts: Facts) -> Said | None:
    path, text = cursor.entry.path, cursor.text
    span = cursor.piece.span
    match vocabulary(facts.kind).role(path):
        case Role.SOURCE:
            whole = source_type(text, cursor.entry, facts)
            return _with_whole(_of_step(cursor, facts), "source", whole, span)
        case Role.FORMULA:
            whole = formula_type(text, cursor.entry, facts)
            return _with_whole(_of_reference(cursor, facts), "formula", whole, span)
        case Role.COLLECTION if (collection := facts.collections.get(text)) is not None:
            return words.of_collection(collection), span
        case Role.SCHEMA if (schema := facts.schema(text)).type.known:
            return words.of_path(text, schema.type), span
        case Role.LOOKUP if (entry := facts.lookups.get(text)) is not None:
            return words.of_lookup(entry), span
        case Role.FIELD if (field := facts.fields(cursor.entry, custom=False).get(text)) is not None:
            return words.of_field(field), span
    return None


def _with_whole(said: Said | None, what: str, type_: Type | None, span: Span) -> Said | None:
    """Add what the whole source or formula gives, where that is known."""
    if type_ is None or not type_.known or not type_.kinds:
        return said
    whole = f"This {what} gives: {words.of_type(type_)}"
    return (whole, span) if said is None else (f"{said[0]}\n\n{whole}", said[1])


def _of_step(cursor: Cursor, facts: Facts) -> Said | None:
    for one in segments(cursor.text, facts.record(cursor.entry)):
        if one.offset <= cursor.offset <= one.end:
            span = cursor.span(one.offset, one.end)
            if one.type.known or one.name in one.owner.objects.properties:
                return words.of_path(one.name, one.type), span
            return None
    for name, signature in SIGNATURES.items():
        at = cursor.text.find(f"{name}(")
        if at >= 0 and at <= cursor.offset <= at + len(name):
            return f"`{signature}`", cursor.span(at, at + len(name))
    return None


def _of_reference(cursor: Cursor, facts: Facts) -> Said | None:
    one = reference_at(cursor)
    if one is None:
        return _of_table(cursor, facts)
    span = cursor.span(one.offset, one.end)
    roots = facts.roots(cursor.entry)
    if len(one.steps) == 1:
        if cursor.text[one.end :].lstrip().startswith("(") and one.name in facts.functions:
            return words.of_function(facts.functions[one.name]), span
        if one.name not in roots:
            return None
        type_, what = roots[one.name]
        return f"`{one.name}`: {words.of_type(type_)}\n\n{what}", span
    type_ = facts.read(cursor.entry, one.steps)
    return (words.of_path(one.name, type_), span) if type_.known or type_.description else None


def _of_table(cursor: Cursor, facts: Facts) -> Said | None:
    table = table_at(cursor)
    entry = None if table is None else facts.lookups.get(table[0])
    return None if table is None or entry is None else (words.of_lookup(entry), cursor.span(*table[1:]))


def table_at(cursor: Cursor) -> tuple[str, int, int] | None:
    """Return the name of the lookup table that the cursor is in, `lookup("countries", value)`, with its offsets."""
    end = end_of(cursor.before)
    call = end.call
    if end.in_text is None or call is None or call.function not in LOOKUP_FUNCTIONS or call.argument:
        return None
    start = cursor.offset - len(end.in_text)
    stop = min((at for mark in "\"'" if (at := cursor.text.find(mark, cursor.offset)) >= 0), default=-1)
    return None if stop < 0 else (cursor.text[start:stop], start, stop)
