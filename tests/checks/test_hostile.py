"""Templates and schemas that are meant to keep the checker busy: it says what is so, in calls that can be counted."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.calls import Calls
from recordmap import Engine

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "hostile.yaml").read_text(encoding="utf-8"))
HEAD = "recordmap: 1\ncollection: Main\noperation: add\nsource: t/source\ndestination: t/into\nfields:\n"
CONDITIONS = {f"b{number}": {"type": "boolean"} for number in range(50)}


def text_of(parts: list[Any]) -> str:
    """Return parts put together."""
    made = []
    for part in parts:
        text, times = (part, None) if isinstance(part, str) else part
        numbers = range(*times) if isinstance(times, list) else range(times or 0)
        made += (
            [text]
            if times is None
            else [text.replace("{n}", str(at)).replace("{m}", str(at - 1)) for at in numbers]
        )
    return "".join(made)


def schema_of(properties: list[Any], definitions: list[Any]) -> dict[str, Any]:
    own = json.loads(f"{{{text_of(properties)}}}")
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**CONDITIONS, **own},
        "required": [*CONDITIONS, *own],
        "definitions": json.loads(f"{{{text_of(definitions)}}}"),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_hostile(case: dict[str, Any]) -> None:
    template = HEAD + text_of(case["fields"])
    if "lookups" in case:
        template += "lookups:\n" + text_of(case["lookups"])
    into = json.loads(f"{{{text_of(case.get('destination', []))}}}")
    schemas = {
        "t/source": schema_of(case["source"], case.get("definitions", [])),
        "t/into": {"type": "object", "properties": into},
    }
    engine = Engine.from_collections([template], schemas=schemas)
    if "mb" in case:
        tracemalloc.start()
    try:
        with Calls(case["calls"] * 1000):
            findings = engine.check()
        peak = tracemalloc.get_traced_memory()[1] if "mb" in case else 0
    finally:
        tracemalloc.stop()
    assert sorted({one.code for one in findings}) == case["finds"]
    assert peak <= case.get("mb", 0) * 1_000_000
