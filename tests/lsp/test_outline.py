"""Any text has an outline: cases from `outlines.yaml`, and the same keys as the reader's of texts that it can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_files.support import COLLECTIONS, read_yaml
from lsp.support import outline_of
from recordmap.diagnostics.findings import Findings
from recordmap.lsp.entries import Entry
from recordmap.lsp.outline import Outline
from recordmap.template.nodes import Mapping, Node, Sequence
from recordmap.template.reader import read

HERE = Path(__file__).parent
OTHERWISE = {
    "formula-syntax_comma.yaml",  # a key without a colon is one that is being typed
    "refused.yaml",  # a key with an escape, which is shown as it is written
}
FOLDERS = (COLLECTIONS, HERE.parent / "faults", HERE.parent / "language", HERE)


def readable() -> Iterator[Path]:
    for path in sorted(file for folder in FOLDERS for file in folder.rglob("*.yaml")):
        data = path.read_bytes()
        findings = Findings(path.name)
        if (
            path.name not in OTHERWISE
            and b"&" not in data
            and read(data, findings) is not None
            and not findings.errors
        ):
            yield path


TEXTS = list(readable())


@pytest.mark.parametrize("case", read_yaml(HERE / "outlines.yaml"), ids=lambda case: case["name"])
def test_outline(case: dict[str, Any]) -> None:
    assert outline_of(case["text"]) == case["gives"]


def keys_of_node(node: Node, path: tuple[str | None, ...] = ()) -> Iterator[tuple[Any, ...]]:
    match node:
        case Mapping():
            for key, value in node:
                yield (*path, key.text), key.inner or key.span.start
                yield from keys_of_node(value, (*path, key.text))
        case Sequence():
            for value in node:
                yield from keys_of_node(value, (*path, None))


def keys_of_outline(root: Entry) -> Iterator[tuple[Any, ...]]:
    for entry in root.walk():
        if entry.key is not None and entry.complete:
            yield entry.path, entry.key.span.start


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_it_has_the_keys_that_the_reader_finds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    node = read(text, Findings(None))
    assert node is not None
    assert list(keys_of_outline(Outline(text).root)) == list(keys_of_node(node))


def test_those_texts_are_many() -> None:
    assert len(TEXTS) > 40
