"""Writes the pages of the reference that are made from tables in the code: `make docs`."""

from __future__ import annotations

from pathlib import Path

from recordmap.cli import reference as cli
from recordmap.diagnostics import pages as diagnostics
from recordmap.expression.functions import reference as functions

PAGES = {
    "cli.md": cli.reference,
    "diagnostics.md": diagnostics.reference,
    "functions.md": functions.reference,
}

if __name__ == "__main__":
    for name, render in PAGES.items():
        (Path(__file__).parent / "reference" / name).write_text(render(), encoding="utf-8")
