"""Who says what options a connector has: `options.yaml`, with projects that are checked and opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap import Engine, TemplateError
from recordmap.connectors.memory import MemorySource
from recordmap.diagnostics import Diagnostic, Severity
from recordmap.plugins import built_in

CASES = yaml.safe_load(Path(__file__).with_name("options.yaml").read_text(encoding="utf-8"))
ADD = "recordmap: 1\ncollection: Add\noperation: add\nsource: any\ndestination: any\nfields: {Name: {source: name}}\n"


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Return a case whose project lies in the folder of the test."""
    case: dict[str, Any] = {"destination": {"connector": "store"}, **request.param}
    integration = {
        "recordmap": 1,
        "integration": "example",
        "source": {"schema": "any", "external_id": "id", "watermark": "at", **case["source"]},
        "destination": {"schema": "any", **case["destination"]},
        "match": ["external_id"],
        "add": "Add",
    }
    (tmp_path / "integration.yaml").write_text(json.dumps(integration), encoding="utf-8")
    (tmp_path / "add.yaml").write_text(ADD, encoding="utf-8")
    return case


def test_options_are_judged_by_who_has_them(case: dict[str, Any], tmp_path: Path) -> None:
    got: list[Mapping[str, Any]] = []

    def own(options: Mapping[str, Any], *others: Any) -> Any:
        got.append(options)
        store = built_in("store", "destination")
        return MemorySource([]) if len(others) == 1 else store({}, *others)

    engine = Engine.load(tmp_path, connectors=case.get("loaded", ()))
    assert_told(engine.check(), case.get("check", []))
    expected = case.get("session", [])
    own_ends = [end for end in ("destination", "source") if case[end]["connector"] in case.get("opened", ())]
    try:
        with engine.session(connectors=dict.fromkeys(case.get("opened", ()), own), environ={}) as session:
            session.poll()
    except TemplateError as error:
        assert_told(error.diagnostics, expected)
        assert got == []
    else:
        assert expected == []
        assert got == [case[end]["options"] for end in own_ends]


def assert_told(found: list[Diagnostic], messages: list[str]) -> None:
    told = sorted(one.message for one in found if one.severity is Severity.ERROR)
    assert len(told) == len(messages), told
    assert all(message.startswith(start) for message, start in zip(told, sorted(messages), strict=True)), told
