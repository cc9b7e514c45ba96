"""What cases never try. The cases are in `cases.yaml`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from casebook.project import engine_of, errors_of
from recordmap.coverage.places import What
from recordmap.coverage.report import Covered, measure, percent
from recordmap.engine import Engine

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
)


def measured(engine: Engine) -> list[Covered]:
    return measure(engine, [case for _, cases in engine.cases for case in cases], engine.collections)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_never_tried(case: dict[str, Any], tmp_path: Path) -> None:
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    if "schema" in case:
        (tmp_path / "schemas" / "shop").mkdir(parents=True)
        (tmp_path / "schemas" / "shop" / "narrow.schema.json").write_text(json.dumps(case["schema"]))
    engine = engine_of(tmp_path, case["template"], case["cases"], case.get("child"))
    assert errors_of(engine) == []
    main, *below = measured(engine)
    assert [[one.line, one.untried] for one in main.untried] == case["untried"]
    assert [[one.line, one.untried] for child in below for one in child.untried] == case.get("below", [])
    assert {what.value: list(main.counts(what)) for what in What} == case["counts"]
    assert [[one.line, one.left_out] for one in main.left_out] == case.get("left_out", [])
    tried = sum(count for count, _ in case["counts"].values())
    assert main.percent == 100 * tried / len(main.places)


def test_a_place_in_an_overlay_is_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "main.overlay.yaml").write_text(
        "recordmap: 1\noverlay: Main\nfields:\n  A: {source: z, formula: value or 'none'}\n", encoding="utf-8"
    )
    engine_of(tmp_path, "fields: {A: {source: x}}\n", "cases: [{name: a, given: {z: 1}, exact: {A: 1}}]")
    engine = Engine.for_files(tmp_path, sorted(tmp_path.iterdir()))
    assert errors_of(engine) == []
    [main] = measured(engine)
    [place] = main.untried
    assert (Path(place.file or "").name, place.line, place.column) == ("main.overlay.yaml", 4, 36)


def test_nothing_to_try_is_tried_as_a_whole() -> None:
    assert percent([]) == 100
