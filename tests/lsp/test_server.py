"""The server as a process: what an editor says to it, and what it answers, as it stands on the wire."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from editors.wire import Client, ServerError, connected
from recordmap.checking import check_files
from recordmap.starter import make_project

COMMAND = [sys.executable, "-m", "recordmap", "lsp", "--stdio"]
LINE_END = re.compile(r"\r\n|\r|\n")
ADD, CASES, ADDRESS = "customer_add.yaml", "customer_add.cases.yaml", "customer_address_add.yaml"


class Editor:
    """One editor with a project: it opens and changes files, and keeps the findings that come."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.texts: dict[str, str] = {}

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> str:
        self.texts[name] = (self.folder / name).read_text(encoding="utf-8") if text is None else text
        item = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": self.texts[name]}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        return self.texts[name]

    def change(self, name: str, text: str) -> None:
        self.texts[name] = text
        document = {"uri": self.uri(name), "version": 2}
        self.client.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]}
        )

    def close(self, name: str) -> None:
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})

    def findings(self, name: str, code: str | None = "") -> list[dict[str, Any]]:
        """Wait for findings of a file: any, those with a code among them, or (None) that there are none."""

        def wanted(one: dict[str, Any]) -> bool:
            codes = [finding["code"] for finding in one["diagnostics"]]
            return one["uri"] == self.uri(name) and (not codes if code is None else not code or code in codes)

        found: list[dict[str, Any]] = self.client.wait("textDocument/publishDiagnostics", wanted)[
            "diagnostics"
        ]
        return found

    def ask(self, method: str, name: str, needle: str, within: int = 0, **more: Any) -> Any:
        """Ask about the place of a needle in a file, so many UTF-16 units into it."""
        lines = LINE_END.split(self.texts[name][: self.texts[name].index(needle)])
        place = {"line": len(lines) - 1, "character": units(lines[-1]) + within}
        params = {"textDocument": {"uri": self.uri(name)}, "position": place, **more}
        return self.client.request(f"textDocument/{method}", params)

    def actions(self, name: str, *only: str) -> list[dict[str, Any]]:
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 10_000, "character": 0}}
        context = {"diagnostics": [], **({"only": list(only)} if only else {})}
        params = {"textDocument": {"uri": self.uri(name)}, "range": everything, "context": context}
        found: list[dict[str, Any]] = self.client.request("textDocument/codeAction", params)
        return found

    def applied(self, name: str, action: dict[str, Any]) -> str:
        """Return the text of a file in which an action's edits were made, as an editor makes them."""
        text = self.texts[name]
        edits = action["edit"]["changes"][self.uri(name)]
        for edit in sorted(edits, key=lambda one: list(one["range"]["start"].values()), reverse=True):
            start, end = (offset(text, edit["range"][side]) for side in ("start", "end"))
            text = text[:start] + edit["newText"] + text[end:]
        return text


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def offset(text: str, place: dict[str, int]) -> int:
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: place["line"]])
    line = lines[place["line"]] if place["line"] < len(lines) else ""
    part = line.encode("utf-16-le")[: 2 * place["character"]].decode("utf-16-le")
    return len(before) + len(part)


def shown(text: str, place: dict[str, Any]) -> str:
    return text[offset(text, place["start"]) : offset(text, place["end"])]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Prüf stand #1"
    make_project(made, "klaviyo")
    return made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with connected(COMMAND, tmp_path_factory.mktemp("editor")) as one:
        yield one


@pytest.fixture
def editor(client: Client, folder: Path) -> Iterator[Editor]:
    """An editor with a project of its own, at the server that all have in common."""
    one = Editor(client, folder)
    yield one
    for name in one.texts:
        one.close(name)


def test_it_says_what_it_can(editor: Editor) -> None:
    hello = editor.client.hello
    assert hello["serverInfo"]["name"] == "recordmap"
    can = hello["capabilities"]
    assert can["textDocumentSync"]["change"] == 1
    assert can["positionEncoding"] == "utf-16"
    assert all(can[f"{one}Provider"] for one in ("hover", "definition", "documentSymbol", "codeAction"))
    assert {".", '"'} <= set(can["completionProvider"]["triggerCharacters"])


def test_findings_follow_the_text_that_is_not_saved(editor: Editor) -> None:
    text = editor.open(ADD)
    assert editor.findings(ADD) == []
    editor.change(ADD, text.replace("level: required", "levle: required", 1))
    (one,) = editor.findings(ADD, "unknown-key")
    assert one["message"] == "'levle' is not a key of a field rule\ndid you mean 'level'?"
    assert one["severity"] == 1
    assert one["source"] == "recordmap"
    assert shown(editor.texts[ADD], one["range"]) == "levle"
    editor.change(ADD, text)
    assert editor.findings(ADD, None) == []
    assert (editor.folder / ADD).read_text(encoding="utf-8") == text


def test_a_change_is_felt_in_other_files(editor: Editor) -> None:
    text = editor.open(ADDRESS)
    editor.findings(ADDRESS, None)
    editor.change(ADDRESS, text.replace("collection: Add Klaviyo", "collection: Make Klaviyo"))
    (one,) = editor.findings(ADD, "unknown-child-collection")  # which isn't even open
    assert "did you mean 'Make Klaviyo Profile Address TO iPaaS.com'?" in one["message"]
    editor.close(ADDRESS)  # what isn't saved is gone, and so are the findings
    assert editor.findings(ADD, None) == []


def test_files_on_disk_are_watched(folder: Path) -> None:
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    with connected(COMMAND, folder, capabilities=watching) as client:
        editor = Editor(client, folder)
        editor.open(ADD)
        editor.findings(ADD, None)
        assert [one["method"] for one in client.asked] == ["client/registerCapability"]
        (folder / ADDRESS).unlink()
        changes = [{"uri": editor.uri(ADDRESS), "type": 3}]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        assert editor.findings(ADD, "unknown-child-collection")


def test_completion_while_the_file_cannot_be_read(editor: Editor) -> None:
    text = editor.open(ADD)
    editor.change(ADD, text.replace("source: attributes.email", 'source: "attributes.em'))
    assert editor.findings(ADD, "yaml-syntax")
    answer = editor.ask("completion", ADD, '"attributes.em', len('"attributes.em'))
    items = sorted(answer["items"], key=lambda one: one["sortText"])
    first = items[0]
    assert first["label"] == "email"
    assert first["detail"] == "text or null, at most 100 characters, written as email"
    assert "Email address" in first["documentation"]["value"]
    assert shown(editor.texts[ADD], first["textEdit"]["range"]) == "em"
    assert first["textEdit"]["newText"] == "email"


def test_what_was_typed_a_moment_ago_counts(editor: Editor) -> None:
    text = editor.open(ADD)
    editor.change(ADD, text.replace("fields:\n", "names:\n  phone: attributes.phone_number\nfields:\n"))
    editor.change(ADD, editor.texts[ADD].replace('trim(value) or "N/A"', "trim(ph"))
    labels = [one["label"] for one in editor.ask("completion", ADD, "trim(ph", 7)["items"]]
    assert "phone" in labels


def test_hover_signature_and_symbols(editor: Editor) -> None:
    text = editor.open(ADD)
    said = editor.ask("hover", ADD, "trim(value)", 1)
    assert "`trim(text)`" in said["contents"]["value"]
    assert shown(text, said["range"]) == "trim"
    assert editor.ask("hover", ADD, "# Makes", 3) is None
    help_ = editor.ask("signatureHelp", ADD, 'trim(value) or "N/A"', 5)
    assert help_["signatures"][0]["label"] == "trim(text)"
    assert help_["activeParameter"] == 0
    symbols = editor.client.request("textDocument/documentSymbol", {"textDocument": {"uri": editor.uri(ADD)}})
    assert [one["name"] for one in symbols] == ["fields", "custom_fields", "children"]
    assert shown(text, symbols[0]["children"][0]["selectionRange"]) == "EmailAddress"


def test_definition_leads_to_another_file(editor: Editor) -> None:
    editor.open(ADD)
    place = editor.ask("definition", ADD, "Add Klaviyo Profile Address", 5)
    assert place["uri"] == editor.uri(ADDRESS)
    there = (editor.folder / ADDRESS).read_text(encoding="utf-8")
    assert shown(there, place["range"]) == "Add Klaviyo Profile Address TO iPaaS.com"
    editor.open(CASES)
    records = editor.ask("definition", CASES, "records/profiles.json", 3)
    assert records["uri"] == editor.uri("records/profiles.json")


def test_quick_fixes_make_a_clean_file(editor: Editor) -> None:
    text = editor.open(ADD)
    faulty = text.replace("level: required", "levle: required", 1).replace("trim(value)", "trimm(value)")
    editor.change(ADD, faulty)
    actions = editor.actions(ADD)
    titles = [one["title"] for one in actions]
    assert titles == ["write 'level'", "write 'trim'", "Fix all"]
    assert actions[0]["isPreferred"]
    assert actions[0]["diagnostics"][0]["code"] == "unknown-key"
    for title in titles[:2]:
        action = next(one for one in editor.actions(ADD) if one["title"] == title)
        editor.change(ADD, editor.applied(ADD, action))
    assert editor.texts[ADD] == text
    assert editor.actions(ADD) == []
    editor.change(ADD, faulty)
    (all_of_them,) = editor.actions(ADD, "source.fixAll")
    editor.change(ADD, editor.applied(ADD, all_of_them))
    assert editor.findings(ADD, None) == []
    path = editor.folder / ADD
    path.write_text(editor.texts[ADD], encoding="utf-8")
    assert check_files([path]) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_places_are_counted_in_units_of_utf_16(editor: Editor, end: str) -> None:
    text = editor.open(ADD)
    rule = '  FirstName: {description: "\U0001f600 é", levle: optional, formula: "trimm(record.id)"}\n'
    text = text.replace("  FirstName:\n", f"{rule}  LastName2:\n").replace("\n", end)
    editor.change(ADD, text)
    found = editor.findings(ADD, "unknown-key")
    assert {shown(text, one["range"]) for one in found} >= {"levle", "trimm"}
    fixes = {one["title"]: one for one in editor.actions(ADD)}
    assert editor.applied(ADD, fixes["write 'level'"]) == text.replace("levle", "level")
    assert editor.applied(ADD, fixes["write 'trim'"]) == text.replace("trimm", "trim")
    said = editor.ask("hover", ADD, "levle: optional", units("levle: optional, formula"))
    assert "`formula`" in said["contents"]["value"]
    assert shown(text, said["range"]) == "formula"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-32"])
def test_a_client_may_count_otherwise(folder: Path, encoding: str) -> None:
    capabilities = {"general": {"positionEncodings": [encoding]}}
    with connected(COMMAND, folder, capabilities=capabilities) as client:
        assert client.hello["capabilities"]["positionEncoding"] == encoding
        editor = Editor(client, folder)
        head = '  FirstName: {description: "\U0001f600", '
        editor.open(
            ADD, (folder / ADD).read_text().replace("  FirstName:\n", f"{head}levle: a}}\n  Other:\n")
        )
        (one,) = (one for one in editor.findings(ADD) if "levle" in one["message"])
        length = len(head.encode()) if encoding == "utf-8" else len(head)
        assert one["range"]["start"]["character"] == length


def test_other_files_are_left_alone(editor: Editor, tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.yml"
    uri = workflow.as_uri()
    item = {"uri": uri, "languageId": "yaml", "version": 1, "text": "on: push\njobs: {}\n"}
    editor.client.notify("textDocument/didOpen", {"textDocument": item})
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 1}}
    assert editor.client.request("textDocument/hover", place) is None
    assert editor.client.request("textDocument/completion", place) is None
    editor.open(ADD)
    published = editor.client.wait(
        "textDocument/publishDiagnostics", lambda one: one["uri"].startswith(tmp_path.as_uri())
    )
    assert published["uri"] == editor.uri(ADD)  # nothing was said of the other before


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
def test_a_template_without_a_project_is_checked_by_itself(editor: Editor, tmp_path: Path, mark: str) -> None:
    alone = tmp_path / "alone.yaml"
    text = "recordmap: 1\ncollection: A\noperation: add\nsource: any\ndestination: any\nfields: {B: {sorce: c}}\n"
    item = {"uri": alone.as_uri(), "languageId": "yaml", "version": 1, "text": f"{mark}{text}"}
    editor.client.notify("textDocument/didOpen", {"textDocument": item})
    found = editor.client.wait("textDocument/publishDiagnostics", lambda one: one["uri"] == alone.as_uri())
    assert "unknown-key" in {one["code"] for one in found["diagnostics"]}


@pytest.mark.parametrize(
    "text",
    ["", "\ufeff", "\x00", "{" * 5000, "- " * 2000, "a: \ud800", "a" * 1_100_000, "a: " + "[" * 500_000],
)
def test_no_text_ends_it(editor: Editor, text: str) -> None:
    editor.open(ADD, text)
    assert editor.findings(ADD)
    place = {"textDocument": {"uri": editor.uri(ADD)}, "position": {"line": 0, "character": 3}}
    for method in ("hover", "completion", "definition", "signatureHelp"):
        editor.client.request(f"textDocument/{method}", place)
    editor.client.request("textDocument/documentSymbol", {"textDocument": {"uri": editor.uri(ADD)}})
    editor.actions(ADD)


def test_what_is_no_request_is_refused(editor: Editor) -> None:
    with pytest.raises(ServerError):
        editor.client.request("textDocument/unheardOf", {})
    editor.open(ADD)
    assert editor.findings(ADD) == []


NO_PLACES = [
    {"line": -1, "character": 0},
    {"line": 0, "character": -1},
    {"line": 2**31, "character": 0},
    {"line": "x", "character": 0},
    {"line": None, "character": 0},
    {"line": 0},
    {},
    None,
]


def test_what_is_no_place_is_refused_and_not_left_unanswered(editor: Editor) -> None:
    editor.open(ADD)
    document = {"uri": editor.uri(ADD)}
    for place in NO_PLACES:
        for method in ("hover", "completion", "definition", "signatureHelp"):
            with pytest.raises(ServerError, match=r"-32602.*Invalid Params"):
                editor.client.request(f"textDocument/{method}", {"textDocument": document, "position": place})
    for params in (None, [], {}):
        with pytest.raises(ServerError, match="-32602"):
            editor.client.request("textDocument/documentSymbol", params)
    editor.client.notify("textDocument/didOpen", {"textDocument": {"uri": 5}})
    assert editor.ask("hover", ADD, "EmailAddress", 2) is not None, "and it goes on"


@pytest.mark.parametrize(
    "uri", ["file:///a\0b", "file:///%00", "file://%ff/\ud800", "untitled:1", "", "file:///" + "a/" * 5000]
)
def test_an_address_of_no_file_has_no_answers(editor: Editor, uri: str) -> None:
    item = {"uri": uri, "languageId": "yaml", "version": 1, "text": "recordmap: 1"}
    editor.client.notify("textDocument/didOpen", {"textDocument": item})
    document = {"textDocument": {"uri": uri}}
    editor.client.request("textDocument/documentSymbol", document)
    editor.client.request("textDocument/hover", {**document, "position": {"line": 0, "character": 1}})
    editor.client.notify("textDocument/didClose", document)
    editor.open(ADD)
    assert editor.findings(ADD) == []


def test_it_ends_with_its_editor(folder: Path) -> None:
    done = subprocess.run(
        COMMAND, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_its_package_it_says_what_to_install(folder: Path) -> None:
    hidden = "import sys; sys.modules['pygls'] = None; from recordmap.cli.main import main; main(['lsp'])"
    done = subprocess.run(
        [sys.executable, "-c", hidden],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'recordmap[lsp]'" in done.stderr
