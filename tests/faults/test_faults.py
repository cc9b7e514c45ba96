"""Faulty templates and exactly what is said about them.

A fault is a file `<slug>.yaml`, or `<slug>_<variant>.yaml`, or a folder of that name when it takes several files.
Each finding is expected by a comment on the line it points at: `# error: [slug]`, one pair of brackets for each.
Where no comment can stand it is at the top of the file: `# error: [slug] at line 5`. What people read is in
`<name>.out`, to the letter; `UPDATE_FAULTS=1 pytest tests/faults` writes these files anew, to be read before they
are committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from recordmap.checking import check_files
from recordmap.diagnostics import Diagnostic, render
from recordmap.diagnostics.codes import CODES, Stage
from recordmap.diagnostics.ignores import MAX_CODES
from recordmap.engine import Engine
from recordmap.expression import caps
from recordmap.project import folder_around, project_files
from recordmap.template import characters, collection, reader

HERE = Path(__file__).parent
BESIDE = {"schemas", "tables", "__pycache__"}
"""Folders that faults refer to, and no faults themselves."""

HEAD = "recordmap: 1\ncollection: Too much\noperation: update\nsource: any\ndestination: any\nfields:\n"


def _large() -> str:
    return f"# error: [file-too-large]\n{HEAD}" + "# a note\n" * (characters.MAX_BYTES // 9)


def _values() -> str:
    # The values before the list are the map itself, two for each key, and the list.
    entries = "    - x\n" * (reader.MAX_NODES - 15)
    return f"{HEAD}  Name:\n{entries}    - x  # error: [file-too-large]\n"


def _fields() -> str:
    fields = "".join(f"  F{number}: {{source: a}}\n" for number in range(collection.MAX_FIELDS))
    return f"{HEAD}{fields}  Last: {{source: a}}  # error: [too-many-fields]\n"


def _ignored() -> str:
    codes = ", ".join(["a"] * (MAX_CODES + 1))
    return f"{HEAD}  Name: {{source: a}}  # recordmap: ignore[{codes}] too many # warning: [ignore-syntax]\n"


def _together() -> str:
    # A name counts in each of the formulas that read it.
    name = f"'{'x' * (caps.MAX_LENGTH - 2)}'"
    fields = "".join(f"  F{number}: {{formula: x}}\n" for number in range(caps.MAX_TOGETHER // len(name) + 1))
    marked = HEAD.replace("Too much", "Too much  # error: [expression-too-long]")
    return f'{marked}{fields}names:\n  x: "{name}"\n'


MADE: dict[str, Callable[[], str]] = {
    "expression-too-long_together": _together,
    "ignore-syntax_many": _ignored,
    "file-too-large": _large,
    "file-too-large_values": _values,
    "too-many-fields": _fields,
}
"""Faults too large to be kept as files."""

RUN_ONLY = {"case-failed", "missing-extra"}
"""Codes that no file gives: of running cases, whose page is run, and of a missing package (tests/checks)."""

MARK = re.compile(r"# (error|warning|note): ((?:\[[a-z-]+\] ?)+)(?:at line (\d+))?")


def faults() -> list[str]:
    files = [path.stem for path in HERE.glob("*.yaml")]
    folders = [path.name for path in HERE.iterdir() if path.is_dir() and path.name not in BESIDE]
    return sorted([*files, *folders, *MADE])


@pytest.fixture
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files of one fault, from the folder that their names in findings are relative to."""
    name: str = request.param
    folder = HERE
    if name in MADE:
        folder = tmp_path
        (folder / f"{name}.yaml").write_text(MADE[name](), encoding="utf-8")
    monkeypatch.chdir(folder)
    return project_files(Path(name)) if (folder / name).is_dir() else [Path(f"{name}.yaml")]


def text_of(file: str | Path) -> str:
    return Path(file).read_text(encoding="utf-8", errors="replace")


def expected(files: list[Path]) -> list[tuple[str, int, str, str]]:
    places = []
    for file in files:
        for number, line in enumerate(text_of(file).split("\n"), 1):
            for severity, slugs, elsewhere in MARK.findall(line):
                at = int(elsewhere or number)
                places += [(file.as_posix(), at, severity, slug) for slug in re.findall(r"[a-z-]+", slugs)]
    return sorted(places)


def places(found: list[Diagnostic]) -> list[tuple[str, int, str, str]]:
    return sorted((one.file or "", one.span.start.line, one.severity.value, one.code) for one in found)


@pytest.mark.parametrize(
    ("files", "name"), [(name, name) for name in faults()], indirect=["files"], ids=faults()
)
def test_fault(files: list[Path], name: str) -> None:
    found = check_files(files)
    shown = render.full(found, lambda file: text_of(file).split("\n"), color=False)
    out = HERE / f"{name}.out"
    text = f"{shown}\n\n{render.summary(found, len(files))}\n"
    if os.environ.get("UPDATE_FAULTS"):
        out.write_text(text, encoding="utf-8")
    assert places(found) == expected(files)
    assert text == out.read_text(encoding="utf-8")
    assert name.partition("_")[0] in {one.code for one in found}
    # Whoever maps asks for errors alone: rules that find none don't run then.
    alone = Engine.for_files(folder_around(files[0]), files).workspace
    wanted = [one for one in places(found) if one[2] == "error"]
    assert places(alone.errors_of([file.as_posix() for file in files])) == wanted
    # Whoever doesn't program is told what to do: by the hint, or by a message that lists what may stand there.
    assert [one.message for one in found if one.hint is None and " must be " not in one.message] == []


def test_every_code_of_checking_has_a_fault() -> None:
    stages = set(Stage) - {Stage.MAPPING, Stage.TRANSFER, Stage.DRIFT}
    codes = {code.slug for code in CODES.values() if code.stage in stages}
    assert codes - {name.partition("_")[0] for name in faults()} == RUN_ONLY


def test_every_output_has_its_fault() -> None:
    assert sorted(path.stem for path in HERE.glob("*.out")) == faults()
