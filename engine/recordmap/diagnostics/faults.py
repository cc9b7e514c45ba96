"""The exceptions of recordmap.

RecordmapError
├── TemplateError          a template cannot be used; carries every finding
├── ConfigurationError     a project, a setting or a command line is wrong
├── Fault                  one record cannot be mapped, or one transfer cannot be made
└── ConnectorError         another system did not do its part (recordmap.connectors.base)

Messages name fields and kinds of values, never values: records hold personal data.
"""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.diagnostics.model import Diagnostic


class RecordmapError(Exception):
    """Root of every exception that recordmap raises on purpose."""


class TemplateError(RecordmapError):
    """A template has errors, so no plan is made from it. `diagnostics` holds all findings, in order of place."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        first = self.diagnostics[0]
        more = len(self.diagnostics) - 1
        place = f"{first.file}:{first.span.start.line}: " if first.file else ""
        super().__init__(f"{place}{first.message}" + (f" (and {more} more)" if more else ""))


class ConfigurationError(RecordmapError):
    """A project or setting is wrong. `hint` says what to do next."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(message)


class Fault(RecordmapError):  # noqa: N818 - the word of the language page
    """One step of one record failed. `code` is a slug of the code table, `message` is for a subscriber."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)
