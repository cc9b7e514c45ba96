"""Upgrades: cases of one template, other files, and the promise that nothing of a subscriber's is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_files.support import read_yaml
from recordmap.delivery import Delivery, delivered, from_folder, shipped, written
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import Findings
from recordmap.engine import Engine
from recordmap.starter import make_project
from recordmap.template.nodes import Mapping, plain
from recordmap.template.overlay import HOW_TO_REMOVE, lay, parse_overlay
from recordmap.template.reader import read
from recordmap.template.writer import block
from recordmap.upgrades.conflicts import Sayings, changed_by_both
from recordmap.upgrades.edits import edits_between
from recordmap.upgrades.excerpts import Excerpts
from recordmap.upgrades.merge import merge
from recordmap.upgrades.upgrade import prepare

CASES = read_yaml(Path(__file__).parent / "upgrades.yaml")
HEAD = "recordmap: 1\ncollection: Mine\noperation: update\nsource: any\ndestination: any\n"
OVERLAY_HEAD = "recordmap: 1\noverlay: Mine\n"


def delivery(version: str, **files: str) -> Delivery:
    data = {name.replace("__", "."): text.encode() for name, text in files.items()}
    return Delivery("example", version, MappingProxyType(data))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_one_template(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(HEAD + case.get("current", case["old"]), encoding="utf-8")
    overlay = tmp_path / "mine.overlay.yaml"
    if "overlay" in case:
        overlay.write_text(OVERLAY_HEAD + case["overlay"], encoding="utf-8")
    old, new = (delivery(version, mine__yaml=HEAD + case[version]) for version in ("old", "new"))
    if "refused" in case:
        with pytest.raises(ConfigurationError, match=re.escape(case["refused"])) as caught:
            merge(tmp_path, old, new)
        assert caught.value.hint == HOW_TO_REMOVE
        return
    made = merge(tmp_path, old, new)
    assert {one.path: one.action.name.lower() for one in made.steps} == case["steps"]
    assert [one.name for one in made.conflicts] == case.get("conflicts", [])
    steps = {one.path: one.data for one in made.steps}
    was = overlay.read_bytes() if overlay.exists() else None
    now = steps.get("mine.overlay.yaml", was)
    assert (now.decode() if now else None) == (OVERLAY_HEAD + case["becomes"] if "becomes" in case else None)
    if "mine.yaml" in steps and steps["mine.yaml"] is not None:
        assert steps["mine.yaml"].decode() == HEAD + case["new"]


@pytest.mark.parametrize(
    ("before", "current", "after", "steps"),
    [
        ("a", "a", "b", {"x.json": "replace"}),
        ("a", "mine", "b", {"x.json": "keep", "x.json.new": "add"}),
        ("a", "mine", "a", {}),
        ("a", "b", "b", {}),
        (None, None, "b", {"x.json": "add"}),
        (None, "mine", "b", {"x.json": "keep", "x.json.new": "add"}),
        ("a", None, "b", {"x.json": "keep"}),
        ("a", "a", None, {"x.json": "remove"}),
        ("a", "mine", None, {"x.json": "keep"}),
        ("a", None, None, {}),
    ],
)
def test_other_files(
    before: str | None, current: str | None, after: str | None, steps: dict[str, str], tmp_path: Path
) -> None:
    if current is not None:
        (tmp_path / "x.json").write_text(current)
    old, new = (
        delivery(version, **({} if text is None else {"x__json": text}))
        for version, text in (("1", before), ("2", after))
    )
    made = merge(tmp_path, old, new)
    assert {one.path: one.action.name.lower() for one in made.steps} == steps


_PATHS = st.sampled_from(["a", "b", "a.b", 'a."b c"', "x[0]"])
_RULES = st.fixed_dictionaries(
    {"source": _PATHS},
    optional={
        "level": st.sampled_from(["required", "recommended", "optional"]),
        "formula": st.sampled_from(["trim(value)", 'value or "N/A"', "upper(to_text(value))"]),
        "when": st.sampled_from(["value", "value != 'x: y'"]),
        "on_empty": st.sampled_from(["omit", "error"]),
    },
)
_FIELDS = st.dictionaries(st.sampled_from(["A", "B", "C", "D", "E f", "no"]), _RULES, max_size=5)
_TEMPLATES = st.fixed_dictionaries(
    {"fields": _FIELDS},
    optional={
        "custom_fields": st.dictionaries(st.sampled_from(["X", "Y z"]), _RULES, max_size=2),
        "filter": st.sampled_from(["record.a", "record.b"]),
        "errors": st.just([{"when": "record.z", "message": "No: z"}]),
    },
)


def template(text: str) -> Mapping:
    node = read(text, Findings(None))
    assert isinstance(node, Mapping), text
    return node


def means(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with what its keys are when they are not given."""
    return {"level": "optional", "on_empty": "omit", **rule}


@given(_TEMPLATES, _TEMPLATES, _TEMPLATES)
def test_nothing_of_a_subscriber_is_lost_and_the_rest_is_the_vendor_s(
    old: dict[str, Any], mine: dict[str, Any], new: dict[str, Any]
) -> None:
    texts = [HEAD + "\n".join([*block(one), ""]) for one in (old, mine, new)]
    before, current, after = map(template, texts)
    edits = edits_between(before, current)
    name = current.get("collection")
    assert name is not None
    text = Excerpts(texts[1], texts[0]).overlay(name, edits)  # type: ignore[arg-type] - a scalar
    overlay, findings = parse_overlay(text, None)
    assert overlay is not None, text
    assert not list(findings), text
    whole: Any = plain(lay(after, overlay))
    both = {(one.section, one.name) for one in changed_by_both(Sayings(edits, None), before, after)}
    for section in ("fields", "custom_fields"):
        sides = [one.get(section) or {} for one in (old, mine, new, whole)]
        for field in {key for side in sides for key in side}:
            was, ours, theirs, now = (means(side[field]) if field in side else None for side in sides)
            if was == ours:
                assert now == theirs
            elif was == theirs:
                assert now == ours
            elif ours is None:
                assert now is None
                assert theirs is None or (section, field) in both
            else:
                changed = {key for key in {*(was or {}), *ours} if (was or {}).get(key) != ours.get(key)}
                said = changed if was else {*mine[section][field]}
                assert now is not None
                assert {key: now.get(key) for key in said} == {key: ours.get(key) for key in said}


def test_a_project_upgrades_to_itself(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    made = prepare(tmp_path, delivered(tmp_path), shipped("klaviyo"))
    assert (made.steps, made.conflicts, made.errors) == ((), (), ())


def test_an_upgrade_whole(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    update = tmp_path / "customer_update.yaml"
    update.write_text(
        update.read_text().replace("formula: existing.FirstName", "source: attributes.first_name")
    )
    old = delivered(tmp_path)
    text = old.files["customer_update.yaml"].replace(b"existing.FirstName", b'existing.FirstName or "-"')
    new = Delivery("klaviyo", "9", MappingProxyType({**old.files, "customer_update.yaml": text}))
    made = prepare(tmp_path, old, new)
    assert [step.path for step in made.steps] == ["customer_update.overlay.yaml", "customer_update.yaml"]
    ((conflict, effect),) = made.conflicts
    assert (conflict.section, conflict.name) == ("fields", "FirstName")
    assert effect is not None
    assert 0 < effect.differing < effect.records
    assert effect.example is not None
    assert effect.example.yours != effect.example.theirs
    made.write()
    assert update.read_bytes() == text
    assert delivered(tmp_path) == new
    engine = Engine.load(tmp_path)
    assert engine.check() == []
    outcome = engine.plan("Update Klaviyo Profile TO iPaaS.com")(
        {"id": "1", "attributes": {"first_name": "New"}},
        existing={"EmailAddress": "a@example.org", "CustomerNumber": "N/A", "FirstName": "Old"},
    )
    assert outcome.record is not None
    assert outcome.record["FirstName"] == "New"
    assert prepare(tmp_path, delivered(tmp_path), new).steps == ()


def test_an_effect_is_seen_with_what_a_case_brings_along(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    update = tmp_path / "customer_update.yaml"
    update.write_text(update.read_text().replace("existing.FirstName", "previous.attributes.first_name"))
    (tmp_path / "customer_update.cases.yaml").write_text(
        "recordmap: 1\ncollection: Update Klaviyo Profile TO iPaaS.com\ncases:\n"
        "  - name: Said before\n    given: {id: '1', attributes: {}}\n"
        "    previous: {id: '1', attributes: {first_name: Augusta}}\n"
        "    existing: {EmailAddress: a@example.org, CustomerNumber: N/A, FirstName: Ada}\n"
        "    expect: {FirstName: Augusta}\n"
    )
    old = delivered(tmp_path)
    text = old.files["customer_update.yaml"].replace(b"existing.FirstName", b'existing.FirstName or "-"')
    new = Delivery("klaviyo", "9", MappingProxyType({**old.files, "customer_update.yaml": text}))
    ((_, effect),) = prepare(tmp_path, old, new).conflicts
    assert effect is not None
    assert effect.example is not None
    assert (effect.example.yours, effect.example.theirs) == ("Augusta", "Ada")


def test_what_could_not_run_is_told_before_anything_is_written(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    overlay = tmp_path / "customer_update.overlay.yaml"
    overlay.write_text(
        "recordmap: 1\noverlay: Update Klaviyo Profile TO iPaaS.com\nfields:\n  Comment: {formula: note}\n"
    )
    old = delivered(tmp_path)
    named = old.files["customer_update.yaml"].replace(
        b"\nfields:", b"\nnames: {note: attributes.title}\n\nfields:"
    )
    first = Delivery("klaviyo", "8", MappingProxyType({**old.files, "customer_update.yaml": named}))
    (tmp_path / "customer_update.yaml").write_bytes(named)
    for name, data in written(first).items():
        (tmp_path / name).write_bytes(data)
    made = prepare(tmp_path, delivered(tmp_path), old)
    assert {one.code for one in made.errors} == {"unknown-name"}


def test_a_project_that_doesn_t_know_its_delivery_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        delivered(tmp_path)
    assert "--delivered" in str(caught.value.hint)
    (tmp_path / ".delivered").mkdir()
    with pytest.raises(ConfigurationError, match=r"delivery\.json"):
        delivered(tmp_path)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The shipped integration as a delivery of somebody who means harm."""
    made, folder = tmp_path / "made", tmp_path / "hostile"
    make_project(made, "klaviyo")
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns(".*"))
    return folder


def test_a_hostile_delivery_brings_data_and_nothing_else(hostile: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    (hostile / "linked.json").symlink_to(outside)
    (hostile / "tables").symlink_to(tmp_path)
    (hostile / ".delivered").mkdir()
    for name in ("conftest.py", "Makefile", ".delivered/x.yaml", ".envrc", "delivery.json", "README.md"):
        (hostile / name).write_text("anything", encoding="utf-8")
    os.mkfifo(hostile / "pipe.yaml")
    found = from_folder(hostile)
    assert set(found.files) - set(from_folder(tmp_path / "made").files) == {"README.md"}
    label = json.loads(written(found)[".delivered/delivery.json"])
    assert (label["integration"], label["version"]) == ("klaviyo", "hostile")


@pytest.mark.parametrize("how", ["files", "entries", "bytes", "levels"])
def test_a_delivery_of_any_size_is_none(how: str, hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "bytes":
        with (hostile / "large.json").open("wb") as file:
            file.truncate(1_000_000_000)
    elif how == "levels":
        hostile.joinpath(*["d"] * 200).mkdir(parents=True)
    else:
        monkeypatch.setattr(f"recordmap.delivery._MAX_{how.upper()}", 5)
    with pytest.raises(ConfigurationError, match="holds more than"):
        from_folder(hostile)


@pytest.mark.parametrize("name", ["records", "customer_add.yaml", ".delivered/records"])
def test_an_upgrade_writes_through_no_link(name: str, hostile: Path, tmp_path: Path) -> None:
    project, outside = tmp_path / "made", tmp_path / "outside"
    place = project / name
    place.rename(outside)
    place.symlink_to(outside)
    (hostile / "records" / "more.json").write_text("{}", encoding="utf-8")
    add = hostile / "customer_add.yaml"
    add.write_text(add.read_text(encoding="utf-8") + "# newer\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    upgrade = prepare(project, shipped("klaviyo"), from_folder(hostile))
    with pytest.raises(ConfigurationError, match="leads out of the project"):
        upgrade.write()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_was_delivered_is_no_link(tmp_path: Path) -> None:
    make_project(tmp_path / "made", "klaviyo")
    (tmp_path / "made" / ".delivered").rename(tmp_path / "elsewhere")
    (tmp_path / "made" / ".delivered").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match=r"no folder '\.delivered'"):
        delivered(tmp_path / "made")


LABELS = {
    "nested": "[" * 200_000,
    "no text": '{"integration": {"a": 1}, "version": "1"}',
    "a number": '{"integration": "klaviyo", "version": 1}',
    "a list": "[]",
    "large": '{"integration": "klaviyo", "version": "' + "1" * 100_000 + '"}',
    "cut off": '{"integration": "klav',
}


@pytest.mark.parametrize("what", [*LABELS, "a pipe", "a link"])
def test_a_label_that_nobody_wrote_here_is_none(what: str, tmp_path: Path) -> None:
    make_project(tmp_path / "made", "klaviyo")
    label = tmp_path / "made" / ".delivered" / "delivery.json"
    text = label.read_text(encoding="utf-8")
    label.unlink()
    if what in LABELS:
        label.write_text(LABELS[what], encoding="utf-8")
    elif what == "a pipe":
        os.mkfifo(label)  # nobody writes into it: whoever reads it waits for ever
    else:
        (tmp_path / "elsewhere.json").write_text(text, encoding="utf-8")
        label.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ConfigurationError, match=r"'\.delivered/delivery\.json' can't be read"):
        delivered(tmp_path / "made")


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        ("zz.md/mine.txt", "zz.md", "'zz.md' is a folder here, and a file in the delivery"),
        ("zz", "zz/a.md", "'zz' is a file here, and a folder in the delivery"),
        (".delivered/zz.md/x.md", "zz.md", "'.delivered/zz.md' is a folder here, and a file"),
    ],
)
def test_an_upgrade_without_room_writes_nothing(here: str, there: str, told: str, tmp_path: Path) -> None:
    mine, new = tmp_path / "mine", tmp_path / "new"
    make_project(mine, "klaviyo")
    make_project(new, "klaviyo")
    (new / "aa.md").write_text("new", encoding="utf-8")
    for place in (mine / here, new / there):
        place.parent.mkdir(exist_ok=True)
        place.write_text("text", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        prepare(mine, shipped("klaviyo"), from_folder(new)).write()
    assert not (mine / "aa.md").exists(), "nothing at all"


def test_a_file_may_become_a_folder(tmp_path: Path) -> None:
    mine, new = tmp_path / "mine", tmp_path / "new"
    make_project(mine, "klaviyo")
    make_project(new, "klaviyo")
    (new / "customer_add.cases.yaml").unlink()
    (new / "customer_add.cases.yaml").mkdir()
    (new / "customer_add.cases.yaml" / "notes.md").write_text("text", encoding="utf-8")
    prepare(mine, delivered(mine), from_folder(new)).write()
    assert (mine / "customer_add.cases.yaml" / "notes.md").read_text(encoding="utf-8") == "text"
