"""Which edits change what a record becomes, so that records are mapped again, and which don't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap import Engine
from recordmap.resources import data_folder
from recordmap.starter import make_project
from recordmap.template.integration import DESTINATION_KEYS, INTEGRATION_KEYS, SOURCE_KEYS
from recordmap.wiring import make_pipeline

EDITS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("version.yaml").read_text("utf-8"))


def version(project: Path) -> str:
    engine = Engine.load(project)
    assert engine.integration is not None
    schema = engine.schemas.load(engine.integration.destination.schema.text)
    return make_pipeline(engine, engine.integration, schema).version


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a lookup in a file, and with a schema of its own that refers to another."""
    folder = tmp_path_factory.mktemp("version") / "project"
    make_project(folder, "klaviyo")
    (folder / "countries.csv").write_text("from,to\nEngland,GB\n", encoding="utf-8")
    with (folder / "customer_address_add.yaml").open("a", encoding="utf-8") as file:
        file.write("lookups:\n  countries: {file: countries.csv, on_miss: keep}\n")
    schemas = folder / "schemas" / "ipaas"
    shutil.copytree(data_folder("schemas") / "ipaas", schemas)
    name = {"definitions": {"name": {"type": ["string", "null"], "maxLength": 50}}}
    (schemas / "parts.schema.json").write_text(json.dumps(name), encoding="utf-8")
    customer = json.loads((schemas / "customer.schema.json").read_text(encoding="utf-8"))
    customer["properties"]["FirstName"] = {"$ref": "parts.schema.json#/definitions/name"}
    (schemas / "customer.schema.json").write_text(json.dumps(customer, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def before(project: Path) -> str:
    return version(project)


@pytest.mark.parametrize(
    "edit", EDITS, ids=lambda edit: f"{edit['what']}: {edit['new']}".strip().replace("\n", " ")
)
def test_an_edit_counts_where_it_changes_what_a_record_becomes(
    project: Path, before: str, edit: dict[str, Any], tmp_path: Path
) -> None:
    edited = tmp_path / "project"
    shutil.copytree(project, edited)
    file = edited / edit.get("file", "integration.yaml")
    text = file.read_text(encoding="utf-8")
    if "old" in edit:
        assert text.count(edit["old"]) == 1, f"{file.name} should hold this once: {edit['old']}"
    else:
        text += "\0"
    file.write_text(text.replace(edit.get("old", "\0"), edit["new"]), encoding="utf-8")
    assert (version(edited) != before) is edit["counts"]


def test_every_key_of_an_integration_is_looked_at() -> None:
    keys = {
        *(
            set(INTEGRATION_KEYS) - {"recordmap", "source", "destination"}
        ),  # there is one version of the language
        *(f"source.{key}" for key in SOURCE_KEYS),
        *(f"destination.{key}" for key in DESTINATION_KEYS),
    }
    assert keys <= {edit["what"] for edit in EDITS}
