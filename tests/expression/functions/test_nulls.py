"""The null rule of each function holds for each of its parameters."""

from __future__ import annotations

from typing import Any

import pytest

from expression.functions.evaluator import bound, identical
from expression.functions.recorder import example_arguments
from recordmap.diagnostics import Fault
from recordmap.expression.functions.spec import FunctionSpec, NullRule
from recordmap.expression.functions.table import FUNCTIONS

PARAMETERS = [
    pytest.param(spec, position, id=f"{spec.name}-{parameter.name}")
    for spec in FUNCTIONS.values()
    for position, parameter in enumerate(spec.parameters)
]


def outcome(spec: FunctionSpec, arguments: list[Any]) -> Any:
    try:
        return bound(spec)(*arguments)
    except Fault as fault:
        return [fault.code, fault.message]


@pytest.mark.parametrize(("spec", "position"), PARAMETERS)
def test_null_rule(spec: FunctionSpec, position: int) -> None:
    calls = [arguments for arguments in example_arguments(spec) if len(arguments) > position]
    assert calls, "no example gives this parameter a value"
    for arguments in calls:
        with_null = [*arguments[:position], None, *arguments[position + 1 :]]
        if spec.parameters[position].optional:
            assert identical(outcome(spec, with_null), outcome(spec, arguments[:position]))
        elif spec.null is NullRule.FAILS:
            with pytest.raises(Fault) as caught:
                bound(spec)(*with_null)
            assert caught.value.code == "conversion-failed"
            assert caught.value.message == f"{spec.name}: '{spec.parameters[position].name}' is null"
        elif spec.null is NullRule.GIVES_NULL:
            assert bound(spec)(*with_null) is None
        else:
            bound(spec)(*with_null)


@pytest.mark.parametrize("spec", FUNCTIONS.values(), ids=lambda spec: spec.name)
def test_null_comes_before_other_problems(spec: FunctionSpec) -> None:
    required = [parameter for parameter in spec.parameters if not parameter.optional]
    if spec.null is NullRule.GIVES_NULL:
        for position in range(len(required)):
            unfit = [{1: 2} for _ in required]
            unfit[position] = None  # type: ignore[call-overload]
            assert bound(spec)(*unfit) is None
