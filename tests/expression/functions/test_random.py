"""What holds for every function whatever its arguments are, and for the total ones in particular."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression.functions.evaluator import bound, identical
from recordmap.diagnostics import Fault
from recordmap.diagnostics.codes import CODES
from recordmap.expression.functions.limits import INTEGER_BOUND, MAX_ENTRIES, MAX_TEXT
from recordmap.expression.functions.spec import FunctionSpec, NullRule, Parameter
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.schema.types import Kind, Type

SPECS = [pytest.param(spec, id=spec.name) for spec in FUNCTIONS.values()]
TELLING = (
    *("", " ", "a", "a,b", "ΐß", "N/A", "1", "12.5", "1e400", "-0", "true", "No", "0" * 500, "2024-05-01"),
    *("2024-05-01T09:30:00.5+02:00", "1714555800", "31.02.2024", "DD.MM.YYYY", "YYYY-MM-DD HH:mm:ss", "MMM"),
    *("Ada@Example.com", "a@b", "+1 415 555 2671", "US", "countries", "tiers", "warehouses", "CustomFields"),
    *("[0-9]+", "(", "(a+)+$", "\ud800", "\x00", "\u212a@\u0130.com"),
)
TEXTS = st.one_of(st.sampled_from(TELLING), st.text(max_size=20))
INTEGERS = st.one_of(
    st.integers(-20, 20), st.integers(-INTEGER_BOUND, INTEGER_BOUND - 1), st.integers(10**8, 10**10)
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(TEXTS, INTEGERS, FLOATS, st.booleans())
JSON = st.recursive(
    st.one_of(SCALARS, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)
OF_KIND = {
    Kind.NULL: st.none(),
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: INTEGERS,
    Kind.NUMBER: FLOATS,
    Kind.TEXT: TEXTS,
    Kind.LIST: st.one_of(st.lists(SCALARS, max_size=4), st.lists(JSON, max_size=4)),
    Kind.OBJECT: st.dictionaries(TEXTS, JSON, max_size=4),
}


def of_type(type_: Type) -> st.SearchStrategy[Any]:
    return st.one_of(*(OF_KIND[kind] for kind in sorted(type_.kinds)))


def arguments(spec: FunctionSpec, draw: Any, value: Any) -> list[Any]:
    """Draw a number of arguments that the function takes, each by `value(parameter)`."""
    required = [parameter for parameter in spec.parameters if not parameter.optional]
    count = draw(st.integers(len(required), len(spec.parameters)))
    chosen: list[Parameter] = list(spec.parameters[:count])
    if chosen and chosen[-1].repeats:
        chosen += [chosen[-1]] * draw(st.integers(0, 4))
    return [draw(value(parameter)) for parameter in chosen]


def assert_json(value: Any) -> None:
    if type(value) is str:
        assert len(value) <= MAX_TEXT
    elif type(value) is list:
        assert len(value) <= MAX_ENTRIES
        for one in value:
            assert_json(one)
    elif type(value) is dict:
        assert all(type(key) is str for key in value)
        assert_json(list(value.values()))
    elif type(value) is int:
        assert -INTEGER_BOUND <= value < INTEGER_BOUND
    elif type(value) is float:
        json.dumps(value, allow_nan=False)
    else:
        assert value is None or type(value) is bool


def kind_of(value: Any) -> set[Kind]:
    kinds = {type(None): Kind.NULL, bool: Kind.BOOLEAN, float: Kind.NUMBER, str: Kind.TEXT}
    kinds |= {list: Kind.LIST, dict: Kind.OBJECT}
    return {Kind.INTEGER, Kind.NUMBER} if type(value) is int else {kinds[type(value)]}


def outcome(spec: FunctionSpec, given_: list[Any]) -> Any:
    try:
        return bound(spec)(*given_)
    except Fault as fault:
        return {"code": fault.code, "message": fault.message, "known": fault.code in CODES}


@pytest.mark.parametrize("spec", SPECS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_arguments(spec: FunctionSpec, data: st.DataObject) -> None:
    """A value within the limits or a fault, the same each time, and the arguments stay as they were."""
    typed = data.draw(st.booleans())
    given_ = arguments(spec, data.draw, lambda parameter: of_type(parameter.type) if typed else JSON)
    before = copy.deepcopy(given_)
    first = outcome(spec, given_)
    assert_json(first)
    if isinstance(first, dict) and "known" in first:
        assert first["known"]
        assert first["message"].startswith(f"{spec.name}: ")
    assert identical(given_, before)
    assert identical(outcome(spec, before), first)


@pytest.mark.parametrize("spec", SPECS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_arguments_of_their_types(spec: FunctionSpec, data: st.DataObject) -> None:
    """A total function never fails, and what comes out is of the type that the spec promises."""
    given_ = arguments(spec, data.draw, lambda parameter: of_type(parameter.type))
    try:
        result = bound(spec)(*given_)
    except Fault:
        assert not spec.total
        return
    types = [Type(frozenset(kind_of(value))) for value in given_]
    null_in = spec.null is NullRule.GIVES_NULL and None in given_
    assert kind_of(result) & spec.returns.kinds or (result is None and null_in)
    assert kind_of(result) & spec.result(types).kinds


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_text_and_back(value: Any) -> None:
    """What to_text makes of a list or object is JSON of it, and what it makes of a number reads as the number."""
    try:
        text = FUNCTIONS["to_text"].call(value)
    except Fault:
        return
    if type(value) in (list, dict, bool):
        assert json.loads(text) == value
    elif type(value) in (int, float):
        assert float(FUNCTIONS["to_decimal"].call(text)) == float(value)


@given(st.datetimes(), st.sampled_from(["YYYY-MM-DD HH:mm:ss", "D.M.YYYY H:mm:ss", "YYYYMMDDTHHmmssZ"]))
@settings(max_examples=100, deadline=None)
def test_dates_survive_a_layout(moment: Any, layout: str) -> None:
    whole = FUNCTIONS["parse_date"].call(moment.replace(microsecond=0).isoformat())
    written = FUNCTIONS["format_date"].call(whole, layout)
    assert FUNCTIONS["parse_date"].call(written, layout) == whole


@given(st.datetimes(), st.datetimes())
@settings(max_examples=100, deadline=None)
def test_dates_compare_as_text(one: Any, other: Any) -> None:
    parse = FUNCTIONS["parse_date"].call
    assert (parse(one.isoformat()) < parse(other.isoformat())) == (one < other)
    assert parse(parse(one.isoformat())) == parse(one.isoformat())


@given(st.floats(-1e9, 1e9), st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_rounding_is_stable_and_near(number: float, digits: int) -> None:
    rounded = FUNCTIONS["round"].call(number, digits)
    assert FUNCTIONS["round"].call(rounded, digits) == rounded
    assert abs(rounded - number) <= 0.5 * 10**-digits + 1e-6
