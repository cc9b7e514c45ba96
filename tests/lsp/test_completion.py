"""What is offered at the cursor: cases from `completion.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_files.support import read_yaml
from lsp.support import at_cursor, facts_of, taken, whole
from recordmap.lsp.completion import complete
from recordmap.lsp.vocabulary import Kind

CASES = read_yaml(Path(__file__).parent / "completion.yaml")


def line_of(text: str, number: int) -> str:
    return text.split("\n")[number - 1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_completion(case: dict[str, Any]) -> None:
    kind = Kind(case.get("file", "collection"))
    text, position = at_cursor(whole(kind, case["text"]))
    found = complete(text, position, facts_of(kind))
    labels = [one.label for one in found]
    assert labels == case.get("all", labels)
    assert labels[: len(case.get("first", []))] == case.get("first", [])
    assert set(case.get("holds", [])) <= set(labels)
    assert not set(case.get("never", [])) & set(labels)
    if "take" in case:
        chosen = next(one for one in found if one.label == case["take"])
        assert line_of(taken(text, chosen), position.line) == case["gives"]
    assert case.keys() & {"all", "first", "holds", "never", "take"}
