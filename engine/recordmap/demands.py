"""What a destination demands of a field: shared by the compiler and the trace, so that both ask for the same."""

from __future__ import annotations

from recordmap.runtime.operators import MAX_TEXT
from recordmap.runtime.values import Shape
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER, FieldSchema, RecordSchema
from recordmap.schema.types import Kind, Type
from recordmap.template.model import Collection, FieldRule, Level, Operation

_JSON_NAMES = {
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.TEXT: "string",
    Kind.LIST: "array",
    Kind.OBJECT: "object",
}


def makes_records(collection: Collection) -> bool:
    """Whether a collection makes whole new records, which need every field that the destination requires."""
    return collection.operation is Operation.ADD or collection.child_of is not None


def field_schema(rule: FieldRule, schema: RecordSchema) -> FieldSchema | None:
    """Return what the destination schema says of the field, if it says anything."""
    return (schema.custom_fields if rule.custom else schema.fields).get(rule.name.text)


def required_message(rule: FieldRule, collection: Collection, schema: RecordSchema) -> str | None:
    """Return what a person reads when the field comes out empty, or None when it may."""
    known = field_schema(rule, schema)
    demanded = rule.level is Level.REQUIRED
    if known is not None and known.required and not rule.custom:
        demanded = demanded or makes_records(collection)
    if not demanded:
        return None
    return known.required_message if known is not None else f"{rule.name.text} is required"


def required_children_message(into: str, collection: Collection, schema: RecordSchema) -> str | None:
    """Return what a person reads when there are no child records in a field that the destination requires, or None."""
    known = schema.fields.get(into)
    return (
        known.required_message if known is not None and known.required and makes_records(collection) else None
    )


def shape_of(type_: Type) -> Shape:
    """Return the shape that a type demands of a value that is not null. Where values are listed, only they count."""
    kinds = frozenset(_JSON_NAMES[kind] for kind in type_.kinds if kind is not Kind.NULL)
    if type_.enum is not None:
        kinds = frozenset(_JSON_NAMES.values())
    limit = type_.texts.max_length
    longest = MAX_TEXT if limit is None else min(limit, MAX_TEXT)
    return Shape(kinds, Type(type_.kinds - {Kind.NULL}).describe(), longest, type_.enum)


def takes(type_: Type) -> str:
    """Return in words what a type demands of a value that is not null."""
    if type_.enum is not None:
        return "one of " + ", ".join(str(one) for one in type_.enum if one is not None)
    words = Type(type_.kinds - {Kind.NULL}).describe() if type_.known else type_.describe()
    limit = type_.texts.max_length
    return words if limit is None else f"{words} of at most {limit:,} characters"


def carries_forward(rule: FieldRule, schema: RecordSchema) -> bool:
    """Whether a rule is nothing but `existing.<its own field>`: the destination's value stays."""
    if rule.formula is None or rule.source or rule.when or rule.lookup:
        return False
    container = schema.custom_container or DEFAULT_CUSTOM_CONTAINER
    path = (container, rule.name.text) if rule.custom else (rule.name.text,)
    whole = rule.formula.parsed.text.strip()
    names = [one for one in rule.formula.parsed.names if one.place.length == len(whole)]
    return [(one.name, one.keys) for one in names] == [("existing", path)]
