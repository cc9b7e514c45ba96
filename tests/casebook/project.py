"""A collection with its cases as an engine, from texts: what every file repeats may be left out."""

from __future__ import annotations

from pathlib import Path

from language.ways import with_usual
from recordmap.diagnostics import Diagnostic, Severity
from recordmap.engine import Engine


def engine_of(folder: Path, template: str, cases: str, child: str | None = None) -> Engine:
    """Return the engine of `a.yaml`, `b.yaml` (the child) and `a.cases.yaml`."""
    texts = {"a.yaml": with_usual(template), "a.cases.yaml": f"recordmap: 1\ncollection: Main\n{cases}"}
    if child is not None:
        texts["b.yaml"] = with_usual(child)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Engine.for_files(folder, [folder / name for name in texts])


def errors_of(engine: Engine) -> list[Diagnostic]:
    """Return the errors of an engine."""
    return [one for one in engine.check() if one.severity is Severity.ERROR]
