"""The language by examples, one file a subject: each runs on the plan, on its careful tier and on the trace.

A case has a `collection` (a template; the usual lines may be left out), further ones under `others`, and what stands
around them: `schemas`, `files`, `settings`. Its `examples` say what becomes of a record: `result` (the whole record),
`skipped: true`, or `rejected` (a code, or some of what the reason says). A case that is `refused` has errors with
these codes instead; with `every_field`, one in every field. `!repeat [text, times]` is a long text or list, `!nested
levels` a list in a list and so on.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from language.ways import NOW, Refused, Ways, identical, ways
from recordmap.diagnostics.codes import CODES
from recordmap.runtime.outcome import Kind, Outcome

HERE = Path(__file__).parent / "cases"


class Loader(yaml.SafeLoader):
    """YAML with long and deep values."""


def _repeat(loader: Loader, node: yaml.SequenceNode) -> Any:
    part, times = loader.construct_sequence(node, deep=True)
    return part * times


def _nested(loader: Loader, node: yaml.ScalarNode) -> Any:
    made: Any = []
    for _ in range(int(loader.construct_scalar(node)) - 1):
        made = [made]
    return made


Loader.add_constructor("!repeat", _repeat)
Loader.add_constructor("!nested", _nested)


def cases() -> Iterator[Any]:
    for file in sorted(HERE.glob("*.yaml")):
        for case in yaml.load(file.read_text(encoding="utf-8"), Loader):
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: dict[str, Any]) -> None:
    templates = [case["collection"], *case.get("others", ())]
    around = {key: case.get(key) for key in ("settings", "schemas", "files")}
    if "refused" in case:
        with pytest.raises(Refused) as refused:
            ways(*templates, **around)
        assert refused.value.codes == case["refused"]
        if case.get("every_field"):
            fields = yaml.safe_load(case["collection"])["fields"]
            assert {finding.field for finding in refused.value.findings} == {str(name) for name in fields}
        return
    made = ways(*templates, **around)
    assert case["examples"]
    for example in case["examples"]:
        _check(made, example)


def _copied(inputs: list[Any]) -> list[Any] | None:
    try:
        return copy.deepcopy(inputs)
    except RecursionError:  # deeper than Python itself goes
        return None


def _check(made: Ways, example: dict[str, Any]) -> None:
    inputs = [example.get(key) for key in ("given", "existing", "parent", "previous")]
    before = _copied(inputs)
    outcome = made.outcome(*inputs[:3], example.get("now", NOW), inputs[3])
    assert before is None or identical(inputs, before)
    if "result" in example:
        assert outcome.kind is Kind.MAPPED, outcome
        assert identical(outcome.record, example["result"]), outcome.record
        assert orjson.loads(orjson.dumps(outcome.record)) == outcome.record
    elif "skipped" in example:
        assert outcome.kind is Kind.SKIPPED
        assert outcome.reason is not None
        assert outcome.reason.code == "filtered"
    else:
        _check_rejected(outcome, example["rejected"])


def _check_rejected(outcome: Outcome, expected: Any) -> None:
    assert outcome.kind is Kind.REJECTED, outcome
    assert outcome.reason is not None
    assert outcome.record is None
    expected = {"code": expected} if isinstance(expected, str) else expected
    assert expected["code"] in CODES
    got = {key: getattr(outcome.reason, key) for key in expected}
    assert got == expected
