"""What hover and completion say, as Markdown: functions, types, fields and keys in the words of the reference."""

from __future__ import annotations

import json

from recordmap.diagnostics.render import counted
from recordmap.expression.functions.spec import FunctionSpec, Parameter
from recordmap.lsp.entries import Entry
from recordmap.lsp.vocabulary import Word
from recordmap.schema.record import FieldSchema
from recordmap.schema.types import Type
from recordmap.template.model import Collection

_SHOWN = 8
"""Values of an enumeration that are shown."""


def of_type(type_: Type) -> str:
    """Return a type in words: "text or null, at most 100 characters"."""
    parts = [type_.describe()]
    texts = type_.texts
    if texts.max_length is not None:
        parts.append(f"at most {texts.max_length:,} characters")
    if texts.format:
        parts.append(f"written as {texts.format}")
    if type_.enum is not None:
        values = [json.dumps(value, ensure_ascii=False) for value in type_.enum]
        more = ["…"] if len(values) > _SHOWN else []
        parts.append(f"one of {', '.join([*values[:_SHOWN], *more])}")
    return ", ".join(parts)


def of_path(name: str, type_: Type) -> str:
    """Return what is known of a place in a record."""
    return _page(f"`{name}`: {of_type(type_)}", type_.description)


def of_field(field: FieldSchema) -> str:
    """Return what the destination says of a field."""
    notes = []
    if field.required:
        notes.append(f"Required: a record without it is rejected with “{field.required_message}”.")
    if field.unique:
        notes.append(f"No two records share one (compared as {field.unique}).")
    return _page(f"`{field.name}`: {field_line(field)}", field.description, " ".join(notes))


def field_line(field: FieldSchema) -> str:
    """Return a field's type and whether it is required, on one line."""
    return of_type(field.type) + (", required" if field.required else "")


def of_key(word: Word) -> str:
    """Return what the schema of template files says of a key."""
    notes = []
    if word.values:
        notes.append("Values: " + ", ".join(f"`{value}`" for value in word.values) + ".")
    if word.default is not None:
        notes.append(f"Without it: `{word.default}`.")
    if word.required:
        notes.append("It must be given.")
    return _page(f"`{word.key}`", word.description, " ".join(notes))


def of_collection(collection: Collection) -> str:
    """Return what a collection is for."""
    return _page(f"`{collection.title}`: {collection_line(collection)}", collection.description)


def collection_line(collection: Collection) -> str:
    """Return a collection's operation and records, on one line."""
    status = "" if collection.enabled else ", disabled"
    return f"{collection.operation.value}, {collection.source.text} to {collection.destination.text}{status}"


def of_lookup(entry: Entry) -> str:
    """Return the first rows of a lookup table, and what a miss gives."""
    name = entry.key.text if entry.key else ""
    table = entry.get("table")
    rows = [one for one in (table.children if table else []) if one.key and one.value]
    lines = [f"- `{row.key.text}` → `{row.value.text}`" for row in rows[:_SHOWN] if row.key and row.value]
    if len(rows) > _SHOWN:
        lines.append(f"- and {len(rows) - _SHOWN:,} more")
    file, miss = entry.text("file"), entry.text("on_miss") or "error"
    head = f"`{name}`: " + (f"the table in `{file}`" if file else f"a table of {counted(len(rows), 'row')}")
    default = entry.text("on_miss", "default")
    return _page(
        head, "\n".join(lines), f"A value that isn't in it: `{f'default: {default}' if default else miss}`."
    )


def of_function(spec: FunctionSpec) -> str:
    """Return a function as the reference has it: signature, arguments and examples."""
    arguments = "\n".join(f"- `{one.name}` ({_kinds(one)}): {one.doc}" for one in spec.parameters)
    gives = f"Gives {spec.returns.describe()}; {spec.null.value}." if spec.parameters else ""
    examples = "\n".join(_example(one.formula, one.gives, fails=one.fails) for one in spec.examples[:3])
    return _page(f"`{spec.signature}`", spec.doc, arguments, gives, examples)


def of_parameter(parameter: Parameter) -> str:
    """Return one parameter of a function in a line."""
    return f"{_kinds(parameter)}. {parameter.doc}"


def _kinds(parameter: Parameter) -> str:
    note = ", any number of them" if parameter.repeats else ", may be left out" if parameter.optional else ""
    return parameter.type.describe() + note


def _example(formula: str, gives: object, *, fails: bool) -> str:
    result = "rejects the record" if fails else f"`{json.dumps(gives, ensure_ascii=False)}`"
    return f"- `{formula}` → {result}"


def _page(*parts: str | None) -> str:
    return "\n\n".join(part for part in parts if part)
