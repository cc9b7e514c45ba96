"""Collections made by the benchmarks: with as many fields, as deep paths and as many of them as a curve needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recordmap import Engine, Plan

_HEAD = "recordmap: 1\ncollection: {name}\noperation: add\nsource: {source}\ndestination: {destination}\nfields:\n"


def plan_of_fields(count: int) -> tuple[Plan, dict[str, Any]]:
    """Return a plan of `count` text fields, and a record for it."""
    rules = "".join(f"  Field{number}: {{source: attributes.field_{number}}}\n" for number in range(count))
    texts = {"type": ["string", "null"]}
    schemas = {
        "made/wide": {
            "type": "object",
            "properties": {
                "attributes": {
                    "type": "object",
                    "properties": {f"field_{number}": texts for number in range(count)},
                }
            },
        },
        "made/result": {
            "type": "object",
            "properties": {f"Field{number}": texts for number in range(count)},
        },
    }
    record = {"attributes": {f"field_{number}": f"text {number}" for number in range(count)}}
    return _plan(_head("Wide", "made/wide", "made/result") + rules, schemas), record


def plan_of_depth(depth: int) -> tuple[Plan, dict[str, Any]]:
    """Return a plan of ten texts at the end of paths of `depth` steps that share nothing, and a record for it."""
    rules = ""
    record: dict[str, Any] = {}
    for number in range(10):
        steps = [f"way_{number}", *("further" for _ in range(depth - 1))]
        rules += f"  Field{number}: {{source: {'.'.join(steps)}}}\n"
        value: Any = f"text {number}"
        for step in reversed(steps[1:]):
            value = {step: value}
        record[steps[0]] = value
    texts = {f"Field{number}": {"type": ["string", "null"]} for number in range(10)}
    schemas = {"made/result": {"type": "object", "properties": texts}}
    return _plan(_head("Deep", "any", "made/result") + rules, schemas), record


def collections(count: int, fields: int) -> Iterator[str]:
    """Yield `count` templates of `fields` fields each: paths, formulas and conditions in turn."""
    for number in range(count):
        rules = "".join(f"  Field{index}:\n{_rule(index)}" for index in range(fields))
        yield _head(f"Made {number}", "klaviyo/profile", "any") + rules


def _rule(index: int) -> str:
    match index % 5:
        case 0:
            return f'    source: attributes.properties.made_{index}\n    formula: trim(to_text(value)) or "N/A"\n'
        case 1:
            return f"    source: attributes.properties.made_{index}\n    when: not is_empty(value)\n"
        case 2:
            return '    formula: concat(record.attributes.first_name, " ", record.attributes.last_name)\n'
        case _:
            return f"    source: attributes.location.address1 || attributes.properties.made_{index}\n"


def _head(name: str, source: str, destination: str) -> str:
    return _HEAD.format(name=name, source=source, destination=destination)


def _plan(text: str, schemas: dict[str, Any]) -> Plan:
    engine = Engine.from_collections([text], schemas=schemas)
    (name,) = engine.collections
    return engine.plan(name)
