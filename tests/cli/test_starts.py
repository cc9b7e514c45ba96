"""What a start imports: the time it takes is made of that, and a list of names is the same on every machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recordmap.resources import data_folder
from recordmap.starter import make_project

KLAVIYO = data_folder("collections") / "klaviyo"
TELLING = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
"""
COMMAND = TELLING + "import runpy; runpy.run_module('recordmap', run_name='__main__', alter_sys=True)"
ENGINE = TELLING + "from recordmap import Engine"
SLOW = {
    *("logging", "importlib.metadata", "email", "traceback", "tempfile", "multiprocessing", "hashlib"),
    *("simpleeval", "jsonschema", "msgspec", "rich", "zstandard", "httpx", "sqlalchemy", "phonenumbers"),
    *("email_validator", "re2", "recordmap.trace", "recordmap.sync", "recordmap.connectors.http"),
}
"""Nobody needs these to check templates or to map records. `unittest` and the like would be as bad, and are as far."""


def imported(code: str, *arguments: str) -> set[str]:
    """Return the modules that a process has imported when it ends, beside those of a bare one."""
    bare, full = (
        subprocess.run([sys.executable, "-c", one, *arguments], capture_output=True, text=True, check=True)
        for one in (TELLING + "import runpy", code)
    )
    return set(full.stderr.splitlines()[-1].split()) - set(bare.stderr.split())


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith("recordmap")}


def test_the_version_is_told_without_anything() -> None:
    found = imported(COMMAND, "--version")
    assert ours(found) == {"recordmap", "recordmap.cli", "recordmap.cli.main", "recordmap.cli.standard"}
    needless = {"click", "pathlib", "inspect", "dataclasses", "json", "ast", "signal", "typing"}
    assert not found & (SLOW | needless)


def test_importing_the_engine_reads_and_compiles_nothing() -> None:
    found = imported(ENGINE)
    assert not found & {
        *SLOW,
        "click",
        "yaml",
        "jmespath",
        "orjson",
        "inspect",
        "dataclasses",
        "ast",
        "hashlib",
    }
    rooms = {name.split(".")[1] for name in ours(found) if "." in name}
    assert not rooms & {"expression", "checks", "compiler", "runtime", "schema", "workspace", "batch", "cli"}


@pytest.fixture
def one(tmp_path: Path) -> str:
    path = tmp_path / "one.ndjson"
    path.write_bytes(b'{"id": "1", "attributes": {"email": "ada@example.org"}}\n')
    return str(path)


def test_a_mapped_record_takes_no_more_than_it_needs(one: str) -> None:
    name = "Add Klaviyo Profile TO iPaaS.com"
    found = imported(COMMAND, "map", "-c", name, "--project", str(KLAVIYO), one)
    assert not found & SLOW
    # Sources that are nothing but keys, no cases, one process, no existing records.
    unneeded = {
        "template.cases",
        "compiler.paths",
        "batch.workers",
        "batch.existing",
        "streams.elements",
        "keys",
    }
    assert not found & {f"recordmap.{name}" for name in unneeded}


def test_a_program_that_maps_a_record_takes_no_more_than_it_needs() -> None:
    record = {"id": "1", "attributes": {"email": "ada@example.org"}}
    mapping = f".load({str(KLAVIYO)!r}).plan('Add Klaviyo Profile TO iPaaS.com')({record!r}).record"
    found = imported(f"{ENGINE}; assert Engine{mapping}")
    assert not found & {*SLOW, "click", "orjson", "jmespath", "inspect", "dataclasses", "csv"}
    # No formula calls functions of these families, no file is wrong, and there is no overlay.
    families = {"contact", "dates", "keeping", "lists", "lookups", "numbers", "patterns", "records", "text"}
    assert not found & {f"recordmap.expression.functions.{name}" for name in families}
    unneeded = {
        *("diagnostics.codes", "diagnostics.ignores", "expression.formula_errors"),
        *("template.complaints", "template.ignores", "template.overlay"),
        *("checks.collection_advice", "checks.integration_rules", "checks.cases"),
        *("connector_options", "diagnostics.covered", "checks.match_fields"),
        # Nothing is compared or looked up, and nothing called in a source.
        *("expression.comparing", "expression.formula_operator_types", "expression.source_functions"),
        *("expression.source_call_types", "expression.lookup_types", "template.lookups"),
    }
    assert not found & {f"recordmap.{name}" for name in unneeded}


def test_a_check_compiles_nothing() -> None:
    found = imported(COMMAND, "check", "--project", str(KLAVIYO))
    assert not found & {*SLOW, "orjson", "dataclasses"}
    assert not {name for name in found if name.startswith(("recordmap.compiler.", "recordmap.batch."))}


def test_a_sync_takes_nothing_that_watches_it_unless_asked(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    sync = f"from recordmap.cli.commands import run; run(['sync', '--project', {str(tmp_path)!r}])"
    found = imported(TELLING + sync)
    assert {"recordmap.cli.monitors", "recordmap.sync.poll"} <= found, "it ran until it wanted a key"
    assert not {name for name in found if name.startswith(("opentelemetry", "prometheus_client"))}
    assert not found & {"http.server", "recordmap.monitoring", "recordmap.pages"}
