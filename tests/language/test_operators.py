"""Every operator of formulas on every kind of value: the table stands in `operators.yaml`.

Each pair is tried with both sides read from the record, and with either side written out in the formula, because
constants are decided on in other places.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from language.ways import Ways, identical, ways
from recordmap.runtime.outcome import Kind

TABLE = yaml.safe_load((Path(__file__).parent / "operators.yaml").read_text(encoding="utf-8"))
OPERANDS = TABLE["operands"]
FAULT = "formula-failed"


def expected(sign: str, left: Any, right: Any) -> Any:
    """Return what the table says of a pair."""
    rule = TABLE["binary"][sign]
    if "opposite_of" in rule:
        other = expected(rule["opposite_of"], left, right)
        return other if other == FAULT else not other
    if "swapped" in rule:
        return expected(rule["swapped"], right, left)
    if "first_if" in rule:
        is_falsy = any(identical(left, one) for one in TABLE["falsy"])
        return left if is_falsy == (rule["first_if"] == "falsy") else right
    for row in rule["gives"]:
        if isinstance(row, dict):
            if identical(right, row["right"]) and any(identical(left, one) for one in row["left"]):
                return row["is"]
        elif identical([left, right], row[:2]):
            return row[2]
    return rule["others"]


def expected_of_one(sign: str, operand: Any) -> Any:
    rule = TABLE["unary"][sign]
    return next((result for one, result in rule["gives"] if identical(one, operand)), rule["others"])


def check(made: Ways, record: Any, wanted: Any) -> None:
    outcome = made.outcome(record)
    if wanted == FAULT:
        assert outcome.reason is not None, (record, outcome)
        assert outcome.reason.code == FAULT
    else:
        assert outcome.kind is Kind.MAPPED, (record, outcome)
        assert outcome.record is not None
        assert identical(outcome.record["A"], [wanted]), (record, outcome.record, wanted)


def compiled(formula: str) -> Ways:
    # In a list, null and empty texts are shown as they are.
    return ways(f"fields:\n  A: {{formula: {json.dumps(f'[{formula}]')}}}\n")


def literal(value: Any) -> str:
    return json.dumps(value) if value is None or isinstance(value, bool | str) else repr(value)


@pytest.mark.parametrize("sign", TABLE["binary"])
def test_every_pair(sign: str) -> None:
    both = compiled(f"record.left {sign} record.right")
    for left in OPERANDS:
        on_left = compiled(f"{literal(left)} {sign} record.right")
        on_right = compiled(f"record.left {sign} {literal(left)}")
        for right in OPERANDS:
            check(both, {"left": left, "right": right}, expected(sign, left, right))
            check(on_left, {"right": right}, expected(sign, left, right))
            check(on_right, {"left": right}, expected(sign, right, left))


@pytest.mark.parametrize("sign", TABLE["binary"])
def test_two_constants(sign: str) -> None:
    for left in OPERANDS[::2]:
        for right in OPERANDS[1::2]:
            check(compiled(f"{literal(left)} {sign} {literal(right)}"), {}, expected(sign, left, right))


@pytest.mark.parametrize("sign", TABLE["unary"])
def test_every_operand(sign: str) -> None:
    read = compiled(f"{sign} record.operand")
    for operand in OPERANDS:
        check(read, {"operand": operand}, expected_of_one(sign, operand))
        check(compiled(f"{sign} {literal(operand)}"), {}, expected_of_one(sign, operand))
