"""Formulas and record schemas of the collection of attacks end as they may, formulas in the plan as in the trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recordmap import Engine, Kind, TemplateError
from recordmap.schema.record import SchemaError, load_schema

ATTACKS = json.loads((Path(__file__).parent.parent / "data" / "attacks.json").read_text(encoding="utf-8"))
FORMULAS = [one for one in ATTACKS if one["kind"] == "formula"]
PROFILE = {
    "id": "01HXXXX",
    "email": "jane@example.com",
    "phone_number": None,
    "first_name": "Jane",
    "last_name": "Doe",
    "organization": "Example",
    "properties": {},
    "score": 3,
}


def written(parts: list[tuple[str, int]]) -> str:
    return "".join(part * count for part, count in parts)


def ended(text: str, record: dict[str, Any]) -> tuple[str, Any]:
    """Return how a formula ends, and what it gives; each key of the record is a name that it sees."""
    names = "".join(f"  {name}: {name}\n" for name in record)
    head = "recordmap: 1\ncollection: Main\noperation: add\nsource: any\ndestination: any\n"
    field = f"fields:\n  Made: {{formula: {json.dumps(text)}}}\n"
    engine = Engine.from_collections([f"{head}names:\n{names}{field}"])
    try:
        outcome = engine.plan("Main")(record)
    except TemplateError:
        return "reject-at-check", None
    assert engine.trace("Main", record).outcome == outcome
    if outcome.kind is not Kind.MAPPED or outcome.record is None:
        return "bounded-error-at-run", None
    return "harmless-value", outcome.record.get("Made")


def test_there_are_formulas() -> None:
    assert len(FORMULAS) >= 31


@pytest.mark.parametrize("attack", FORMULAS, ids=lambda one: str(one["id"]))
def test_formula(attack: dict[str, Any]) -> None:
    text = attack["text"] or written(attack["parts"])
    long = {name: written(parts) for name, parts in attack.get("input_parts", {}).items()}
    end, value = ended(text, {**attack.get("input", PROFILE), **long})
    assert end in attack.get("ok", [attack["must"]])
    if end == "harmless-value" and "expect" in attack:
        assert json.dumps(value) == json.dumps(attack["expect"])


@pytest.mark.parametrize(
    "attack", [one for one in ATTACKS if one["kind"] == "schema"], ids=lambda one: str(one["id"])
)
def test_schema(attack: dict[str, Any]) -> None:
    assert attack["must"] == "reject-at-check"
    with pytest.raises(SchemaError):
        load_schema("t/one", lambda _: attack["text"].encode())
