"""The documentation as tests: templates check clean, Python runs, commands exist and print what is shown, links lead
somewhere, and every command, function and code has its section.

`docs/contributing.md` says how blocks of code are marked for this.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import recordmap
from documentation.pages import PAGES, ROOT, Block, all_blocks, anchors, blocks, code_spans, links
from documentation.terminal import Terminal, commands, compare
from recordmap import Engine
from recordmap.casebook import run_cases
from recordmap.cli.commands import COMMANDS, cli
from recordmap.diagnostics.codes import CODES
from recordmap.diagnostics.machine import url
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.project import INTEGRATION_FILE
from recordmap.starter import make_project
from test_architecture import ENGINE_ROOM, MAY_IMPORT

REFERENCE = ROOT / "docs" / "reference"
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))
GENERATED = GENERATE["PAGES"]
WHOLE = re.compile(r"^recordmap: 1$", re.MULTILINE)


def shown(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def place(block: Block) -> str:
    return block.place


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_current(name: str) -> None:
    """`make docs` writes them."""
    assert (REFERENCE / name).read_text(encoding="utf-8") == GENERATED[name]()


def test_the_mapping_documents_of_the_shipped_collections_are_current() -> None:
    """`make docs` writes them; whatever else lies beside them belongs to no collection."""
    folder = ROOT / "docs" / "collections"
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert there == GENERATE["collections"]()


# Blocks of code


@pytest.mark.parametrize("block", [one for one in all_blocks("yaml") if WHOLE.search(one.text)], ids=place)
def test_a_whole_file_checks_clean_or_gives_its_code(block: Block, tmp_path: Path) -> None:
    name = write_with_its_project(block, tmp_path)
    engine = Engine.load(tmp_path, connectors=block.values.get("connectors", "").split(","))
    found = [one for one in engine.check() if one.file and Path(one.file).resolve() == tmp_path / name]
    codes = {one.code for one in found}
    if not found:
        cases = [one for one in run_cases(engine) if one.file and Path(one.file).name == name]
        codes = {"case-failed" for one in cases if not one.passed}
    assert codes == {block.values[key] for key in ("wrong",) if key in block.values}, found


def write_with_its_project(block: Block, folder: Path) -> str:
    """Write a block and the files that belong to it: those that its page names, or the shipped project's."""
    if "file" in block.values:
        home = Path(block.values["file"]).parent
        for one in blocks(block.page):
            path = Path(one.values.get("file", "/"))
            if path.is_relative_to(home):
                (folder / path.relative_to(home)).write_text(one.text, encoding="utf-8")
        return Path(block.values["file"]).name
    make_project(folder, "klaviyo")
    if re.search("^integration:", block.text, re.MULTILINE):
        name = INTEGRATION_FILE
    elif re.search("^cases:", block.text, re.MULTILINE):
        name = "block.cases.yaml"
    elif re.search("^overlay:", block.text, re.MULTILINE):
        name = "block.overlay.yaml"
    else:
        name = "block.yaml"
        title = re.search("^collection: .*$", block.text, re.MULTILINE)
        for path in folder.glob("*.yaml"):
            # A page may show a delivered collection changed: it then stands for the delivered one.
            if (
                title
                and not path.name.endswith(".cases.yaml")
                and f"\n{title[0]}\n" in path.read_text("utf-8")
            ):
                path.unlink()
    (folder / name).write_text(block.text, encoding="utf-8")
    return name


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_what_a_page_shows_comes_out(page: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.follow(blocks(page))
    finally:
        terminal.close()


@pytest.mark.parametrize("block", all_blocks("json", "toml"), ids=place)
def test_json_and_toml_can_be_read(block: Block) -> None:
    (json if block.language == "json" else tomllib).loads(block.text)


def test_blocks_are_marked_with_known_words() -> None:
    known = {"run", "background", "output"}
    keys = {"wrong", "file", "apply", "connectors"}
    languages = {"console", "diff", "dockerfile", "ini", "json", "mermaid", "python", "text", "toml", "yaml"}
    for block in all_blocks():
        assert block.language in languages, f"{block.place}: {block.language or 'no language'}"
        assert block.words <= known, block.place
        assert block.values.keys() <= keys, block.place


# Commands


def written_commands() -> Iterator[tuple[str, str]]:
    for block in all_blocks("console"):
        yield from ((block.place, command) for command, _ in commands(block))
    for page in PAGES:
        yield from ((shown(page), span) for span in code_spans(page))


RECORDMAP = sorted({(at, text) for at, text in written_commands() if re.match(r"recordmap [a-z-]", text)})
MAKE = sorted({(at, text) for at, text in written_commands() if text.startswith("make ")})


@pytest.mark.parametrize(("at", "text"), RECORDMAP)
def test_commands_and_their_options_exist(at: str, text: str) -> None:
    command: click.Command = cli
    with click.Context(cli) as context:
        options = {"-h", "--help", "--version"}
        for word in shlex.split(text)[1:]:
            name = word.partition("=")[0]
            if name.startswith("-") and name != "-":
                assert name in options, f"{at}: {command.name} has no option {name}"
            elif (
                isinstance(command, click.Group) and (found := command.get_command(context, name)) is not None
            ):
                command = found
                options |= {
                    option
                    for each in command.params
                    if isinstance(each, click.Option)
                    for option in each.opts
                }
            else:
                assert command is not cli, f"{at}: there is no command {name}"


@pytest.mark.parametrize(("at", "text"), MAKE)
def test_targets_of_make_exist(at: str, text: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(shlex.split(text)[1:]) <= {*targets}, at


# Links


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if re.match("[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), f"{target} leads out of the project"
        assert file.exists(), f"there is no {target}"
        if anchor:
            assert anchor in anchors(file), f"{target}: no such heading"


def test_every_page_is_in_an_index() -> None:
    index, shipped = ROOT / "docs" / "README.md", ROOT / "docs" / "collections" / "README.md"
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in (index, shipped)
        for target in links(page)
    }
    assert {page for page in PAGES if page.parent != ROOT} - {index} <= linked


# Completeness


def test_every_command_is_documented() -> None:
    assert {f"recordmap-{name}" for name in COMMANDS} <= anchors(REFERENCE / "cli.md")


def test_every_function_is_documented() -> None:
    assert FUNCTIONS.keys() <= anchors(REFERENCE / "functions.md")


def test_every_code_is_documented_where_findings_say() -> None:
    for code in CODES:
        page, _, anchor = url(code).partition("#")
        assert anchor in anchors(ROOT / page), code


def test_every_public_name_is_documented() -> None:
    text = (REFERENCE / "python-api.md").read_text(encoding="utf-8")
    assert [name for name in recordmap.__all__ if f"`{name}" not in text] == []
    methods = [name for name in vars(Engine) if not name.startswith("_")]
    assert [name for name in methods if f"{name}" not in text] == []


def test_every_variable_of_the_environment_is_documented() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine").rglob("*.py"))
    variables = set(re.findall(r'"((?:RECORDMAP|KLAVIYO)_[A-Z_]+)"', code)) - {"KLAVIYO_FORM"}
    assert {
        one for one in variables if f"`{one}`" not in (REFERENCE / "cli.md").read_text(encoding="utf-8")
    } == set()


def test_the_table_of_rooms_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "design" / "architecture.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")] for line in page.splitlines() if line.startswith("| `")
    ]
    rooms = {row[1].strip("`"): set(re.findall(r"`([a-z]+)`", row[3])) for row in rows}
    assert rooms == MAY_IMPORT
    assert [name for name in ENGINE_ROOM if f"`{name}`" not in page] == []


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


# The tests of the tests: what they must find


@pytest.mark.parametrize(
    ("got", "wanted", "fits"),
    [
        ("a\nb\n", ["a", "b"], True),
        ("a\nb\n", ["a"], False),
        ("a\nb\nc\nd\n", ["a", "...", "d"], True),
        ("a\nb\nc\nd\n", ["...", "b", "...", "d"], True),
        ("a\nb\nc\nd\n", ["...", "d", "...", "b"], False),
        ("a\n", ["a", "...", "a"], False),
        ("a\nb\n", ["..."], True),
        ("1,000 records in 0.8 s (1,250/s)", ["1,000 records in 12.0 s (83/s)"], True),
        ("1,000 records in 0.8 s (1,250/s)", ["999 records in 0.8 s (1,250/s)"], False),
        ("up to 2026-01-01T00:00:00Z", ["up  to 2024-02-03T09:30:01Z"], True),
    ],
)
def test_output_is_compared_loosely_but_not_blindly(got: str, wanted: list[str], *, fits: bool) -> None:
    if fits:
        compare(got, wanted, "here")
    else:
        with pytest.raises(AssertionError):
            compare(got, wanted, "here")
