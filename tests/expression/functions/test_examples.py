"""Each example of each function runs, and so do the edge cases of edges.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from expression.functions.evaluator import evaluate, identical
from recordmap.diagnostics import Fault
from recordmap.diagnostics.codes import CODES
from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule
from recordmap.expression.functions.table import FUNCTIONS

EDGES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("edges.yaml").read_text())
EXAMPLES = [
    pytest.param(spec, example, id=example.formula)
    for spec in FUNCTIONS.values()
    for example in spec.examples
]


@pytest.mark.parametrize(("spec", "example"), EXAMPLES)
def test_example(spec: FunctionSpec, example: Example) -> None:
    if spec.extra == "patterns":
        pytest.importorskip("re2")
    if example.fails:
        with pytest.raises(Fault) as caught:
            evaluate(example.formula, example.names)
        assert caught.value.code in CODES
    else:
        assert identical(evaluate(example.formula, example.names), example.gives)


@pytest.mark.parametrize("case", EDGES, ids=lambda case: case["formula"])
def test_edge(case: dict[str, Any]) -> None:
    names = case.get("names", {})
    if "fails" in case:
        with pytest.raises(Fault) as caught:
            evaluate(case["formula"], names)
        assert [caught.value.code, caught.value.message] == case["fails"]
    else:
        assert identical(evaluate(case["formula"], names), case["gives"])


@pytest.mark.parametrize("spec", FUNCTIONS.values(), ids=lambda spec: spec.name)
def test_a_function_explains_itself(spec: FunctionSpec) -> None:
    assert len(spec.examples) >= 3
    assert all(spec.name in example.formula for example in spec.examples)
    assert spec.doc.endswith(".")
    assert "\n" not in spec.doc
    assert all(parameter.doc for parameter in spec.parameters)
    if spec.parameters:
        assert any("null" in example.formula or None in example.names.values() for example in spec.examples)
    assert any(example.fails for example in spec.examples) or spec.null is not NullRule.FAILS


def test_the_table_has_the_functions_of_the_language() -> None:
    wanted = """
        is_empty is_null coalesce first_of truncate upper lower title trim concat replace split join
        substring starts_with ends_with contains length to_text to_integer to_decimal to_boolean
        round min max abs parse_date format_date now lookup first_match field_from_first_match
        get_value custom_field normalize_email normalize_phone matches to_integer_required
        keep fill_if_empty overwrite_if_present if_changed newest
        to_decimal_required to_boolean_required parse_date_required normalize_email_required
        normalize_phone_required lookup_required
    """
    assert sorted(FUNCTIONS) == sorted(wanted.split())
    assert all(name == spec.name for name, spec in FUNCTIONS.items())
    families = [spec.family for spec in FUNCTIONS.values()]
    assert families == sorted(families, key=families.index)
