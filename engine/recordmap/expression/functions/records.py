"""Functions that read by a name that is itself computed; fixed names are read with `a.b` or `a["b c"]`."""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.arguments import refuse_unless_null
from recordmap.expression.functions.spec import Example, FunctionSpec, Parameter
from recordmap.schema.inside import entry
from recordmap.schema.types import ANY, OBJECT, TEXT, Type

FAMILY = "records"
CUSTOM_FIELDS = "CustomFields"
"""The field of an iPaaS.com record that holds its custom fields by name."""


def get_value(source: object, name: object) -> object:
    """Return a field of an object by its name, or null; the name is a key, not a path."""
    if type(source) is dict and type(name) is str:
        return source.get(name)
    refuse_unless_null(GET_VALUE, source, name)
    return None


def custom_field(record: object, name: object) -> object:
    """Return a custom field of a record by its name, or null."""
    if type(record) is dict and type(name) is str:
        fields = record.get(CUSTOM_FIELDS)
        return fields.get(name) if type(fields) is dict else None
    refuse_unless_null(CUSTOM_FIELD, record, name)
    return None


def _value_type(given: Sequence[Type]) -> Type:
    """Return the type of a field of an object, for a name that is written out."""
    name = given[1].enum or ()
    return entry(given[0], name[0]) if len(name) == 1 and isinstance(name[0], str) else ANY


def _custom_type(given: Sequence[Type]) -> Type:
    """Return the type of a custom field of a record, for a name that is written out."""
    return _value_type((entry(given[0], CUSTOM_FIELDS), given[1]))


GET_VALUE = FunctionSpec(
    name="get_value",
    parameters=(
        Parameter("source", OBJECT, "the object to read from"),
        Parameter("name", TEXT, "the field's exact name"),
    ),
    returns=ANY,
    doc="A field of an object by its name, null if it has none; a dot in the name is part of the name.",
    call=get_value,
    examples=(
        Example("get_value({'Last active': 'May'}, 'Last active')", gives="May"),
        Example("get_value({'a': {'b': 1}}, 'a.b')", gives=None),
        Example("get_value(null, 'a')", gives=None),
        Example("get_value('text', 'a')", fails=True),
    ),
    total=True,
    family=FAMILY,
    differences="A field that isn't there gives null.",
    infer=_value_type,
)
CUSTOM_FIELD = FunctionSpec(
    name="custom_field",
    parameters=(
        Parameter("record", OBJECT, "a record with custom fields, such as `existing`"),
        Parameter("name", TEXT, "the custom field's exact name"),
    ),
    returns=ANY,
    doc="A custom field of a record by its name, null if the record doesn't have it.",
    call=custom_field,
    examples=(
        Example(
            "custom_field(existing, 'Consent')",
            "SUBSCRIBED",
            {"existing": {"CustomFields": {"Consent": "SUBSCRIBED"}}},
        ),
        Example("custom_field(existing, 'Consent')", gives=None, names={"existing": {"CustomFields": None}}),
        Example("custom_field(existing, 'Consent')", gives=None, names={"existing": {}}),
        Example("custom_field(existing, 'Consent')", gives=None, names={"existing": None}),
    ),
    total=True,
    family=FAMILY,
    differences="Takes the record that has the custom fields, not its list of custom fields.",
    infer=_custom_type,
)

SPECS = (GET_VALUE, CUSTOM_FIELD)
