"""Hostile sources and records: each ends in a value or a fault, with the same steps on plan and trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from compiler.path_support import compiled
from recordmap.diagnostics import Fault
from recordmap.expression.caps import ExpressionError
from recordmap.expression.search import search
from recordmap.expression.source import parse_source
from recordmap.runtime.budget import MAX_DEPTH, MAX_ENTRIES, MAX_STEPS, Budget, bounded, measure

Evaluate = Callable[[str, Any], Any]
EVALUATORS: dict[str, Evaluate] = {
    "plan": lambda text, data: compiled(text)(data),
    "trace": lambda text, data: search(parse_source(text), data),
}


def outcome(evaluate: Evaluate, text: str, data: Any) -> tuple[str, Any]:
    try:
        return "harmless-value", evaluate(text, data)
    except ExpressionError as error:
        return "reject-at-check", error.code
    except Fault as fault:
        return "bounded-error-at-run", fault.code


def nested(levels: int, kind: type) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if kind is list else {"a": value}
    return value


BIG = ["x" * 1000] * 90
MANY = list(range(2, 6002))
DATA: dict[str, Any] = {
    "many": MANY,
    "rows": [{"a": MANY, "b": list(MANY)}] * 3,
    "texts": BIG,
    "text": "x" * 100_000,
    "deep_list": nested(100_000, list),
    "deep_object": nested(100_000, dict),
    "level": nested(MAX_DEPTH, list),
    "too_level": nested(MAX_DEPTH + 1, list),
    "wide": {f"k{number}": number for number in range(6000)},
    "nan": float("nan"),
    "infinite": [float("inf"), 1.0],
    "odd": [object()],
    "long": [10**400, 1.5],
}
ENDS = {
    "many[*]": "value",
    "many[] | [0]": "value-too-large",
    "many[?@ > `2`] | [?@ > `3`]": "value-too-large",
    "[many, many][].[@]": "value-too-large",
    "many[*].[@, @, @]": "value",
    "many[*].[" + "@," * 60 + "@]": "value-too-large",
    "map(&`[" + "1," * 150 + "1]`, many)": "value-too-large",
    "rows[?a == b] | [0].a[0]": "value-too-large",
    "rows[0].a == rows[0].b": "value",
    "rows[*].length(a)": "value",
    "contains(rows, rows[0])": "value-too-large",
    "contains(rows[0].a, `7`)": "value",
    "to_string(many)": "value",
    "to_string(deep_list)": "value-too-large",
    "to_string(deep_object)": "value-too-large",
    "to_string(level)": "value",
    "to_string(too_level)": "value-too-large",
    "to_string([text])": "value-too-large",
    "to_string(nan)": "source-failed",
    "to_string(odd)": "source-failed",
    "to_string(infinite)": "source-failed",
    "type(odd[0])": "source-failed",
    "deep_list == `[]`": "value",
    "deep_list[0] == deep_list": "value-too-large",
    "deep_object.a == deep_object": "value-too-large",
    "deep_list[][][]": "value",
    "join('', texts)": "value",
    "join('', [text, text])": "value-too-large",
    "join(text, many[*].to_string(@))": "value-too-large",
    "[text, text, text, text, text] | length(@)": "value",
    "[text, text, text, text, text, text]": "value-too-large",
    "[@, @, @, @, @] | [0].text": "value",
    "[@, @, @, @, @] | [0].[text, text]": "value-too-large",
    "[many, many, many, many, many, many]": "value-too-large",
    "keys(wide) | length(@)": "value",
    "values(wide)[*]": "value-too-large",
    "wide.*": "value",
    "merge(wide, wide)": "value-too-large",
    "sort(many) | reverse(@)": "value-too-large",
    "sum(infinite)": "value-too-large",
    "sum(long)": "source-failed",
    "avg(long)": "source-failed",
    "abs(nan)": "value-too-large",
    "ceil(nan)": "source-failed",
    "floor(infinite[0])": "source-failed",
    "to_number(text)": "value",
    "reverse(text) == text": "value",
    "[[[@,@],[@,@]],[[@,@],[@,@]]] | [[@,@],[@,@]] | to_string(@)": "value-too-large",
    "rows[0] | [[@,@],[@,@]] | [[@,@],[@,@]] | [@[0] == @[1]]": "value-too-large",
    "[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]": "value-too-large",
}


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("text", ENDS, ids=lambda text: text[:60])
def test_ends(text: str, evaluator: str) -> None:
    end, value = outcome(EVALUATORS[evaluator], text, DATA)
    assert (value if end == "bounded-error-at-run" else "value") == ENDS[text]


@pytest.mark.parametrize(
    "text", [text for text, end in ENDS.items() if end == "value"], ids=lambda text: text[:60]
)
def test_plan_and_trace_count_the_same_steps(text: str) -> None:
    budget = Budget()
    search(parse_source(text), DATA, budget=budget)
    assert compiled(text, with_steps=True)(DATA)[1] == budget.steps


def test_steps_are_of_the_whole_record() -> None:
    budget = Budget()
    source = parse_source("many[*]")
    search(source, DATA, budget=budget)
    assert budget.steps == len(MANY)
    with pytest.raises(Fault, match="more than 10,000 steps"):
        search(source, DATA, budget=budget)
    with pytest.raises(Fault, match="more than 10,000 steps"):
        compiled("many[*]", "many[*]")(DATA)


def test_the_last_step_is_free_to_take() -> None:
    for count, fails in ((MAX_STEPS, False), (MAX_STEPS + 1, True)):
        for evaluate in EVALUATORS.values():
            end, _ = outcome(evaluate, "@[*]", [0] * count)
            assert end == ("bounded-error-at-run" if fails else "harmless-value")


@pytest.mark.parametrize(
    ("value", "entries", "characters"),
    [(None, 1, 0), ("abc", 1, 3), ([], 1, 0), ([1, "ab"], 3, 2), ({"key": ["v"]}, 3, 4)],
)
def test_measure(value: Any, entries: int, characters: int) -> None:
    assert measure(value) == (entries, characters)


def test_measure_counts_shared_parts_each_time() -> None:
    part: Any = ["ab"]
    for _ in range(5):
        part = [part, part]
    assert measure(part) == (63 + 32, 64)


@pytest.mark.parametrize(
    "value",
    [
        [0] * MAX_ENTRIES,
        "x" * 100_001,
        {"x" * 100_001: 1},
        nested(MAX_DEPTH + 1, list),
        nested(100_000, dict),
    ],
    ids=["entries", "characters", "characters of keys", "levels", "many levels"],
)
def test_bounded(value: Any) -> None:
    with pytest.raises(Fault) as caught:
        bounded(value)
    assert caught.value.code == "value-too-large"


def test_bounded_gives_the_value_itself() -> None:
    value = [0] * (MAX_ENTRIES - 1)
    assert bounded(value) is value


def test_faults_hold_no_values() -> None:
    secret = "jane@example.com"
    for text in (
        "sum(@)",
        "abs(@[0])",
        "join('', [@])",
        "keys(@[0])",
        "max([@[0], `1`])",
        "contains(@[0], `1`)",
    ):
        for evaluate in EVALUATORS.values():
            with pytest.raises(Fault) as caught:
                evaluate(text, [secret])
            assert secret not in caught.value.message
