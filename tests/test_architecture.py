"""The table of rooms as code: who may import whom, one door per library, no Python among the data."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "engine" / "recordmap"

ENGINE_ROOM = (
    "engine",
    "workspace",
    "delivery",
    "document",
    "outside",
    "found",
    "readings",
    "checking",
    "collector",
    "project",
    "casebook",
    "casefiles",
    "session",
    "starter",
    "wiring",
    "mapping_version",
    "repair",
)
MAY_IMPORT: dict[str, set[str]] = {
    "diagnostics": set(),
    "keys": set(),
    "resources": set(),
    "schema": {"diagnostics"},
    "expression": {"diagnostics", "schema", "keys", "runtime"},
    "template": {"diagnostics", "expression"},
    "checks": {"demands", "diagnostics", "keys", "schema", "expression", "template"},
    "runtime": {"diagnostics"},
    "demands": {"diagnostics", "schema", "template", "runtime"},
    "compiler": {"demands", "diagnostics", "schema", "expression", "template", "runtime"},
    "trace": {"demands", "diagnostics", "schema", "expression", "template", "runtime"},
    "streams": {"diagnostics"},
    "connectors": {"diagnostics", "keys", "streams"},
    "sync": {"diagnostics", "keys", "runtime", "connectors"},
    "sandbox": {"diagnostics"},
    "pages": set(),
}
"""Rooms below the engine, whose modules stand above all of these, and below those of `ABOVE`."""
ABOVE = (
    "cli",
    "batch",
    "comparison",
    "coverage",
    "explain",
    "fuzz",
    "inference",
    "lsp",
    "mapdocs",
    "masking",
    "monitoring",
    "mutants",
    "upgrades",
    "usage",
)
"""Rooms above the engine. None of them imports another, but `cli` starts them, and those below stand on others."""
STANDS_ON = {"comparison": {"batch"}, "masking": {"batch"}, "mutants": {"fuzz"}}
"""Rooms above the engine that use another one."""

FOR_ALL = {"digests", "frozen", "patterns", "replacing", "unseen"}
"""They import nothing, and every room may import them."""

ONLY_DOOR = {
    "yaml": {"template/reader.py"},
    "jsonschema": {"schema"},
    "jmespath": {"expression"},
    "simpleeval": {"expression"},
    "httpx": {"connectors/http.py"},
    "sqlalchemy": {"connectors/store"},
    "alembic": {"connectors/store"},
    "lsprotocol": {"lsp/protocol.py", "lsp/server.py"},
    "pygls": {"lsp/protocol.py", "lsp/server.py"},
    "opentelemetry": {"monitoring/tracing.py"},
    "prometheus_client": {"monitoring/metrics.py"},
    "psycopg": {"connectors/store/postgresql.py"},
    "jinja2": {"pages"},
    "markupsafe": {"pages"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "msgspec": {"batch/narrow.py"},
    "phonenumbers": {"keys"},
    "email_validator": {"keys"},
    "click": {"cli"},
    "rich": {"cli"},
    "tenacity": {"connectors"},
    "watchfiles": {"cli"},
}
STANDARD_LIBRARY_ONLY = ("runtime", "diagnostics")


MOST_LINES = 310
"""Lines of a module: one that grows beyond has more than one job, and is to be taken apart."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import can't be read by this test"
            yield node.module or ""


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def faults(path: Path, names: Iterator[str]) -> Iterator[str]:
    inside = path.relative_to(PACKAGE).as_posix()
    here = room(path)
    for name in names:
        top, _, rest = name.partition(".")
        if top == "recordmap" and rest:
            there = rest.split(".")[0]
            allowed = set() if here in FOR_ALL else MAY_IMPORT.get(here)
            if allowed is not None and there not in {here, *FOR_ALL, *allowed}:
                yield f"{inside} imports {name}"
            may = {here, *STANDS_ON.get(here, ())}
            if there not in may and there in ABOVE and here in (*ENGINE_ROOM, *ABOVE[1:]):
                yield f"{inside} imports {name}"
        doors = ONLY_DOOR.get(top)
        if doors is not None and not any(inside == door or inside.startswith(f"{door}/") for door in doors):
            yield f"{inside} imports {top}, whose only door is {' or '.join(sorted(doors))}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_arrows_point_one_way(path: Path) -> None:
    assert list(faults(path, imports(path))) == []


@pytest.mark.parametrize("name", STANDARD_LIBRARY_ONLY)
def test_floor_rooms_use_the_standard_library_only(name: str) -> None:
    import sys

    for path in (PACKAGE / name).rglob("*.py"):
        outside = {one.split(".")[0] for one in imports(path)} - sys.stdlib_module_names - {"recordmap"}
        assert not outside, f"{path}: {outside}"


def test_a_planted_import_is_caught() -> None:
    path = PACKAGE / "runtime" / "planted.py"
    assert list(faults(path, iter(["recordmap.template.model"]))) == [
        "runtime/planted.py imports recordmap.template.model"
    ]
    assert list(faults(path, iter(["yaml"]))) == [
        "runtime/planted.py imports yaml, whose only door is template/reader.py"
    ]


def test_every_room_is_in_the_table() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - set(ABOVE) <= set(MAY_IMPORT)


@pytest.mark.parametrize("folder", ["collections", "schemas"])
def test_no_python_among_the_data(folder: str) -> None:
    assert not list((ROOT / folder).rglob("*.py")), "a module here would shadow the standard library"


def module(name: str) -> Path | None:
    """Return the file of a module of ours; None for whatever else has that name, and for the face of the package."""
    place = PACKAGE.parent.joinpath(*name.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file() and file != PACKAGE / "__init__.py":
            return file
    return None


def needs(path: Path) -> set[Path]:
    """Return the modules of ours that a module imports, wherever in it, and for types alone as well."""
    found: set[Path | None] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {module(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {module(f"{node.module}.{alias.name}") or module(node.module) for alias in node.names}
    return {one for one in found if one is not None}


def test_no_module_needs_itself_again() -> None:
    """There is an order in which every module can be understood after those that it needs."""
    every = modules()
    assert len(every) > 400
    assert any(needs(path) for path in every)
    graphlib.TopologicalSorter({path: needs(path) for path in every}).prepare()  # raises with the circle


def test_public_names() -> None:
    import recordmap

    assert sorted(recordmap.__all__) == [
        "ConfigurationError",
        "Diagnostic",
        "Engine",
        "Fault",
        "Kind",
        "Outcome",
        "Plan",
        "Position",
        "Reason",
        "RecordmapError",
        "Severity",
        "Span",
        "TemplateError",
    ]


def test_modules_have_one_job_and_so_few_lines() -> None:
    lengths = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
    assert max(lengths.values()) > MOST_LINES / 2  # they are counted
