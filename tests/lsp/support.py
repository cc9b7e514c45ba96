"""A project to ask about, and texts with the cursor as ^: what the tests of the editor's room share."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from recordmap.diagnostics import Edit, Fix, Position
from recordmap.diagnostics.edits import apply
from recordmap.lsp.completion import FactsOf
from recordmap.lsp.facts import Facts
from recordmap.lsp.offers import Suggestion
from recordmap.lsp.outline import Outline
from recordmap.lsp.projects import check
from recordmap.lsp.vocabulary import Kind
from recordmap.starter import make_project
from recordmap.workspace import Workspace

HEADS = {
    Kind.COLLECTION: (
        "recordmap: 1\ncollection: Mine\noperation: add\nsource: klaviyo/profile\ndestination: ipaas/customer\n"
    ),
    Kind.INTEGRATION: (
        "recordmap: 1\nintegration: mine\nsource: {connector: klaviyo, schema: klaviyo/profile, external_id: id}\n"
        "destination: {connector: store, schema: ipaas/customer}\n"
    ),
    Kind.OVERLAY: "recordmap: 1\noverlay: Add Klaviyo Profile Address TO iPaaS.com\n",
    Kind.CASES: "recordmap: 1\ncollection: Add Klaviyo Profile TO iPaaS.com\n",
}
"""What stands above the text of a test, unless it is a whole file."""


@cache
def workspace() -> Workspace:
    """Return a fresh project as it was read."""
    folder = Path(mkdtemp()).resolve()
    make_project(folder, "klaviyo")
    with (folder / "integration.yaml").open("a", encoding="utf-8") as file:
        file.write("settings:\n  country: Austria\n  limits: {names: 5}\n")
    return check(folder, {}).engine.workspace


def facts_of(kind: Kind) -> FactsOf:
    return lambda outline: Facts(kind, outline, workspace())


def at_cursor(text: str) -> tuple[str, Position]:
    before, mark, after = text.partition("^")
    assert mark, "no cursor in this text"
    lines = before.split("\n")
    return before + after, Position(len(lines), len(lines[-1]) + 1)


def whole(kind: Kind, text: str) -> str:
    """Return the text of a test as a file."""
    return text if "recordmap" in text else HEADS[kind] + text


def taken(text: str, one: Suggestion) -> str:
    """Return a text in which a suggestion was taken."""
    return apply(text, [Fix("", (Edit(one.span, one.text),))])[0]


def outline_of(text: str) -> list[str]:
    """Return an outline line by line: the path of each entry, its value, and `?` for a key that is being typed."""
    return [
        "/".join(step if step is not None else "-" for step in entry.path)
        + ("" if entry.complete else " ?")
        + ("" if entry.value is None else f" = {entry.value.text!r}{entry.value.style}")
        for entry in Outline(text).root.walk()
        if entry.parent is not None
    ]
