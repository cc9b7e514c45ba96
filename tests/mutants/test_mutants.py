"""Changes that no case notices. The cases are in `cases.yaml`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from casebook.project import engine_of, errors_of
from properties.strategies import collections, examples, records
from properties.test_collections import accepted
from recordmap.casebook import library_of
from recordmap.compiler.collection import compile_collection
from recordmap.compiler.ground import Library
from recordmap.engine import Engine
from recordmap.frozen import replace
from recordmap.mutants.changes import mutants
from recordmap.mutants.difference import Differences
from recordmap.mutants.judge import judge, percent

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_no_case_notices(case: dict[str, Any], tmp_path: Path) -> None:
    engine = engine_of(tmp_path, case["template"], case["cases"], case.get("child"))
    if "schemas" in case:
        engine = with_schemas(tmp_path, case["schemas"])
    assert errors_of(engine) == []
    scores = judge(engine, [one for _, cases in engine.cases for one in cases], engine.collections)
    survivors = [survivor for score in scores for survivor in score.survivors]
    assert [one.mutant.change for one in survivors] == case["survivors"]
    if "without_effect" in case:
        assert sum(len(score.without_effect) for score in scores) == case["without_effect"]
    noticed = sum(score.noticed for score in scores)
    assert percent(scores) == 100 * noticed / (noticed + len(survivors))
    for one in survivors:
        tells_apart(engine, one)


def with_schemas(folder: Path, schemas: dict[str, Any]) -> Engine:
    for name, schema in schemas.items():
        path = folder / "schemas" / f"{name}.schema.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(schema), encoding="utf-8")
    return Engine.for_files(folder, sorted(folder.glob("*.yaml")))


def tells_apart(engine: Engine, survivor: Any) -> None:
    """The record that is shown does tell the change from the template as it is."""
    library = library_of(engine, None, {survivor.mutant.original.title: survivor.mutant.changed})
    changed = compile_collection(library.collections[survivor.collection], library)
    trial = survivor.trial
    given = (trial.record, trial.existing, trial.parent, None, trial.previous)
    assert changed(*given) != engine.plan(survivor.collection)(*given)


def test_the_same_plan_is_no_change(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, "fields: {A: {source: x}}\n", "cases: [{name: a, given: {}, exact: {}}]")
    assert Differences(engine).between("Main", engine.plan("Main")) is None


@given(st.data())
@examples(6)
def test_every_change_is_a_template_that_ends_every_record(data: st.DataObject) -> None:
    made = accepted(data.draw(collections()))
    materials = made.materials
    library = Library(
        materials.collections, materials.schemas, materials.functions, materials.settings, lambda: ""
    )
    record = data.draw(records)
    for collection in materials.collections.values():
        for mutant in mutants(collection):
            assert mutant.changed != collection
            assert mutant.line >= 1
            changed = {**materials.collections, collection.title: mutant.changed}
            plan = compile_collection(changed[made.plan.name], replace(library, collections=changed))
            outcome = plan(record, now="2024-05-01T09:30:00Z")
            assert outcome.reason is None or outcome.reason.code != "internal-error"
