"""Every command as its users meet it: exit code, what goes where, JSON. The cases are in `commands.yaml`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cli.outputs import hold_to_schema
from recordmap.cli.commands import COMMANDS, run
from recordmap.resources import data_folder
from recordmap.starter import make_project

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("commands.yaml").read_text(encoding="utf-8")
)
KEYS = {
    *("name", "run", "folder", "write", "edit", "crlf", "env", "stdin", "exit", "out", "err", "without"),
    *("json", "schema", "kept"),
}
ELSEWHERE = {"apply", "journal", "lsp", "map", "match", "plan", "undo"}
"""Commands with tests of their own."""


def test_every_command_has_cases() -> None:
    assert {case["run"][0] for case in CASES if case["run"]} | ELSEWHERE >= set(COMMANDS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_command(
    case: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    commandline: None,
) -> None:
    assert set(case) <= KEYS
    project = tmp_path / "project"
    make_project(project, "klaviyo")
    prepare(project, case)
    monkeypatch.chdir(tmp_path / case.get("folder", "project"))
    for name, value in case.get("env", {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(case.get("stdin", "").encode())))
    )

    code = run(case["run"])

    out, err = capfd.readouterr()
    assert code == case.get("exit", 0), err or out
    hold(out, case.get("out"))
    hold(err, case.get("err"))
    for text in case.get("without", ()):
        assert text not in out + err
    assert "Traceback" not in err
    hold_to_schema(case["run"], out)
    if "json" in case or "schema" in case:
        check_json(out, case.get("schema"))
    for file, text in case.get("kept", {}).items():
        path = project / file
        assert (path.read_text(encoding="utf-8") if path.exists() else None) == text


def prepare(project: Path, case: dict[str, Any]) -> None:
    for file, text in case.get("write", {}).items():
        path = project / file
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for file, (old, new) in case.get("edit", {}).items():
        text = (project / file).read_text(encoding="utf-8")
        assert old in text
        (project / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    if case.get("crlf"):
        for path in project.glob("*.yaml"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def hold(text: str, parts: list[str] | None) -> None:
    """Require the parts, in this order; without any, nothing at all."""
    if parts is None:
        assert text == ""
        return
    place = 0
    for part in parts:
        found = text.find(part, place)
        assert found >= 0, f"{part!r} is not in\n{text}"
        place = found + len(part)


def check_json(text: str, schema: str | None) -> None:
    document = json.loads(text)
    if schema is not None:
        rules = json.loads((data_folder("schemas") / f"{schema}.schema.json").read_bytes())
        jsonschema.validate(document, rules)
