"""The shipped schemas in an editor: what yaml-language-server, the one behind most of them, makes of template files.

Run by `make editors`, which installs the server; a plain run of the tests doesn't need Node and leaves this out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_files.support import schema
from data_files.test_schemas import CHANGES, _change
from editors.wire import Client, connected
from recordmap.checking import check_files
from recordmap.starter import make_project

SERVER = Path(os.environ["YAML_LANGUAGE_SERVER"]).resolve()
CONFIGURATION = {"yaml": {"schemaStore": {"enable": False}}}
KINDS = ("collection", "integration", "cases")
FAULTS = [
    path
    for path in sorted((Path(__file__).parents[1] / "faults").glob("*.yaml"))
    # Of a file that can't be read there are no keys, and of `{formula: f(a, 20)}` the server doesn't see the key `20)`.
    if not path.stem.startswith(("yaml-", "formula-syntax_comma"))
]
ROOT = Path(__file__).parents[2]
WRONG_KEY = 513
"""The server's number for a key that its schema doesn't have."""

KEYS = [
    ("collection", "^\n", ""),
    ("collection", "fields:\n  Name:\n    ^\n", "definitions/field_rule"),
    ("collection", "custom_fields:\n  Name:\n    source: a\n    ^\n", "definitions/field_rule"),
    ("collection", "errors:\n  - ^\n", "properties/errors/items"),
    ("collection", "lookups:\n  codes:\n    ^\n", "definitions/lookup"),
    ("collection", "children:\n  - ^\n", "properties/children/items"),
    ("integration", "^\n", ""),
    ("integration", "source:\n  ^\n", "properties/source"),
    ("integration", "destination:\n  ^\n", "properties/destination"),
    ("integration", "match:\n  - ^\n", "definitions/match_rule"),
    ("cases", "^\n", ""),
    ("cases", "cases:\n  - ^\n", "definitions/case"),
]
"""Where keys are typed (^), and the part of the schema that knows them."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editors") / "Prüf stand #1"
    make_project(folder, "klaviyo")
    return folder


@pytest.fixture(scope="module")
def client(project: Path) -> Iterator[Client]:
    with connected(["node", SERVER, "--stdio"], project, configuration=CONFIGURATION) as one:
        yield one


class Page:
    """A file open in the editor, without being on disk; its findings come when it is opened.

    Each has an address of its own, because the server sends findings once more when a file is closed.
    """

    _numbers = count(1)

    def __init__(self, client: Client, folder: Path, text: str) -> None:
        path = folder / f"page-{next(self._numbers)}.yaml"
        self.client, self.text, self.uri = client, text, path.as_uri()
        item = {"uri": self.uri, "languageId": "yaml", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": item})
        published = client.wait("textDocument/publishDiagnostics", lambda one: one["uri"].endswith(path.name))
        self.findings: list[dict[str, Any]] = published["diagnostics"]

    def ask(self, method: str, line: int, character: int) -> Any:
        place = {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": character}}
        return self.client.request(f"textDocument/{method}", place)

    def close(self) -> None:
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})


@pytest.fixture
def opened(client: Client, project: Path) -> Iterator[Any]:
    pages: list[Page] = []

    def open_page(kind: str, text: str) -> Page:
        modeline = f"# yaml-language-server: $schema=schemas/{kind}.schema.json\n"
        pages.append(Page(client, project, modeline + text))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


def resolved(kind: str, node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return {**schema(kind)["definitions"][node["$ref"].rpartition("/")[2]], **node}
    return node


def part_of(kind: str, pointer: str) -> dict[str, Any]:
    node = schema(kind)
    for step in filter(None, pointer.split("/")):
        node = node[step]
    return node


def everything(kind: str, node: dict[str, Any]) -> Any:
    """Return a document with every key that a schema knows, each with its first example."""
    node = resolved(kind, node)
    if node.get("properties"):
        return {key: everything(kind, part) for key, part in node["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        return {"Name": everything(kind, node["additionalProperties"])}
    if node.get("items", {}).get("$ref") or node.get("items", {}).get("properties"):
        return [everything(kind, node["items"])]
    return node["examples"][0]


def described(kind: str, node: dict[str, Any], document: yaml.Node) -> Iterator[tuple[yaml.Mark, str, str]]:
    """Yield each key of a document that a schema describes: its place, its text and what is said of it."""
    node = resolved(kind, node)
    if isinstance(document, yaml.SequenceNode):
        for item in document.value:
            yield from described(kind, node.get("items", {}), item)
    elif isinstance(document, yaml.MappingNode):
        for key, value in document.value:
            part = node.get("properties", {}).get(key.value)
            if part is not None:
                yield key.start_mark, key.value, part["description"]
            other = node.get("additionalProperties")
            yield from described(kind, part or (other if isinstance(other, dict) else {}), value)


def marked(text: str) -> tuple[str, int, int]:
    """Return a text without its cursor ^, and where that stood, counted below the line of the schema."""
    before, _, after = text.partition("^")
    return before + after, before.count("\n") + 1, len(before.rpartition("\n")[2])


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "collections/klaviyo").glob("*.yaml")))
def test_a_fresh_project_finds_its_schemas_and_is_clean(client: Client, project: Path, name: str) -> None:
    page = Page(client, project, (project / name).read_text(encoding="utf-8"))
    assert page.findings == []
    line = page.text.splitlines().index("recordmap: 1")
    hover = page.ask("hover", line, 2)["contents"]["value"]
    assert "Version of the template language" in hover
    assert (project / "schemas").as_uri().rpartition("/")[2] in hover
    page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained_on_hover(kind: str, opened: Any) -> None:
    text = yaml.safe_dump(everything(kind, schema(kind)), sort_keys=False, allow_unicode=True)
    page = opened(kind, text)
    keys = list(described(kind, schema(kind), yaml.compose(text, Loader=yaml.SafeLoader)))
    assert len(keys) > 10
    for mark, key, words in keys:
        hover = page.ask("hover", mark.line + 1, mark.column + 1)
        assert hover, key
        assert words in hover["contents"]["value"].replace("\\", ""), key


@pytest.mark.parametrize(("kind", "text", "pointer"), KEYS, ids=lambda one: re.sub(r"\W+", " ", one)[:40])
def test_every_key_is_offered_with_its_description(kind: str, text: str, pointer: str, opened: Any) -> None:
    text, line, column = marked(text)
    page = opened(kind, text)
    offered = {
        one["label"]: one.get("documentation") for one in page.ask("completion", line, column)["items"]
    }
    known = {key: part["description"] for key, part in part_of(kind, pointer)["properties"].items()}
    missing = {key: words for key, words in known.items() if f"{key}:" not in text}
    for key, words in missing.items():
        said = offered[key]
        assert (said["value"] if isinstance(said, dict) else said).replace("\\", "") == words


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("collection", "operation: ^\n", ["add", "update"]),
        ("collection", "status: ^\n", ["enabled", "disabled"]),
        ("collection", "duplicates: ^\n", ["skip", "allow"]),
        ("collection", "on_change: ^\n", ["add", "replace"]),
        ("collection", "fields:\n  Name:\n    level: ^\n", ["required", "recommended", "optional"]),
        ("collection", "fields:\n  Name:\n    on_empty: ^\n", ["omit", "null", "error"]),
        ("collection", "lookups:\n  codes:\n    on_miss: ^\n", ["error", "null", "keep"]),
        ("integration", "match:\n  - compare: ^\n", ["exact", "email", "phone"]),
    ],
    ids=lambda one: re.sub(r"\W+", " ", one)[-30:] if isinstance(one, str) else "",
)
def test_every_value_of_a_list_is_offered(kind: str, text: str, values: list[str], opened: Any) -> None:
    text, line, column = marked(text)
    items = opened(kind, text).ask("completion", line, column)["items"]
    assert set(values) <= {item["label"].strip('"') for item in items}


def changes() -> list[Any]:
    return [
        pytest.param(CHANGES["documents"][entry["of"]], entry, verdict, id=f"{entry['of']}: {entry['why']}")
        for verdict in ("accepted", "refused")
        for entry in CHANGES[verdict]
        if CHANGES["documents"][entry["of"]]["schema"] in KINDS
    ]


@pytest.mark.parametrize(("start", "entry", "verdict"), changes())
def test_the_editor_judges_as_the_schema_does(
    start: dict[str, Any], entry: dict[str, Any], verdict: str, opened: Any
) -> None:
    document = _change(start["document"], entry)
    page = opened(start["schema"], yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    assert bool(page.findings) == (verdict == "refused")


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_wrong_keys_are_found_where_check_finds_them(client: Client, project: Path, path: Path) -> None:
    """Whatever check calls a wrong key is a wrong key in the editor, and the other way round it is some fault."""
    found = check_files([path])
    modeline = "# yaml-language-server: $schema=schemas/collection.schema.json\n"
    page = Page(client, project, modeline + path.read_text(encoding="utf-8", errors="replace"))
    page.close()
    lines = {one["range"]["start"]["line"] for one in page.findings}
    wrong_keys = {one["range"]["start"]["line"] for one in page.findings if one["code"] == WRONG_KEY}
    assert {one.span.start.line for one in found if one.code == "unknown-key"} <= lines
    assert wrong_keys <= {one.span.start.line for one in found}


def test_the_faults_hold_wrong_keys() -> None:
    assert any("[unknown-key]" in path.read_text(encoding="utf-8", errors="replace") for path in FAULTS)
