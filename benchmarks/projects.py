"""The collections that the benchmarks map with, compiled once per process."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from recordmap import Engine, Plan

ROOT = Path(__file__).resolve().parent.parent
KLAVIYO = ROOT / "collections" / "klaviyo"
ADD = "Add Klaviyo Profile TO iPaaS.com"
ADD_FILE = KLAVIYO / "customer_add.yaml"
_HERE = Path(__file__).parent


@cache
def klaviyo_plan() -> Plan:
    """Return the shipped Add collection with its addresses."""
    return Engine.load(KLAVIYO).plan(ADD)


def template(name: str) -> Path:
    """Return the file of a template of the benchmarks."""
    return _HERE / "templates" / f"{name}.yaml"


@cache
def engine_of(name: str, *, typed: bool = True) -> Engine:
    """Return an engine that holds one template of the benchmarks; not `typed`, its schemas say nothing."""
    schemas: dict[str, Any] = {}
    for path in (_HERE / "schemas").glob("*.schema.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        schemas[f"benchmarks/{path.name.removesuffix('.schema.json')}"] = schema if typed else {}
    return Engine.from_collections([template(name)], schemas=schemas)


@cache
def plan_of(name: str, *, typed: bool = True) -> Plan:
    """Return the compiled template of that name."""
    engine = engine_of(name, typed=typed)
    (collection,) = engine.collections
    return engine.plan(collection)
