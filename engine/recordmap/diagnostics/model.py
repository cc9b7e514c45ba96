"""Positions, spans and diagnostics: frozen data without behaviour beyond ordering.

Lines and columns count from 1; a column counts characters, not bytes. A span's end is exclusive, as in the
Language Server Protocol. Rendering lives elsewhere, so that text and JSON are two views of one thing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from recordmap.frozen import Frozen


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops compilation, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Position(NamedTuple):
    """A place between two characters of a text."""

    line: int
    column: int


class Span(NamedTuple):
    """A stretch of text from `start` up to, and not including, `end`."""

    start: Position
    end: Position

    @classmethod
    def at(cls, line: int, column: int, length: int = 1) -> Span:
        """Return the span of `length` characters within one line."""
        return cls(Position(line, column), Position(line, column + length))


FILE_START = Span.at(1, 1)
"""Where a finding about a whole file is shown."""


class Label(Frozen):
    """A second place that explains a diagnostic, such as "first given here"."""

    span: Span
    text: str


class Edit(NamedTuple):
    """A stretch of the file, and the text that is to stand there instead; an empty stretch inserts."""

    span: Span
    text: str


class Fix(Frozen):
    """What certainly repairs a finding. `title` says it in a few words ("write 'level'"); `edits` belong together."""

    title: str
    edits: tuple[Edit, ...]


class Diagnostic(Frozen):
    """One finding.

    `code` is a slug of `recordmap.diagnostics.codes`; `file` is the path as the user gave it, or None for a
    template that came from memory; `hint` says what to do next, `collection` and `field` where in the template.
    `fix` is there only where there is no doubt: what `recordmap check --fix` and an editor's quick fix do.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    file: str | None = None
    span: Span = FILE_START
    hint: str | None = None
    collection: str | None = None
    field: str | None = None
    labels: tuple[Label, ...] = ()
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """Order by place, then by code: the order in which findings are shown."""
        return (self.file or "", self.span, self.code, self.message)
