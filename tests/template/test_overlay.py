"""Overlays: what comes of two files, and which of the two a finding is in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_files.support import read_yaml
from recordmap.diagnostics import TemplateError
from recordmap.diagnostics.findings import Findings
from recordmap.diagnostics.layers import is_overlaid
from recordmap.engine import Engine
from recordmap.template.nodes import Mapping, plain
from recordmap.template.overlay import lay, parse_overlay
from recordmap.template.reader import read

CASES = read_yaml(Path(__file__).parent / "overlays.yaml")
HEAD = {"recordmap": 1, "collection": "Mine", "operation": "add", "source": "any", "destination": "any"}
TEMPLATE = """\
recordmap: 1
collection: Mine
operation: add
source: any
destination: any
fields:
  Name: {level: required, source: name}
  City: {source: city, formula: trim(value)}
"""


def laid(template: dict[str, Any], overlay: dict[str, Any]) -> Mapping:
    base = read(json.dumps({**HEAD, **template}), Findings(None))
    above, findings = parse_overlay(json.dumps({"recordmap": 1, "overlay": "Mine", **overlay}), "o.yaml")
    assert isinstance(base, Mapping)
    assert above is not None
    assert not list(findings)
    whole = lay(base, above)
    assert not list(findings)
    return whole


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_laying_over(case: dict[str, Any]) -> None:
    whole = plain(laid(case["template"], case["overlay"]))
    assert isinstance(whole, dict)
    assert {key: whole[key] for key in case["gives"]} == case["gives"]
    for section in ("fields", "custom_fields"):  # the order is that of the records
        if section in case["gives"]:
            assert list(whole[section]) == list(case["gives"][section])
    assert "overlay" not in whole
    assert "remove" not in whole


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_overlay_that_says_nothing_changes_nothing(case: dict[str, Any]) -> None:
    assert plain(laid(case["template"], {})) == {**HEAD, **case["template"]}


def test_every_text_keeps_the_place_in_its_own_file() -> None:
    whole = laid({"fields": {"A": {"level": "required", "source": "a"}}}, {"fields": {"A": {"source": "b"}}})
    fields = whole.get("fields")
    assert isinstance(fields, Mapping)
    (name, rule), *_ = fields
    assert isinstance(rule, Mapping)
    overlaid = {key.text: is_overlaid(key.span.start.line) for key, _ in rule}
    assert is_overlaid(name.span.start.line)
    assert overlaid == {"level": False, "source": True}


def engine_of(overlay: str, template: str = TEMPLATE) -> Engine:
    return Engine.from_collections([template, overlay])


def test_a_plan_follows_the_overlay() -> None:
    engine = engine_of("recordmap: 1\noverlay: Mine\nfields:\n  Name: {formula: upper(record.name)}\n")
    assert engine.check() == []
    assert engine.plan("Mine")({"name": "ada", "city": " Linz "}).record == {"Name": "ADA", "City": "Linz"}


def test_the_order_in_which_files_are_read_doesn_t_matter() -> None:
    overlay = "recordmap: 1\noverlay: Mine\nremove: {fields: [City]}\n"
    for texts in ([TEMPLATE, overlay], [overlay, TEMPLATE]):
        plan = Engine.from_collections(texts).plan("Mine")
        assert plan({"name": "Ada", "city": "Linz"}).record == {"Name": "Ada"}


def test_both_files_make_the_version() -> None:
    versions = {
        engine_of(f"recordmap: 1\noverlay: Mine\nfields:\n  Name: {{source: {path}}}\n").plan("Mine").version
        for path in ("a", "b")
    }
    versions.add(Engine.from_collections([TEMPLATE]).plan("Mine").version)
    assert len(versions) == 3


def test_an_overlay_that_can_t_be_read_stops_every_plan() -> None:
    with pytest.raises(TemplateError):
        engine_of("recordmap: 1\noverlay: [\n").plan("Mine")


def test_what_fails_in_a_record_is_shown_in_the_overlay(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(TEMPLATE, encoding="utf-8")
    overlay = tmp_path / "mine.overlay.yaml"
    overlay.write_text(
        "recordmap: 1\noverlay: Mine\nfields:\n  Name: {formula: to_integer_required(record.name)}\n"
    )
    engine = Engine.for_files(tmp_path, [tmp_path / "mine.yaml", overlay])
    record = {"name": "Ada", "city": "Linz"}
    reason = engine.plan("Mine")(record).reason
    assert reason is not None
    assert (reason.line, reason.column, Path(reason.file or "").name) == (4, 19, "mine.overlay.yaml")
    traced = engine.trace("Mine", record)
    assert traced.outcome is not None
    assert traced.outcome.reason == reason
    step = traced.fields[0].steps[0]
    assert (step.line, step.column, step.file) == (4, 19, reason.file)


MANY = 12_000
MANY_SLIPS = {
    "unknown-key": "".join(f"fieldz{number}: 1\n" for number in range(MANY)),
    "unknown-key in a rule": "fields:\n  Name:\n" + "".join(f"    sorce{n}: x\n" for n in range(MANY)),
    "nothing-to-remove": f"remove: {{fields: [{', '.join(f'Nome{number}' for number in range(MANY))}]}}\n",
}


@pytest.mark.parametrize("what", MANY_SLIPS)
def test_many_slips_take_no_square_of_the_time(tmp_path: Path, what: str) -> None:
    """Each is told once. With work for each that grows with their number this takes minutes."""
    (tmp_path / "integration.yaml").write_text("recordmap: 1\nintegration: x\n", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(TEMPLATE, encoding="utf-8")
    text = "recordmap: 1\noverlay: Mine\n" + MANY_SLIPS[what]
    (tmp_path / "mine.overlay.yaml").write_text(text, encoding="utf-8")
    codes = [one.code for one in Engine.load(tmp_path).check()]
    assert codes.count(what.partition(" ")[0]) == MANY
