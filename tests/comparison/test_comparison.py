"""What edits do to records, by examples (`edits.yaml`) and by properties: exactly what differs is told."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from language.ways import NOW, identical
from properties.strategies import SCHEMAS, collections, examples, fitting, written
from properties.test_collections import accepted
from recordmap.comparison import revisions
from recordmap.comparison.changes import same_outcome
from recordmap.comparison.compare import Comparison
from recordmap.comparison.difference import Difference, Wishes, compare
from recordmap.comparison.edits import edits
from recordmap.comparison.report import data
from recordmap.comparison.routes import Routes, mapped, nature
from recordmap.comparison.sides import Side, open_side
from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine
from recordmap.runtime.outcome import Outcome
from recordmap.runtime.plan import Plan
from recordmap.starter import make_project
from recordmap.streams.reading import Input

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("edits.yaml").read_text(encoding="utf-8")
)
KEYS = {"name", "base", "edit", "existing", "only", "edits", "rows", "notes", "keys"}


def _apply(folder: Path, changes: dict[str, list[list[str]]]) -> None:
    for name, replacements in changes.items():
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new, 1)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_edit(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(case) <= KEYS
    new = tmp_path / "new"
    old = new / "old"  # so that its files are told apart
    for folder in (new, old):
        make_project(folder, "klaviyo")
        _apply(folder, case.get("base", {}))
    _apply(new, case.get("edit", {}))
    monkeypatch.chdir(new)
    records, customers = new / "records" / "profiles.json", new / "records" / "customers.json"
    wishes = Wishes(case.get("only"), records, customers if case.get("existing") else None)
    found = compare(
        open_side(str(old), new, tmp_path / "a"), open_side(str(new), new, tmp_path / "b"), wishes
    )
    assert [[edit.place, edit.part, edit.name, edit.happened.value] for edit in found.edits] == case["edits"]
    assert sorted(_rows(found), key=str) == sorted(case["rows"], key=str)
    assert list(found.notes) == case.get("notes", [])
    assert found.result is not None
    assert dict(found.result.key_hits) == case.get("keys", {})
    if wishes.existing is None:
        # The same as lines, of which no more is decoded than is needed.
        lines = tmp_path / "profiles.ndjson"
        lines.write_bytes(b"".join(map(_line, orjson.loads(records.read_bytes()))))
        lined = compare(found.old, found.new, Wishes(wishes.collection, lines, patience=0))
        assert data(lined, show_values=True) == data(found, show_values=True) | {"counted_by": "line"}


def _rows(found: Difference) -> Iterator[list[Any]]:
    assert found.result is not None
    for row in found.result.rows.values():
        places = [edit.place for edit in found.causes(row.collection, row.field)]
        yield [row.field, row.way.value, row.count, places]
        assert [one.number for one in row.examples] == sorted({one.number for one in row.examples})
        assert len(row.examples) == min(row.count, 3)


def _side(templates: list[Any]) -> Side:
    engine = Engine.from_collections(written(templates), schemas=SCHEMAS)
    return Side("side", engine, only=templates[0]["collection"])


@given(draws=st.data())
@examples(15)
def test_exactly_what_comes_out_differently_is_told(draws: st.DataObject, tmp_path_factory: Any) -> None:
    """Two random templates, or one and itself with a field taken from another, over random records."""
    old = draws.draw(collections(update=False))
    other = draws.draw(collections(update=False))
    new = [dict(old[0]), *old[1:]] if draws.draw(st.booleans()) else other
    if new is not other:
        fields = dict(new[0].get("fields", {}))
        fields.update(list(other[0].get("fields", {}).items())[:1])
        new[0]["fields"] = fields
    plans = [accepted(templates).plan for templates in (old, new)]
    routes = [Routes({"add": plan}, {plan.name: nature(plan, "Extra")}, None, NOW) for plan in plans]
    records = draws.draw(st.lists(fitting().map(_object), min_size=1, max_size=6))
    lines = b"".join(_line(record) for record in records)
    file = tmp_path_factory.mktemp("records") / "records.ndjson"
    file.write_bytes(lines)
    with Input(file) as stream:
        result = Comparison(*routes).run(stream)
    readable = [orjson.loads(line) for line in lines.splitlines()]
    outcomes = [_outcomes(plans, record) for record in readable]
    differing = [
        number for number, (before, after) in enumerate(outcomes, 1) if not same_outcome(before, after)
    ]
    assert result.changed == len(differing)
    assert {one.number for row in result.rows.values() for one in row.examples} <= set(differing)
    assert set(differing[:1]) <= {one.number for row in result.rows.values() for one in row.examples}
    if differing:
        assert edits(_side(old), _side(new), {})


def _line(record: Any) -> bytes:
    try:
        return orjson.dumps(record) + b"\n"
    except TypeError:  # a lone surrogate, or a number beyond 64 bits
        return b"{}\n"


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {"a": value}


def _outcomes(plans: list[Plan], record: Any) -> tuple[Outcome, Outcome]:
    before, after = (mapped(plan, record, None, NOW) for plan in plans)
    told = [one.reason and one.reason[:2] + one.reason[3:4] for one in (before, after)]
    alike = identical(_sorted(before.record), _sorted(after.record)) and told[0] == told[1]
    assert same_outcome(before, after) == (alike and before.kind is after.kind)
    return before, after


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


@given(st.data())
@examples(15)
def test_a_template_is_no_edit_of_itself(draws: st.DataObject) -> None:
    """Neither as it is, nor with its fields in another order."""
    templates = draws.draw(collections())
    again = [dict(one) for one in templates]
    for template in again:
        for section in ("fields", "custom_fields", "names", "children"):
            if isinstance(template.get(section), dict):
                template[section] = dict(reversed(template[section].items()))
    assert edits(_side(templates), _side(again), {}) == []


def test_sides_that_are_nothing(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    for name, words in {
        "nowhere": "no git revision",
        str(tmp_path / "integration.yaml"): "no template",
    }.items():
        with pytest.raises(ConfigurationError, match=words):
            open_side(name, tmp_path, tmp_path / "scratch")


WAYS = {
    "delivered": "compare what was delivered with what stands here: recordmap diff {}.delivered {}",
    "": "name two folders, or make this a git repository and commit the project",
    "committed": "compare the last commit with what stands here: recordmap diff HEAD {1}{2}",
    "committed delivered": "compare the last commit with what stands here: recordmap diff HEAD {1}{2}, or what was "
    "delivered with what stands here: recordmap diff {0}.delivered {1}",
    "later delivered": "commit it first, name a later revision, or compare what was delivered with what stands here: "
    "recordmap diff {}.delivered {}",
    "later": "commit it first, or name a later revision",
}


@pytest.mark.parametrize("stands", ["in it", "above"])
@pytest.mark.parametrize("has", WAYS)
def test_what_is_advised_is_there(
    has: str, stands: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only commits and deliveries that there are, by names that lead to them from where somebody stands."""
    project = tmp_path / "mine"
    make_project(project, "klaviyo")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    if "delivered" not in has:
        shutil.rmtree(project / ".delivered")
    if "committed" in has or "later" in has:
        if "later" in has:
            (project / "integration.yaml").rename(tmp_path / "kept")
        _committed(project)
        if "later" in has:
            (tmp_path / "kept").rename(project / "integration.yaml")
    monkeypatch.chdir(project if stands == "in it" else tmp_path)
    with pytest.raises(ConfigurationError) as raised:
        open_side("HEAD" if "committed" not in has else "nowhere", project, tmp_path / "scratch")
    names = ("", ".", "") if stands == "in it" else ("mine/", "mine", " --project mine")
    assert raised.value.hint == WAYS[has].format(*names)


def test_a_template_file_stands_for_its_project(tmp_path: Path) -> None:
    project, file = tmp_path / "project", tmp_path / "edited.yaml"
    make_project(project, "klaviyo")
    text = (project / "customer_address_add.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("source: zip", "value: x"), encoding="utf-8")
    old, new = open_side(str(project), project, tmp_path), open_side(str(file), project, tmp_path)
    assert new.only is None
    found = compare(old, new, Wishes(records=project / "records" / "profiles.json"))
    assert found.result is not None
    assert [(row.field, row.count) for row in found.result.rows.values()] == [("Addresses[].PostalCode", 3)]


def test_an_overlay_is_an_edit_in_its_own_file(tmp_path: Path) -> None:
    project, file = tmp_path / "project", tmp_path / "company.overlay.yaml"
    make_project(project, "klaviyo")
    file.write_text(
        "recordmap: 1\noverlay: Add Klaviyo Profile TO iPaaS.com\n"
        "fields:\n  Company:\n    source: attributes.title\n",
        encoding="utf-8",
    )
    old, new = open_side(str(project), project, tmp_path), open_side(str(file), project, tmp_path)
    found = compare(old, new, Wishes(records=project / "records" / "profiles.json"))
    assert [edit.place for edit in found.edits] == [f"{file}:5"]
    assert sorted(_rows(found)) == [
        ["Company", "changed", 2, [f"{file}:5"]],
        ["Company", "emptied", 1, [f"{file}:5"]],
    ]


def test_two_template_files_without_a_project(tmp_path: Path) -> None:
    lines = (
        "recordmap: 1\ncollection: {}\noperation: add\nsource: any\ndestination: any\n"
        "fields: {{A: {{source: {}}}}}\n"
    )
    for name, source in (("one", "a"), ("two", "b")):
        (tmp_path / f"{name}.yaml").write_text(lines.format(name, source), encoding="utf-8")
    (tmp_path / "records.ndjson").write_bytes(
        b'{"a": 1, "b": 1}\n\n{"a": 1, "b": 1.0}\nnothing\n{"a": true, "b": 1}\n'
    )
    sides = [open_side(str(tmp_path / f"{name}.yaml"), tmp_path, tmp_path) for name in ("one", "two")]
    found = compare(sides[0], sides[1], Wishes(records=tmp_path / "records.ndjson"))
    assert found.only == ("one", "two")
    assert found.result is not None
    assert (found.result.records, found.result.changed, found.result.unreadable) == (3, 2, 1)
    assert [one.number for row in found.result.rows.values() for one in row.examples] == [3, 5]


def test_git_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project below the top of its repository, with a lookup table in a file of its own."""
    project = tmp_path / "customers"
    make_project(project, "klaviyo")
    table = "\nlookups: {kinds: {file: tables/kinds.csv, on_miss: keep}}\n\nfields:"
    consent = "marketing.consent"
    _apply(
        project,
        {"customer_add.yaml": [["\nfields:", table], [consent, f"{consent}\n    lookup: kinds"]]},
    )
    (project / "tables").mkdir()
    (project / "tables" / "kinds.csv").write_text("key,value\nSUBSCRIBED,agreed\n", encoding="utf-8")
    (project / "linked.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    _committed(tmp_path)
    (project / "linked.yaml").unlink()
    _apply(project, {"tables/kinds.csv": [["agreed", "yes"]]})
    monkeypatch.chdir(project)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    old, new = open_side("HEAD", project, scratch), open_side(".", project, scratch)
    found = compare(old, new, Wishes(records=project / "records" / "profiles.json"))
    assert [(edit.place, edit.part, edit.name) for edit in found.edits] == [
        ("customer_add.yaml:14", "lookup", "kinds")
    ]
    assert found.result is not None
    assert [(row.field, row.count) for row in found.result.rows.values()] == [("CustomFields.Consent", 3)]
    assert old.commit is not None
    for name in ("--output=x", "HEAD~7", "HEAD:customers"):
        with pytest.raises(ConfigurationError, match="no git revision"):
            open_side(name, project, scratch)


def test_a_repository_of_somebody_else(tmp_path: Path) -> None:
    """Its trees name places outside of it, and its settings programs; neither does anything."""
    project, scratch, told = tmp_path / "project", tmp_path / "scratch" / "a", tmp_path / "told"
    make_project(project, "klaviyo")
    _committed(project)
    blob = bytes.fromhex(_git(project, "rev-parse", "HEAD:integration.yaml"))
    names = (f"{tmp_path}/absolute.yaml", "../above.yaml", "..", "here.yaml")
    entries = [f"100644 {name}".encode() + b"\0" + blob for name in names]
    tree = _git(project, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=b"".join(entries))
    commit = _git(
        project, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit-tree", tree, "-m", "x"
    )
    revisions.export(project, commit, scratch)
    assert [path.name for path in scratch.parent.rglob("*.yaml")] == ["here.yaml"]
    assert not list(tmp_path.glob("*.yaml"))

    asked = tmp_path / "asked.sh"
    asked.write_text(f"#!/bin/sh\ntouch '{told}'\n", encoding="utf-8")
    asked.chmod(0o755)
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": str(tmp_path),
        "remote.origin.uploadpack": str(asked),
        "protocol.file.allow": "always",
    }.items():
        _git(project, "config", name, value)
    missing = _git(project, "rev-parse", "HEAD:customer_add.yaml")
    (project / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    with pytest.raises(ConfigurationError, match=r"customer_add\.yaml"):
        revisions.export(project, "HEAD", scratch)
    assert not told.exists()


def test_more_files_than_a_project_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(tmp_path, "klaviyo")
    _committed(tmp_path)
    for limit in ("_MAX_TOTAL", "_MAX_LIST"):
        with monkeypatch.context() as less:
            less.setattr(revisions, limit, 500)
            with pytest.raises(ConfigurationError) as raised:
                revisions.export(tmp_path, "HEAD", tmp_path / "scratch")
        assert "a project has fewer files" in str(raised.value.hint)


def _committed(folder: Path) -> None:
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    _git(folder, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--message=x")


def _git(folder: Path, *arguments: str, given: bytes | None = None) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, input=given
    )
    return done.stdout.decode().strip()
