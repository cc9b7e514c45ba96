"""Running cases, and reading them. The cases are in `cases.yaml` and `faults.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from casebook.project import engine_of, errors_of
from recordmap.casebook import run_cases


def documents(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("case", documents("cases.yaml"), ids=lambda case: case["name"])
def test_cases(case: dict[str, Any], tmp_path: Path) -> None:
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    engine = engine_of(tmp_path, case["template"], case["cases"], case.get("child"))
    assert errors_of(engine) == []
    assert [list(one.differences) for one in run_cases(engine)] == case["differences"]


@pytest.mark.parametrize("case", documents("faults.yaml"), ids=lambda case: case["cases"])
def test_faults(case: dict[str, Any], tmp_path: Path) -> None:
    found = errors_of(engine_of(tmp_path, "fields: {A: {source: x}}\n", case["cases"]))
    assert [one.code for one in found] == case["codes"]
    assert all(case["says"] in one.message and one.hint for one in found)
