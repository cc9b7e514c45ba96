"""What came of files that were read before, so that a file which is as it was needn't be parsed again.

For whoever checks a project again and again while one file of it changes. Only what a file alone says is kept: rules
look at everything, and are run each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from recordmap.diagnostics import Diagnostic
from recordmap.diagnostics.findings import Findings
from recordmap.document import Document
from recordmap.frozen import Frozen

T = TypeVar("T")


class _Reading(Frozen):
    document: Document
    made: object
    findings: Findings
    found: tuple[Diagnostic, ...]


class Readings:
    """What one pass over a project reads; `before` is the last pass, None for the first. For one thread at a time."""

    def __init__(self, before: Readings | None = None) -> None:
        self._before = before._kept if before is not None else {}
        self._kept: dict[str | None, _Reading] = {}

    def read(self, document: Document, parse: Callable[[], tuple[T, Findings]]) -> tuple[T, Findings]:
        """Return what `parse` makes of a document: what it made last time, where nothing is different.

        Its findings are new ones each time, because rules add to them.
        """
        known = self._before.get(document.name)
        if known is None or not _is_same(known.document, document):
            made, findings = parse()
            self._kept[document.name] = _Reading(document, made, findings, tuple(findings))
            return made, findings
        self._kept[document.name] = known
        return known.made, known.findings.again(known.found)  # type: ignore[return-value]  # of the same document


def _is_same(one: Document, other: Document) -> bool:
    """Whether nothing changed in a document, nor in the files that it names."""
    same = one.data == other.data and one.fault is None
    return same and (one.beside is None or one.beside.is_unchanged())
