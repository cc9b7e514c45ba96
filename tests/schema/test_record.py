"""Record schemas: what is taken from a JSON Schema, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recordmap.schema.record import SchemaError, load_schema
from recordmap.schema.types import Kind, Type


def loaded(schema: dict[str, Any]) -> Type:
    return load_schema("test", lambda _: json.dumps({"properties": {"A": schema}}).encode()).type.properties[
        "A"
    ]


def test_what_narrows_a_type() -> None:
    text = loaded({"type": "string", "minLength": 2, "maxLength": 5})
    assert (text.min_length, text.max_length) == (2, 5)
    number = loaded({"type": "integer", "minimum": 1, "maximum": 9.5})
    assert (number.minimum, number.maximum) == (1, 9.5)
    assert loaded({}).min_length == 0
    assert loaded({}).minimum is None


def test_properties_that_are_not_listed() -> None:
    assert loaded({"type": "object"}).extra is None
    closed = loaded({"type": "object", "additionalProperties": False})
    assert not closed.open
    others = loaded({"type": "object", "additionalProperties": {"type": "string"}})
    assert others.open
    assert others.extra is not None
    assert others.extra.kinds == {Kind.TEXT}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"minimum": "1"}, "wrong kind"),
        ({"maximum": True}, "wrong kind"),
        ({"minLength": "x"}, "wrong kind"),
        ({"additionalProperties": {"pattern": "a"}}, "don't have 'pattern'"),
        ({"oneOf": []}, "don't have 'oneOf'"),
    ],
)
def test_what_would_be_without_effect_is_refused(schema: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        loaded(schema)
