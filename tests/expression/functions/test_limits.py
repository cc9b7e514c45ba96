"""Arguments that would make huge results fault before anything huge is made."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from recordmap.diagnostics import Fault
from recordmap.expression.functions import limits
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.runtime import operators
from recordmap.schema import record

LONG = "a" * limits.MAX_TEXT
NESTED: list[Any] = [LONG[:1000]]
for _ in range(30):
    NESTED = [NESTED, NESTED, NESTED, NESTED]
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


def call(name: str, *arguments: Any) -> Any:
    return FUNCTIONS[name].call(*arguments)


def chain_of_replacements() -> str:
    text = "a" * 20
    for _ in range(6):
        text = call("replace", text, "a", "a" * 20)
    return text


BOMBS: dict[str, Callable[[], Any]] = {
    "replace chain": chain_of_replacements,
    "replace": lambda: call("replace", LONG, "a", LONG),
    "concat": lambda: call("concat", *[LONG] * 2000),
    "join by long separators": lambda: call("join", ["a"] * 10_000, LONG),
    "join of long entries": lambda: call("join", [LONG] * 10_000, ""),
    "join of many entries": lambda: call("join", [None] * 1_000_000, ""),
    "join of a split": lambda: call("join", call("split", "b," * 9000, ","), LONG),
    "split": lambda: call("split", LONG, "a"),
    "to_text of shared lists": lambda: call("to_text", NESTED),
    "to_text of a long list": lambda: call("to_text", [LONG] * 10_000),
    "to_text of an object": lambda: call("to_text", {str(number): LONG for number in range(50)}),
    "to_text of a deep list": lambda: call("to_text", DEEP[0]),
    "to_text of escapes": lambda: call("to_text", ["\x01" * 99_000]),
    "to_text of a deep small list": lambda: call("to_text", nested(300)),
    "upper": lambda: call("upper", "ΐ" * limits.MAX_TEXT),
    "title": lambda: call("title", "ΐ " * (limits.MAX_TEXT // 2)),
    "lower": lambda: call("lower", "İ" * limits.MAX_TEXT),
}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("bomb", BOMBS)
def test_bomb(bomb: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Fault) as caught:
            BOMBS[bomb]()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == "value-too-large"
    # The arguments that a bomb makes for itself count too: a million nulls. `title` goes word by word.
    assert peak < {"join of many entries": 12, "title": 8}.get(bomb, 3) * 2**20


def test_the_largest_values_pass() -> None:
    half = LONG[: limits.MAX_TEXT // 2]
    assert len(call("concat", half, half)) == limits.MAX_TEXT
    assert len(call("replace", half, "a", "bb")) == limits.MAX_TEXT
    assert len(call("join", [half, half[1:]], "-")) == limits.MAX_TEXT
    assert len(call("split", LONG[: limits.MAX_ENTRIES - 1], "a")) == limits.MAX_ENTRIES
    assert len(call("to_text", [LONG[4:]])) == limits.MAX_TEXT
    assert call("upper", LONG) == LONG.upper()


@pytest.mark.parametrize("text", ["1e9999", "9" * 401, "." * 100_000, "1" * 100_000 + "x"])
@pytest.mark.parametrize("name", ["to_integer", "to_decimal"])
def test_numbers_in_long_texts_stay_cheap(name: str, text: str) -> None:
    tracemalloc.start()
    try:
        assert call(name, text) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_limits_are_those_of_operators() -> None:
    assert limits.MAX_TEXT == operators.MAX_TEXT == record.MAX_TEXT
