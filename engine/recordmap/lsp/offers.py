"""What there is to be written, for each kind of place: suggestions with their words and the stretch they replace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recordmap.diagnostics import Position, Span
from recordmap.expression.source_functions import SIGNATURES
from recordmap.lsp import words
from recordmap.lsp.cursor import Cursor
from recordmap.lsp.entries import Entry
from recordmap.lsp.facts import Facts
from recordmap.lsp.formulas import end_of
from recordmap.lsp.paths import expected, items_of, property_of
from recordmap.lsp.vocabulary import Path, Role, Word
from recordmap.schema.record import FieldSchema
from recordmap.schema.types import Kind, Type
from recordmap.template.model import Collection, Operation

LOOKUP_FUNCTIONS = {"lookup", "lookup_required"}
"""Functions whose first argument names a table."""
RECORDS = {
    *(Role.SOURCE_RECORD, Role.PREVIOUS_RECORD, Role.PARENT_RECORD),
    *(Role.DESTINATION_RECORD, Role.EXPECTED_RECORD),
}
"""What a record that is written out in a cases file may be."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"\w*")
_PLAIN_KEY = re.compile(r"[A-Za-z][\w.-]*( [\w.-]+)*", re.ASCII)
_OTHER_YAML = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


class Sort(StrEnum):
    """What a suggestion is; editors show a sign for each."""

    KEY = "key"
    FIELD = "field"
    VALUE = "value"
    NAME = "name"
    FUNCTION = "function"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that can be written in place of `span`. `rank` orders them, `match` is what typing is held against."""

    label: str
    sort: Sort
    text: str
    span: Span
    detail: str = ""
    doc: str = ""
    rank: tuple[int, int] = (0, 0)
    match: str | None = None


def keys(cursor: Cursor, known: Iterable[Word], written: set[str]) -> Iterator[Suggestion]:
    """Yield keys of the template language that aren't there yet, in the order of their schema."""
    for index, word in enumerate(known):
        if word.key not in written:
            rank = (0 if word.required else 1, index)
            yield _key(cursor, word.key, Sort.KEY, "", words.of_key(word), rank, holds_map=word.holds_map)


def field_keys(cursor: Cursor, fields: Mapping[str, FieldSchema], written: set[str]) -> Iterator[Suggestion]:
    """Yield destination fields that have no rule yet, required ones first."""
    for index, field in enumerate(fields.values()):
        if field.name not in written:
            rank = (0 if field.required else 1, index)
            yield _key(
                cursor,
                field.name,
                Sort.FIELD,
                words.field_line(field),
                words.of_field(field),
                rank,
                holds_map=True,
            )


def record_keys(cursor: Cursor, type_: Type, written: set[str]) -> Iterator[Suggestion]:
    """Yield the properties of a record that is written out in a cases file."""
    for index, (name, one) in enumerate(type_.objects.properties.items()):
        if name not in written:
            nested = bool(one.objects.properties or one.lists.items)
            doc = words.of_path(name, one)
            yield _key(cursor, name, Sort.FIELD, words.of_type(one), doc, (0, index), holds_map=nested)


def record_type(role: Role, rest: Path, entry: Entry, facts: Facts) -> Type:
    """Return the type of a place within a record that is written out."""
    match role:
        case Role.SOURCE_RECORD:
            type_ = facts.record(entry)
        case Role.PREVIOUS_RECORD:
            type_ = facts.previous(entry)
        case Role.PARENT_RECORD:
            type_ = facts.parent(entry)
        case _:
            type_ = facts.destination(entry).type
    for step in rest:
        type_ = items_of(type_) if step is None else property_of(type_, step)
    return type_


def listed(cursor: Cursor, values: Iterable[object], word: Word | None) -> Iterator[Suggestion]:
    """Yield the values that the schema lists for a key."""
    doc = words.of_key(word) if word is not None else ""
    for index, value in enumerate(values):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield Suggestion(text, Sort.VALUE, text, _whole(cursor), "", doc, (0, index))


def names(cursor: Cursor, known: Iterable[str], what: str) -> Iterator[Suggestion]:
    """Yield names that stand for themselves."""
    for index, name in enumerate(known):
        yield Suggestion(name, Sort.REFERENCE, _scalar(cursor, name), _whole(cursor), what, "", (0, index))


def field_names(cursor: Cursor, fields: Mapping[str, FieldSchema], path: Path) -> Iterator[Suggestion]:
    """Yield destination fields as values; records of children go into lists."""
    wants_list = path[-1:] == ("into",)
    for index, field in enumerate(fields.values()):
        fits = (Kind.LIST in field.type.kinds) == wants_list
        detail, doc = words.field_line(field), words.of_field(field)
        text = _scalar(cursor, field.name)
        yield Suggestion(field.name, Sort.FIELD, text, _whole(cursor), detail, doc, (0 if fits else 1, index))


def collections(cursor: Cursor, path: Path, facts: Facts) -> Iterator[Suggestion]:
    """Yield the names of collections, first those that can stand there."""
    for index, one in enumerate(facts.collections.values()):
        rank = (0 if _fits(one, path, facts) else 1, index)
        text, detail = _scalar(cursor, one.title), words.collection_line(one)
        yield Suggestion(one.title, Sort.REFERENCE, text, _whole(cursor), detail, one.description or "", rank)


def _fits(one: Collection, path: Path, facts: Facts) -> bool:
    match path[:1]:
        case ("children",):
            operation = facts.outline.root.text("operation")
            return one.child_of is not None and one.operation.value == (operation or one.operation.value)
        case ("add",):
            return one.child_of is None and one.operation is Operation.ADD
        case ("update",):
            return one.child_of is None and one.operation is Operation.UPDATE
        case _:
            return True


def path_steps(cursor: Cursor, record: Type) -> Iterator[Suggestion]:
    """Yield what can come next in a JMESPath: keys of the record, and functions where one may begin."""
    end = expected(cursor.before, record)
    if end.literal:
        return
    start = end.begun.offset if end.begun else cursor.offset
    span = _stretch(cursor, start)
    for index, (name, one) in enumerate(end.owner.objects.properties.items()):
        text = _path_key(cursor, name, start, in_quotes=end.begun is not None and end.begun.quoted)
        doc = words.of_path(name, one)
        match = f'"{name}' if end.begun is not None and end.begun.quoted else None
        yield Suggestion(name, Sort.NAME, text, span, words.of_type(one), doc, (0, index), match)
    if end.first:
        for index, signature in enumerate(SIGNATURES.values()):
            text = f"{signature.name}("
            yield Suggestion(signature.name, Sort.FUNCTION, text, span, str(signature), "", (1, index))


def _path_key(cursor: Cursor, name: str, start: int, *, in_quotes: bool) -> str:
    """Return a key as a path has it: in double quotes unless it is a plain word, and those within the file's own."""
    if _IDENTIFIER.fullmatch(name) and not in_quotes:
        return name
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if not cursor.piece.style and not cursor.text[:start].strip():
        return "'" + quoted.replace("'", "''") + "'"  # at its start YAML would take the quotes for its own
    return cursor.written(quoted)


def formula_parts(cursor: Cursor, entry: Entry, facts: Facts) -> Iterator[Suggestion]:
    """Yield what can come next in a formula: keys of what was read, else names and functions."""
    end = end_of(cursor.before)
    if end.in_text is not None:
        call = end.call
        if end.chain is None:
            if call is not None and call.function in LOOKUP_FUNCTIONS and call.argument == 0:
                span = _stretch(cursor, cursor.offset - len(end.in_text))
                for name in facts.lookups:
                    yield Suggestion(name, Sort.REFERENCE, cursor.written(name), span, "lookup")
            return
    if end.chain is not None:
        written = end.in_text if end.in_text is not None else end.begun
        yield from _keys_of(cursor, facts.read(entry, end.chain), written, in_text=end.in_text is not None)
        return
    span = _stretch(cursor, cursor.offset - len(end.begun))
    for index, (name, (type_, what)) in enumerate(facts.roots(entry).items()):
        yield Suggestion(name, Sort.NAME, name, span, what, words.of_path(name, type_), (0, index))
    for index, spec in enumerate(facts.functions.values()):
        doc = words.of_function(spec)
        yield Suggestion(spec.name, Sort.FUNCTION, f"{spec.name}(", span, spec.signature, doc, (1, index))


def _keys_of(cursor: Cursor, type_: Type, begun: str, *, in_text: bool) -> Iterator[Suggestion]:
    start = cursor.offset - len(begun)
    for index, (name, one) in enumerate(type_.objects.properties.items()):
        detail, doc = words.of_type(one), words.of_path(name, one)
        if in_text or _IDENTIFIER.fullmatch(name):
            text, span, match = cursor.written(name), _stretch(cursor, start), None
        else:  # a name that no dot leads to takes the place of the dot
            key = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
            text, span, match = cursor.written(f"[{key}]"), _stretch(cursor, start - 1), f".{name}"
        yield Suggestion(name, Sort.NAME, text, span, detail, doc, (0, index), match)


def _key(
    cursor: Cursor, name: str, sort: Sort, detail: str, doc: str, rank: tuple[int, int], *, holds_map: bool
) -> Suggestion:
    plain = _PLAIN_KEY.fullmatch(name) and not _OTHER_YAML.fullmatch(name)
    text = cursor.written(name) if cursor.piece.style or plain else '"' + name.replace('"', '\\"') + '"'
    if not cursor.piece.style and not (cursor.in_key and cursor.entry.complete):
        text += ":" if holds_map else ": "
    return Suggestion(name, sort, text, _whole(cursor), detail, doc, rank)


def _scalar(cursor: Cursor, text: str) -> str:
    """Return text as a value of its own, in quotes where YAML would read it otherwise."""
    if cursor.piece.style:
        return cursor.written(text)
    plain = re.fullmatch(r"[A-Za-z][^\n:#,\[\]{}'\"\\]*(?<!\s)", text) and not _OTHER_YAML.fullmatch(text)
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _whole(cursor: Cursor) -> Span:
    """Return the stretch of the whole piece that is being typed, or of its line of it."""
    begin = cursor.before.rfind("\n") + 1
    rest = cursor.after.split("\n")[0].rstrip()
    return Span(cursor.place(begin), _ahead(cursor.position, len(cursor.written(rest))))


def _stretch(cursor: Cursor, start: int) -> Span:
    """Return the stretch from an offset to the end of the word that the cursor is in."""
    match = _WORD.match(cursor.after)
    return Span(cursor.place(start), _ahead(cursor.position, match.end() if match else 0))


def _ahead(position: Position, columns: int) -> Position:
    return Position(position.line, position.column + columns)
