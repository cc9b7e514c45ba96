"""A shape as a record schema, which claims no more than the samples show.

Few samples prove little: that a field is always there, and never null, is said only when there were enough of them.
"""

from __future__ import annotations

from typing import Any

from recordmap.inference.shape import Shape
from recordmap.schema.types import Kind

ENOUGH = 100
"""Values that must have been seen before it is claimed that something is always so."""
ENOUGH_TEXTS = 5
"""Texts that must all have a format before it is claimed."""

_NAMES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.OBJECT: "object",
    Kind.LIST: "array",
    Kind.NULL: "null",
}


def schema_of(shape: Shape, title: str) -> dict[str, Any]:
    """Return the record schema of sample records."""
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "description": f"Made from {shape.seen:,} sample records; correct what they don't show.",
    }
    return {**head, **_object(shape)}


def _schema(shape: Shape, around: int) -> dict[str, Any]:
    """Return the schema of what was seen at one place, of `around` objects that could have had it."""
    kinds = [kind for kind in _NAMES if shape.kinds[kind] and kind is not Kind.NULL]
    if Kind.NUMBER in kinds and Kind.INTEGER in kinds:
        kinds.remove(Kind.INTEGER)
    if not kinds:
        return {"description": f"In {_share(shape.seen, around)}, and always null."}
    never_null = not shape.kinds[Kind.NULL] and shape.seen >= ENOUGH
    names = [_NAMES[kind] for kind in kinds] + ([] if never_null else ["null"])
    schema: dict[str, Any] = {"description": f"In {_share(shape.seen, around)}."}
    schema["type"] = names if names[1:] else names[0]
    if shape.kinds[Kind.OBJECT]:
        schema |= {key: value for key, value in _object(shape).items() if key != "type"}
    if shape.kinds[Kind.LIST] and shape.entry is not None and shape.entry.seen:
        schema["items"] = _schema(shape.entry, shape.entry.seen)
    texts = shape.kinds[Kind.TEXT] - shape.empty_texts
    formats = [name for name, count in shape.formats.items() if count == texts]
    if formats and texts >= ENOUGH_TEXTS and not shape.empty_texts:
        schema["format"] = formats[0]
    return schema


def _object(shape: Shape) -> dict[str, Any]:
    objects = shape.kinds[Kind.OBJECT]
    schema: dict[str, Any] = {"type": "object"}
    if shape.is_table:
        if shape.entry is not None:
            schema["additionalProperties"] = _schema(shape.entry, shape.entry.seen)
        return schema
    schema["properties"] = {key: _schema(one, objects) for key, one in shape.keys.items()}
    required = [key for key, one in shape.keys.items() if one.seen == objects and objects >= ENOUGH]
    return {**schema, "required": required} if required else schema


def _share(seen: int, around: int) -> str:
    return f"all {around:,} of the samples" if seen >= around else f"{seen:,} of {around:,} samples"
