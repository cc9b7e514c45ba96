"""The pages of the codes: complete, what the reference holds, and with examples that are true."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

from recordmap.casebook import run_cases
from recordmap.diagnostics import pages
from recordmap.diagnostics.codes import CODES, Stage
from recordmap.engine import Engine
from recordmap.project import is_cases_file, is_overlay

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "diagnostics.md"
RUNNING = {Stage.MAPPING, Stage.TRANSFER, Stage.DRIFT}
NO_EXAMPLE = {"unreadable-file", "file-too-large", "forbidden-character", "too-deep", "too-many-fields"} | {
    "expression-too-long",
    "missing-extra",
    "not-a-template",
}
"""Codes of checking whose faults can't be shown in a few lines."""

EXAMPLE = re.compile(r"^\*\*(Wrong|Right)\*\*\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# (\S+\.(?:yaml|json))\n", re.MULTILINE)

FRAMES = {
    "collection": {
        "recordmap": "1",
        "collection": "Example",
        "operation": "add",
        "source": "any",
        "destination": "any",
        "fields": "{Name: {source: name}}",
    },
    "integration": {
        "recordmap": "1",
        "integration": "example",
        "source": "{connector: klaviyo, schema: any, external_id: id, watermark: updated}",
        "destination": "{connector: store, schema: any}",
        "match": "[external_id]",
        "update": "Existing",
    },
    "cases": {"recordmap": "1", "collection": "Example"},
    "overlay": {"recordmap": "1", "overlay": "Example"},
}
"""What an example leaves out because it says nothing about the fault."""


class Examples(NamedTuple):
    """The examples of a page, each a text of one or more files."""

    wrong: str
    right: str


def body(slug: str) -> str:
    return (files("recordmap.diagnostics") / "pages" / f"{slug}.md").read_text(encoding="utf-8")


def examples(slug: str) -> Examples | None:
    found = dict(EXAMPLE.findall(body(slug)))
    return Examples(found["Wrong"], found["Right"]) if found else None


def with_examples() -> list[str]:
    return [slug for slug in CODES if examples(slug) is not None]


def framed(name: str, text: str) -> str:
    """Return a file with what its example leaves out, above it."""
    kind = (
        "integration"
        if name == "integration.yaml"
        else "cases"
        if name.endswith(".cases.yaml")
        else "overlay"
        if is_overlay(Path(name))
        else "collection"
    )
    given = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    given |= {"fields"} if "custom_fields" in given else set()
    given |= {"update"} if "add" in given else set()
    return "".join(f"{key}: {value}\n" for key, value in FRAMES[kind].items() if key not in given) + text


def write_project(text: str, folder: Path) -> Engine:
    """Write an example as a project, with the collections that it takes for granted."""
    parts = FILE.split(text)
    named = dict(zip(parts[1::2], parts[2::2], strict=True))
    if not named:
        integration = re.search(r"^match:|^  connector:", text, re.MULTILINE)
        named = {"integration.yaml" if integration else "collection.yaml": text}
    if "integration.yaml" in named and not re.search(
        r"^(add|update):", named["integration.yaml"], re.MULTILINE
    ):
        named["existing.yaml"] = "collection: Existing\noperation: update\n"
    if any(is_cases_file(Path(name)) or is_overlay(Path(name)) for name in named):
        named["example.yaml"] = ""
    for name, content in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(framed(name, content) if path.suffix == ".yaml" else content, encoding="utf-8")
    return Engine.for_files(folder, sorted(folder.glob("*.yaml")))


def found_in(text: str, folder: Path) -> set[str]:
    folder.mkdir()
    engine = write_project(text, folder)
    codes = {one.code for one in engine.check()}
    if not codes and any(not result.passed for result in run_cases(engine)):
        codes.add("case-failed")
    return codes


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    folder = files("recordmap.diagnostics") / "pages"
    assert {entry.name for entry in folder.iterdir()} == {f"{slug}.md" for slug in CODES}


@pytest.mark.parametrize("slug", CODES)
def test_a_page_says_what_it_is_about(slug: str) -> None:
    text = pages.page(slug)
    code = CODES[slug]
    assert text.startswith(f"# {slug}\n\n*{code.title}* ({code.severity}, found when {code.stage})\n\n")
    assert "**What to do.**" in text
    assert text.endswith("\n")
    assert max(map(len, body(slug).splitlines())) <= 125


@pytest.mark.parametrize("slug", CODES)
def test_a_page_has_what_its_stage_needs(slug: str) -> None:
    if CODES[slug].stage in RUNNING:
        assert "**What happened.**" in body(slug)
    else:
        assert (examples(slug) is None) == (slug in NO_EXAMPLE)


def test_no_page_of_an_unknown_code() -> None:
    with pytest.raises(KeyError):
        pages.page("no-such-code")


@pytest.mark.parametrize("slug", with_examples())
def test_the_wrong_example_has_this_fault_and_the_right_one_none(slug: str, tmp_path: Path) -> None:
    example = examples(slug)
    assert example is not None
    assert found_in(example.wrong, tmp_path / "wrong") == {slug}
    assert found_in(example.right, tmp_path / "right") == set()


@pytest.mark.parametrize(
    "slug", [slug for slug in CODES if examples(slug) is None and YAML.search(body(slug))]
)
def test_other_yaml_on_a_page_is_a_template(slug: str, tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("from,to\nVienna,W\n", encoding="utf-8")
    for number, text in enumerate(YAML.findall(body(slug))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "regions.csv").write_text("from,to\nVienna,W\n", encoding="utf-8")
        assert write_project(text, folder).check() == []


def test_the_reference_is_what_the_pages_say() -> None:
    text = pages.reference()
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert headings == list(CODES)
    assert all(f"(#{slug})" in text for slug in CODES)
    assert REFERENCE.read_text(encoding="utf-8") == text, "make docs writes it anew"
