"""What is said of a trace: reasons, and trees. The cases are in `reasons.yaml` and `trees.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from language.ways import Ways, ways
from recordmap.explain.reasons import no_children, not_written, record_ended
from recordmap.explain.tree import Node, absent_node, field_node
from recordmap.trace.model import RecordTrace


def cases(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return loaded


def traced(case: dict[str, Any]) -> tuple[Ways, RecordTrace]:
    made = ways(*filter(None, (case["template"], case.get("child"))))
    trace = made.trace(case["record"], case.get("existing"))
    assert trace.outcome == made.outcome(case["record"], case.get("existing"))
    return made, trace


@pytest.mark.parametrize("case", cases("reasons.yaml"), ids=lambda case: case["name"])
def test_reasons(case: dict[str, Any]) -> None:
    made, trace = traced(case)
    collections = made.materials.collections
    fields = {one.name: one for one in trace.fields}
    for name, wanted in case.get("fields", {}).items():
        said = not_written(fields[name], trace.file)
        if isinstance(wanted, str):
            assert said == wanted
        else:
            assert all(part in said for part in wanted), said
    assert record_ended(trace) == case.get("ended")
    for child in collections[trace.collection].children:
        below = collections[child.collection.text]
        assert no_children(trace, child.into.text, below) == case["none"][child.into.text]
    whole = "\n".join(lines(absent_node(trace, collections)))
    for sentence in [*case.get("none", {}).values(), *filter(None, [case.get("ended")])]:
        assert sentence in whole


@pytest.mark.parametrize("case", cases("trees.yaml"), ids=lambda case: case["name"])
def test_trees(case: dict[str, Any]) -> None:
    _, trace = traced(case)
    drawn = [line for one in trace.fields for line in lines(field_node(one, trace.file))]
    assert drawn == case["tree"].splitlines()


def lines(node: Node, depth: int = 0) -> Iterator[str]:
    yield "  " * depth + node.text
    for below in node.below:
        yield from lines(below, depth + 1)
