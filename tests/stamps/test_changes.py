"""What is looked at when templates are checked: with any of it changed, what was found before counts no longer."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml

from recordmap import Engine, Plan, TemplateError
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.fingerprint import ROOMS
from recordmap.frozen import replace
from recordmap.sync.pipeline import Pipeline
from recordmap.wiring import make_pipeline

HERE = Path(__file__).parent
CHANGES = yaml.safe_load((HERE / "changes.yaml").read_text(encoding="utf-8"))
NAME = "Add Sale"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project that nobody checked, with a cache of its own."""
    monkeypatch.setenv("RECORDMAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "recordmap.fingerprint._this", lambda: ("this recordmap",)
    )  # whoever edits it meanwhile
    return Path(shutil.copytree(HERE / "project", tmp_path / "project"))


def stamps(project: Path) -> set[str]:
    return {path.name for path in (project.parent / "cache").rglob("*") if path.is_file()}


def change(
    project: Path, file: str, *, write: str = "", replace: tuple[str, str] = ("", ""), remove: bool = False
) -> None:
    path = project / file
    if remove:
        path.unlink()
    elif write:
        path.write_text(write, encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        assert replace[0] in text
        path.write_text(text.replace(*replace, 1), encoding="utf-8")


def plan_of(project: Path) -> Plan:
    return Engine.load(project).plan(NAME)


def no_rules(*_: object) -> None:
    raise AssertionError("rules are run")


@pytest.mark.parametrize("wanted", CHANGES, ids=[one["name"] for one in CHANGES])
def test_what_rules_see(project: Path, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    plan_of(project)
    before = stamps(project)
    assert len(before) == 1
    change(
        project,
        wanted["file"],
        **{key: wanted[key] for key in ("write", "replace", "remove") if key in wanted},
    )
    if "errors" in wanted:
        for _ in range(2):  # what has errors is never remembered
            with pytest.raises(TemplateError) as raised:
                plan_of(project)
            assert sorted({one.code for one in raised.value.diagnostics}) == wanted["errors"]
            assert stamps(project) == before
        return
    if wanted.get("same"):
        monkeypatch.setattr("recordmap.checks.run_rules", no_rules)
    plan_of(project)
    assert (stamps(project) == before) is wanted.get("same", False)
    monkeypatch.setattr("recordmap.checks.run_rules", no_rules)
    plan_of(project)


def test_a_plan_of_what_was_checked_before_is_the_same(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan_of(project)
    with monkeypatch.context() as patched:
        patched.setattr("recordmap.checks.run_rules", no_rules)
        second = plan_of(project)
    assert (first.code, first.version, first.name) == (second.code, second.version, second.name)
    for record in (
        {"id": "1", "changed": "", "kind": "b", "parts": [{"sku": "a"}]},
        {"id": 5},
        {"id": " "},
        None,
    ):
        assert first(record) == second(record)
    assert Engine.load(project).trace(NAME, {"id": "1", "changed": ""}).outcome.kind.value == "mapped"


def test_a_project_may_lie_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_of(project)
    monkeypatch.setattr("recordmap.checks.run_rules", no_rules)
    plan_of(Path(shutil.copytree(project, project.with_name("moved"))))
    monkeypatch.chdir(project)
    plan_of(Path())


def test_whoever_asks_for_findings_gets_all(project: Path) -> None:
    expected = Engine.load(project).check()
    assert expected, "warnings, but no errors"
    for _ in range(2):
        engine = Engine.load(project)
        engine.plan(NAME)
        assert engine.check() == expected
        assert engine.workspace.flow(engine.collections[NAME]).fields


def test_a_sync_has_the_same_version(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pipeline() -> Pipeline:
        engine = Engine.load(project)
        return make_pipeline(engine, *engine.checked_integration())

    first = pipeline()
    assert len(stamps(project)) == 3  # of the integration, the Add and the Update
    monkeypatch.setattr("recordmap.checks.run_rules", no_rules)
    second = pipeline()
    assert (first.version, first.child_fields) == (second.version, second.child_fields)


def test_only_projects_on_disk_are_remembered(project: Path) -> None:
    """What is passed in has no fingerprint, and programs that make templates would make many stamps."""
    shout = replace(FUNCTIONS["trim"], name="shout")
    Engine.load(project, functions=[shout]).plan(NAME)
    Engine.load(project, schemas={"shop/new": {"type": "object"}}).plan(NAME)
    Engine.for_files(project, []).plan(NAME)
    Engine.from_collections(
        [(project / "part.yaml").read_text(encoding="utf-8")],
        schemas={"shop/order": {}, "shop/part": {}, "shop/piece": {}},
    ).plan("Add Part")
    assert stamps(project) == set()
    Engine.load(project, connectors=["our own"]).plan(NAME)
    Engine.load(project).plan(NAME)
    assert len(stamps(project)) == 2  # names of connectors count, too


def test_threads_and_no_room(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(lambda _: plan_of(project).code, range(16)))
    assert len(codes) == len(stamps(project)) == 1
    monkeypatch.setenv("RECORDMAP_CACHE", "/dev/null")
    assert {plan_of(project).code} == codes
    monkeypatch.setenv("RECORDMAP_CACHE", "off")
    assert {plan_of(project).code} == codes


def test_modules_that_decide_are_in_the_fingerprint() -> None:
    """All of recordmap that a check imports, but for what opens files and prints."""
    code = "import sys; from recordmap import Engine; Engine.load(sys.argv[1]).check(); print(*sys.modules)"
    told = run(
        [sys.executable, "-c", code, str(HERE / "project")], capture_output=True, text=True, check=True
    )
    ours = {name.replace(".", "/") for name in told.stdout.split() if name.startswith("recordmap.")}
    rooms = {f"recordmap/{room}".rstrip("/") for room in ROOMS}
    packages = {one for one in ours if any(other.startswith(f"{one}/") for other in ours)}
    assert {one.rpartition("/")[0] for one in ours - packages} <= rooms
