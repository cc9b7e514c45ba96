"""The door for an embedder's functions, and what the table costs to import."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from recordmap.diagnostics import ConfigurationError
from recordmap.expression.functions import table as own
from recordmap.expression.functions.spec import Example, FunctionSpec, Needs, NullRule, Parameter
from recordmap.expression.functions.table import FUNCTIONS, with_functions
from recordmap.frozen import replace
from recordmap.schema.types import ANY, INTEGER, LIST, NUMBER, TEXT, Kind, Type
from recordmap.schema.unions import constants, or_null


def initials(text: Any, separator: Any = "") -> str:
    return str(separator).join(word[0] for word in text.split())


def spec(**changes: Any) -> FunctionSpec:
    good = FunctionSpec(
        name="initials",
        parameters=(
            Parameter("text", TEXT, "a name"),
            Parameter("separator", TEXT, "what stands between", optional=True),
        ),
        returns=TEXT,
        doc="The first letters of a name.",
        call=initials,
        examples=(Example("initials('Ada Lovelace')", gives="AL"),),
    )
    return replace(good, **changes)


def parameters(*kinds: str) -> tuple[Parameter, ...]:
    """Make parameters a, b, … of the kinds r(equired), o(ptional), m(any), and om for optional many."""
    return tuple(
        Parameter(letter, ANY, "any", optional="o" in kind, repeats="m" in kind)
        for letter, kind in zip("abcdef", kinds, strict=False)
    )


def test_the_own_functions_pass_the_door() -> None:
    assert dict(with_functions({}, FUNCTIONS.values())) == dict(FUNCTIONS)


def test_every_module_of_functions_is_in_the_table() -> None:
    """The table names what each module has, so that only those are imported that a template needs."""
    folder = Path(own.__file__).parent
    modules = {path.stem: import_module(f"{own.__package__}.{path.stem}") for path in folder.glob("*.py")}
    specs = {name: module.SPECS for name, module in modules.items() if hasattr(module, "SPECS")}
    assert {name: tuple(spec.name for spec in there) for name, there in specs.items()} == own._FAMILIES
    assert list(FUNCTIONS) == [name for names in own._FAMILIES.values() for name in names]
    assert len(FUNCTIONS) == len(list(FUNCTIONS))
    with pytest.raises(KeyError):
        FUNCTIONS["shout"]


def test_a_larger_table() -> None:
    table = with_functions(FUNCTIONS, [spec()])
    assert list(table) == [*FUNCTIONS, "initials"]
    assert "initials" not in FUNCTIONS
    with pytest.raises(TypeError):
        table["more"] = spec()  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "Initials"}, "a name is made of small letters"),
        ({"name": "_initials"}, "a name is made of small letters"),
        ({"name": "1st"}, "a name is made of small letters"),
        ({"name": "größe"}, "a name is made of small letters"),
        ({"name": ""}, "a name is made of small letters"),
        ({"name": "a" * 65}, "a name is made of small letters"),
        ({"name": "if"}, "the name means something else in formulas"),
        ({"name": "record"}, "the name means something else in formulas"),
        ({"name": "null"}, "the name means something else in formulas"),
        ({"name": "trim"}, "there is a function of this name already"),
        ({"doc": " "}, "it has no doc"),
        ({"parameters": parameters("o", "r")}, "parameters come in the order"),
        ({"parameters": parameters("m", "r")}, "parameters come in the order"),
        ({"parameters": parameters("m", "m")}, "parameters come in the order"),
        ({"parameters": parameters("o", "m")}, "must be optional after an optional one"),
        ({"parameters": (spec().parameters[0],) * 2}, "two parameters have the same name"),
        ({"parameters": (Parameter("from", TEXT, "any"),)}, "'from' is no name for a parameter"),
        ({"parameters": (Parameter("Text", TEXT, "any"),)}, "'Text' is no name for a parameter"),
        ({"parameters": parameters("r", "o")}, "'call' doesn't take its parameters"),
        ({"parameters": spec().parameters[:1], "call": lambda: ""}, "'call' doesn't take its parameters"),
        ({"parameters": (), "call": initials}, "'call' doesn't take its parameters"),
        ({"needs": Needs.NOW}, "'call' doesn't take its parameters"),
        ({"call": "initials"}, "'call' can't be called"),
    ],
)
def test_unfit_functions_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match="can't be used: ") as caught:
        with_functions(FUNCTIONS, [spec(**changes)])
    assert problem in str(caught.value)


def test_two_new_functions_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="already"):
        with_functions(FUNCTIONS, [spec(), spec()])


@pytest.mark.parametrize(
    ("kinds", "call"),
    [
        (("r", "m"), lambda a, *b: a),
        (("r", "o", "om"), lambda a, b=None, *c: a),
        (("om",), lambda *a: None),
        (("r",), lambda a: a),
    ],
)
def test_orders_that_fit(kinds: Sequence[str], call: Any) -> None:
    table = with_functions({}, [spec(parameters=parameters(*kinds), call=call)])
    assert table["initials"].parameter_at(0).name == "a"


def test_functions_written_in_c_are_taken_on_trust() -> None:
    assert "initials" in with_functions({}, [spec(call=max)])


def test_signature_and_positions() -> None:
    assert FUNCTIONS["truncate"].signature == "truncate(text, length)"
    assert FUNCTIONS["round"].signature == "round(number, [digits])"
    assert FUNCTIONS["coalesce"].signature == "coalesce(value, …)"
    assert FUNCTIONS["coalesce"].parameter_at(7).name == "value"
    with pytest.raises(IndexError):
        FUNCTIONS["trim"].parameter_at(1)


NULLABLE = Type.of(Kind.TEXT, Kind.NULL)
FIFTY = TEXT.with_texts(max_length=50)


@pytest.mark.parametrize(
    ("name", "given", "kinds", "max_length"),
    [
        ("trim", [TEXT], {Kind.TEXT}, None),
        ("trim", [NULLABLE], {Kind.TEXT, Kind.NULL}, None),
        ("trim", [ANY], {Kind.TEXT, Kind.NULL}, None),
        ("trim", [FIFTY], {Kind.TEXT}, 50),
        ("trim", [NULLABLE.with_texts(max_length=9)], {Kind.TEXT, Kind.NULL}, 9),
        ("truncate", [TEXT, Type(INTEGER.kinds, enum=(40,))], {Kind.TEXT}, 40),
        ("truncate", [FIFTY, Type(INTEGER.kinds, enum=(400,))], {Kind.TEXT}, 50),
        ("truncate", [TEXT, INTEGER], {Kind.TEXT}, None),
        ("substring", [FIFTY, INTEGER], {Kind.TEXT}, 50),
        ("substring", [FIFTY, INTEGER, Type.of(Kind.INTEGER, Kind.NULL)], {Kind.TEXT}, 50),
        ("coalesce", [NULLABLE, TEXT], {Kind.TEXT}, None),
        ("coalesce", [NULLABLE, NULLABLE], {Kind.TEXT, Kind.NULL}, None),
        ("coalesce", [or_null(FIFTY), TEXT.with_texts(max_length=99)], {Kind.TEXT}, 99),
        ("coalesce", [or_null(FIFTY), TEXT], {Kind.TEXT}, None),
        ("coalesce", [FIFTY, TEXT], {Kind.TEXT}, 50),
        ("coalesce", [ANY, TEXT], set(Kind) - {Kind.NULL}, None),
        ("first_of", [NULLABLE, INTEGER], {Kind.TEXT, Kind.INTEGER}, None),
        ("first_of", [NULLABLE, FIFTY], {Kind.TEXT, Kind.NULL}, None),
        ("first_of", [FIFTY, constants(["N/A"])], {Kind.TEXT}, 50),
        ("first_of", [FIFTY, constants([" "])], {Kind.TEXT, Kind.NULL}, 50),
        ("first_of", [ANY, TEXT], set(Kind), None),
        ("is_empty", [NULLABLE], {Kind.BOOLEAN}, None),
        ("min", [NUMBER], {Kind.NUMBER, Kind.INTEGER}, None),
        ("min", [or_null(NUMBER)], {Kind.NUMBER, Kind.INTEGER, Kind.NULL}, None),
        ("abs", [INTEGER], {Kind.INTEGER}, None),
        ("substring", [TEXT, INTEGER, constants([2])], {Kind.TEXT}, 2),
        ("substring", [TEXT, INTEGER, constants([2, None])], {Kind.TEXT}, None),
        ("round", [NUMBER], {Kind.INTEGER}, None),
        ("to_integer_required", [NULLABLE], {Kind.INTEGER}, None),
        ("length", [Type(LIST.kinds | {Kind.NULL})], {Kind.INTEGER, Kind.NULL}, None),
        ("now", [], {Kind.TEXT}, 32),
    ],
)
def test_result_types(name: str, given: list[Type], kinds: set[Kind], max_length: int | None) -> None:
    result = FUNCTIONS[name].result(given)
    assert result.kinds == kinds
    assert result.texts.max_length == max_length


def test_null_rules_and_spellings_agree() -> None:
    for name, one in FUNCTIONS.items():
        if name.endswith("_required"):
            plain = FUNCTIONS[name.removesuffix("_required")]
            assert one.null is NullRule.FAILS
            assert plain.null is NullRule.GIVES_NULL
            assert one.parameters == plain.parameters
            assert one.returns.kinds <= plain.returns.kinds
            assert not one.total


def test_importing_the_table_imports_nothing_heavy() -> None:
    code = "import json, sys, recordmap.expression.functions.table; print(json.dumps(list(sys.modules)))"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    loaded = set(json.loads(shown.stdout))
    assert "recordmap.expression.functions.table" in loaded
    assert not loaded & {"phonenumbers", "email_validator", "dns", "re2"}
