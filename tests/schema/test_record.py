"""Record schemas: what is taken from a JSON Schema, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from recordmap.schema.record import SchemaError, load_schema
from recordmap.schema.types import ANY_TEXTS, UNLIMITED, Kind, Limits, Type


def loaded(schema: dict[str, Any]) -> Type:
    return load_schema(
        "test", lambda _: json.dumps({"properties": {"A": schema}}).encode()
    ).type.objects.properties["A"]


def test_what_narrows_a_type() -> None:
    text = loaded({"type": "string", "minLength": 2, "maxLength": 5})
    assert (text.texts.min_length, text.texts.max_length) == (2, 5)
    number = loaded({"type": "integer", "minimum": 1, "maximum": 9.5})
    assert number.limits == Limits(1, 9.5)
    assert loaded({}).texts is ANY_TEXTS
    assert loaded({}).limits is UNLIMITED


def test_properties_that_are_not_listed() -> None:
    assert loaded({"type": "object"}).objects.extra is None
    closed = loaded({"type": "object", "additionalProperties": False}).objects
    assert not closed.open
    others = loaded({"type": "object", "additionalProperties": {"type": "string"}}).objects
    assert others.open
    assert others.extra is not None
    assert others.extra.kinds == {Kind.TEXT}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ('{"minimum": "1"}', "'minimum' has a value of the wrong kind"),
        ('{"maximum": true}', "'maximum' has"),
        ('{"maximum": 1e400}', "'maximum' has"),
        ('{"minimum": 1' + "0" * 400 + "}", "'minimum' has"),
        ('{"minLength": "x"}', "'minLength' has"),
        ('{"maxLength": 1e400}', "'maxLength' has"),
        ('{"maxLength": -1}', "'maxLength' has"),
        ('{"maxLength": 1' + "0" * 4000 + "}", "'maxLength' has"),
        ('{"minLength": 100001}', "'minLength' has"),
        ('{"x-messages": 5}', "'x-messages' has"),
        ('{"x-messages": {"required": 5}}', "'x-messages' has"),
        ('{"x-messages": ["x"], "$ref": "#/definitions/d"}', "'x-messages' has"),
        ('{"required": "abc"}', "'required' has"),
        ('{"type": []}', "'type' has"),
        ('{"type": "text"}', "there is no type 'text'"),
        ('{"enum": {}}', "'enum' has"),
        ('{"enum": ["a", ["b"]]}', "'enum' has"),
        ('{"enum": [NaN]}', "'enum' has"),
        ('{"const": {}}', "'const' has"),
        ('{"items": [{}]}', "'items' has"),
        ('{"additionalProperties": {"pattern": "a"}}', "don't have 'pattern'"),
        ('{"oneOf": []}', "don't have 'oneOf'"),
        ('{"$ref": "#/definitions/e0"}', "refers to nothing"),
        ('{"$ref": "#/definitions/c0"}', "more than 50 references in a row"),
        ('{"$ref": "#/properties/A"}', "refers to itself"),
    ],
)
def test_what_would_be_without_effect_is_refused(schema: str, message: str) -> None:
    chain = ", ".join(f'"c{at}": {{"$ref": "#/definitions/c{at + 1}"}}' for at in range(15_000))
    text = f'{{"properties": {{"A": {schema}}}, "definitions": {{"d": {{}}, {chain}}}}}'
    with pytest.raises(SchemaError, match=message):
        load_schema("test", lambda _: text.encode())


SCHEMA: dict[str, Any] = {
    "properties": {
        "a": {"type": "string", "minLength": 1, "maxLength": 5, "format": "email", "x-unique": "email"},
        "b": {"type": ["integer", "null"], "minimum": 1, "maximum": 5, "enum": [1, 2], "description": "b"},
        "c": {"type": "array", "items": {"$ref": "#/definitions/x"}},
        "d": {"type": "object", "x-custom-fields": True, "additionalProperties": {"type": "string"}},
    },
    "required": ["a"],
    "definitions": {"x": {"type": "object", "x-messages": {"required": "An x is required"}}},
}
JUNK = [
    *("1e400", "null", "true", "-1", "1.5", '"x"', "[]", "{}", "[1]", '{"a": 1}', "[[]]", "[null]"),
    '{"$ref": 5}',
    '{"$ref": "#"}',
    '{"$ref": "../x.schema.json"}',
    '{"$ref": "#/properties"}',
    "1" + "0" * 400,
]


def spoilt(value: Any, junk: str) -> Iterator[str]:
    """Yield the JSON of a value with junk in the place of each part of it."""
    yield junk
    for name, part in value.items() if isinstance(value, dict) else ():
        for inner in spoilt(part, junk):
            rest = [f"{json.dumps(key)}: {json.dumps(other)}" for key, other in value.items() if key != name]
            yield "{" + ", ".join([f"{json.dumps(name)}: {inner}", *rest]) + "}"


@pytest.mark.parametrize("junk", JUNK)
def test_a_spoilt_schema_is_a_schema_or_an_error_of_ours(junk: str) -> None:
    outcomes = set()
    for text in spoilt(SCHEMA, junk):
        try:
            load_schema("test", lambda _, text=text: text.encode())
            outcomes.add("loaded")
        except SchemaError:
            outcomes.add("refused")
    assert "refused" in outcomes
