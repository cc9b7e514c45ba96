"""Writes the pages that are made from tables in the code, and from the shipped templates: `make docs`."""

from __future__ import annotations

from pathlib import Path

from recordmap import Engine
from recordmap.cli import reference as cli
from recordmap.diagnostics import pages as diagnostics
from recordmap.expression.functions import reference as functions
from recordmap.mapdocs import site
from recordmap.resources import data_folder

HERE = Path(__file__).parent
PAGES = {
    "cli.md": cli.reference,
    "diagnostics.md": diagnostics.reference,
    "functions.md": functions.reference,
}
COLLECTIONS = HERE / "collections"


def collections() -> dict[str, str]:
    """Return the mapping documents of the shipped collections, by file name."""
    return site.pages(Engine.load(data_folder("collections") / "klaviyo"))


if __name__ == "__main__":
    for name, render in PAGES.items():
        (HERE / "reference" / name).write_text(render(), encoding="utf-8")
    COLLECTIONS.mkdir(exist_ok=True)
    for name, text in collections().items():
        (COLLECTIONS / name).write_text(text, encoding="utf-8")
