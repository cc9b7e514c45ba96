"""Findings as cases: the text around them stays, and they say what the record was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from language.ways import identical
from properties.strategies import json_values
from recordmap import ConfigurationError, Engine
from recordmap.casebook import run_cases
from recordmap.diagnostics.findings import Findings
from recordmap.fuzz.casefile import save
from recordmap.fuzz.promises import Promises
from recordmap.fuzz.search import Finding, search
from recordmap.fuzz.subject import Subject
from recordmap.template.nodes import plain
from recordmap.template.reader import read
from recordmap.template.writer import block

CASES = yaml.safe_load((Path(__file__).parent / "casefiles.yaml").read_text(encoding="utf-8"))
SCHEMAS = {
    "source": '{"properties": {"a": {"type": "string"}}}',
    "into": '{"properties": {"A": {"type": "string", "maxLength": 2}}}',
}
TEMPLATE = """recordmap: 1
collection: Main
operation: add
source: t/source
destination: t/into
fields: {A: {source: a}}
"""
INTEGRATION = """recordmap: 1
integration: test
source: {connector: klaviyo, schema: t/source, external_id: a}
destination: {connector: store, schema: t/into}
add: Main
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "schemas" / "t"
    folder.mkdir(parents=True)
    for name, text in SCHEMAS.items():
        (folder / f"{name}.schema.json").write_text(text)
    (tmp_path / "main.yaml").write_text(TEMPLATE)
    (tmp_path / "integration.yaml").write_text(INTEGRATION)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(project: Path) -> tuple[Engine, Finding]:
    engine = Engine.load(project)
    subject = Subject.of(engine, "Main")
    (finding,) = search(subject, Promises(engine, subject), examples=60).findings
    return engine, finding


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_finding_is_added(project: Path, case: dict[str, Any]) -> None:
    file = project / "main.cases.yaml"
    if case["before"] is not None:
        file.write_bytes(case["before"].encode())
    engine, finding = found(project)
    if "refused" in case:
        with pytest.raises(ConfigurationError, match=case["refused"]):
            save(engine, finding)
        assert file.read_bytes() == case["before"].encode()
        return
    assert save(engine, finding) == Path("main.cases.yaml")
    assert file.read_bytes().decode() == case["after"]
    assert [one.name for one in project.iterdir() if one.name.startswith(".")] == []
    ours = [one for one in run_cases(Engine.load(project)) if one.case.given == {"a": "aaa"}]
    assert [one.passed for one in ours] == [True]


def test_a_file_that_cannot_be_written(project: Path) -> None:
    (project / "main.cases.yaml").mkdir()
    engine, finding = found(project)
    with pytest.raises(ConfigurationError, match=r"main\.cases\.yaml"):
        save(engine, finding)


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_records = json_values(
    _texts
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)


@example({"k" * 2_000: {"j" * 1_000: [{"\u00e4" * 1_025: "v"}]}})
@given(st.dictionaries(_texts, _records, max_size=4))
def test_yaml_gives_back_the_record(record: dict[str, Any]) -> None:
    findings = Findings(None)
    node = read("\n".join(block({"given": record})), findings)
    assert not list(findings)
    assert node is not None
    assert identical(plain(node), {"given": record})
