"""Searches: what is found in a template, the smallest record for it, and nothing in a template that is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from language.ways import identical
from recordmap import Engine
from recordmap.fuzz.asked import FORESEEN
from recordmap.fuzz.promises import Promises
from recordmap.fuzz.search import Result, search
from recordmap.fuzz.subject import Subject

CASES = yaml.safe_load((Path(__file__).parent / "findings.yaml").read_text(encoding="utf-8"))
HEAD = "recordmap: 1\ncollection: {name}\noperation: {operation}\nsource: t/source\ndestination: {into}\n"
CHILD = "recordmap: 1\ncollection: Child\noperation: add\nchild_of: t/source\neach: a\nsource: t/item\n"


def schema(properties: Any, required: Any = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
    }


def engine_of(case: dict[str, Any]) -> Engine:
    schemas = {
        "t/source": schema(case["fields"], case.get("required", ())),
        "t/into": schema(case["into"], case.get("needs", ())),
    }
    operation = case.get("operation", "add")
    templates = [HEAD.format(name="Main", operation=operation, into="t/into") + case["template"]]
    if "child" in case:
        schemas["t/item"] = case["fields"]["a"]["items"]
        schemas["t/child"] = schema(case["child_into"], case.get("child_needs", ()))
        templates.append(CHILD + "destination: t/child\n" + case["child"])
    return Engine.from_collections(templates, schemas=schemas)


def searched(engine: Engine, name: str = "Main", examples: int = 300, seed: int = 0) -> Result:
    subject = Subject.of(engine, name)
    return search(subject, Promises(engine, subject), examples=examples, seed=seed)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_found(case: dict[str, Any]) -> None:
    found = searched(engine_of(case)).findings
    told = [
        {
            "code": one.breach.reason.code,
            "field": one.breach.reason.field,
            "record": one.trial.record,
            **({"existing": one.trial.existing} if one.trial.existing is not None else {}),
            **({"previous": one.trial.previous} if one.trial.previous is not None else {}),
        }
        for one in found
    ]
    assert json.dumps(told, ensure_ascii=False) == json.dumps(case.get("found", []), ensure_ascii=False)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_check_foresees_what_is_found(case: dict[str, Any]) -> None:
    """Each direction, in small: what the search finds the check has said, and what it passes nobody finds."""
    foreseen = {one.code for one in engine_of(case).check()}
    for one in case.get("found", []):
        findings = FORESEEN.get(one["code"])
        assert findings is None or "unknown" in case or foreseen & findings, (one, foreseen)
    if not case.get("found"):
        assert not foreseen & frozenset().union(*FORESEEN.values())


def test_a_child_collection_is_searched_in_its_parent() -> None:
    case = next(case for case in CASES if "child_needs" in case and "found" in case)
    found = searched(engine_of(case), "Child").findings
    assert [(one.breach.reason.code, one.trial.record, one.trial.parent) for one in found] == [
        ("required-field-missing", {}, {"a": [{}]})
    ]


def test_the_same_seed_tries_the_same_records() -> None:
    engine = engine_of(next(case for case in CASES if case["name"] == "anything at all"))
    one, other = (searched(engine, examples=300, seed=3) for _ in range(2))
    assert (one.ended, one.findings) == (other.ended, other.findings)


def test_the_search_ends_when_it_is_told() -> None:
    engine = engine_of(CASES[0])
    subject = Subject.of(engine, "Main")
    result = search(subject, Promises(engine, subject), examples=500, go_on=lambda result: result.tried < 7)
    assert (result.tried, result.stopped) == (7, True)


SHIPPED = Engine.load(Path(__file__).parents[2] / "collections" / "klaviyo")


@pytest.mark.parametrize("name", SHIPPED.collections)
def test_the_shipped_collections_keep_what_is_promised(name: str) -> None:
    assert searched(SHIPPED, name, examples=600).findings == []


_LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": ["string", "null"], "maxLength": 3},
        {"type": "string", "minLength": 2, "maxLength": 2},
        {"type": "string", "format": "date-time", "maxLength": 4},
        {"type": "integer", "minimum": 3, "maximum": 4.5},
        {"type": ["number", "null"], "minimum": -0.5, "maximum": -0.25},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "null"},
        {"enum": ["a", 1, None, 2.5, True]},
        {"enum": ["a", 1], "type": "string"},
        {"const": 7},
        {},
        {"type": "array"},
        {"type": "object", "additionalProperties": {"type": "integer"}},
    ]
)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda properties, required, extra: {
            "type": ["object", "null"] if extra is None else "object",
            "properties": properties,
            "required": sorted(required & properties.keys()),
            **({} if extra is None else {"additionalProperties": extra}),
        },
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.sets(st.sampled_from("abc")),
        st.none() | st.just(False) | inner,
    )


_schemas = st.recursive(
    _LEAVES,
    lambda inner: _objects(inner) | inner.map(lambda items: {"type": "array", "items": items}),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abcd"), _schemas, max_size=4), st.integers(0, 9))
@settings(max_examples=25)
def test_every_record_fits_its_schema(properties: dict[str, Any], seed: int) -> None:
    """Whatever is tried is a record that the source schema allows, so what is found is never the record's fault."""
    case = {"fields": properties, "required": list(properties)[:2], "into": {"A": {}}, "template": ""}
    picked = " || ".join(properties) or "@"
    asked = f"record.{next(iter(properties))}" if properties else "record"
    case["template"] = f"fields: {{A: {{source: '{picked}', formula: 'value if {asked} else {asked}'}}}}"
    engine = engine_of(case)
    subject = Subject.of(engine, "Main")
    tried = []

    class Watching(Promises):
        def breaches(self, trial: Any) -> Any:
            tried.append(trial.record)
            return super().breaches(trial)

    result = search(subject, Watching(engine, subject), examples=80, seed=seed)
    for record in tried:
        assert engine.misfits("Main", record) == []
    assert result.tried == 80
    assert identical(tried, json.loads(json.dumps(tried)))
