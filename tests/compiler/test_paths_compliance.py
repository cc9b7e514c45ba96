"""The published compliance suite of JMESPath, on generated code and on the evaluator behind the trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.path_support import compiled
from recordmap.diagnostics import Fault
from recordmap.expression.caps import ExpressionError
from recordmap.expression.search import search
from recordmap.expression.source import parse_source

FOLDER = Path(__file__).parent.parent / "data" / "jmespath-compliance"
EVALUATORS: dict[str, Callable[[str, Any], Any]] = {
    "plan": lambda text, given: compiled(text)(given),
    "trace": lambda text, given: search(parse_source(text), given),
}
BEYOND_OUR_LIMITS = {
    "sum([z, sum([y,": "26 calls inside each other: 52 levels of brackets, and a source has 50",
    "a[*].b[*].c[*].d[*]": "104 lists inside lists, and a source has 8",
}
"""The deliberate differences, by how the expression begins: two benchmarks, which have no expected result."""


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.json")):
        for suite in json.loads(path.read_text(encoding="utf-8")):
            for number, case in enumerate(suite["cases"]):
                name = f"{path.stem}-{number}-{case['expression'][:40]}"
                yield pytest.param(suite["given"], case, id=name.encode("ascii", "replace").decode())


def strictly(value: Any) -> str:
    """Tell 1, 1.0 and true apart, which Python holds equal."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("given", "case"), list(cases()))
def test_compliance(given: Any, case: dict[str, Any], evaluator: str) -> None:
    evaluate = EVALUATORS[evaluator]
    text = case["expression"]
    if "error" in case or text.startswith(tuple(BEYOND_OUR_LIMITS)):
        with pytest.raises((ExpressionError, Fault)):
            evaluate(text, given)
    else:
        before = strictly(given)
        found = evaluate(text, given)
        assert strictly(found) == strictly(case.get("result", found))
        assert strictly(given) == before


def test_the_suite_is_whole() -> None:
    found = [case.values[1] for case in cases()]
    assert len(found) == 908
    assert sum("result" in case for case in found) == 742
    assert sum("error" in case for case in found) == 150
    assert sum(case["expression"].startswith(tuple(BEYOND_OUR_LIMITS)) for case in found) == 2
