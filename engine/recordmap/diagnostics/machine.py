"""Diagnostics for machines: JSON of our own, annotations of GitHub Actions, the Code Quality report of GitLab.

Pure functions from findings to a string, as `render` is for people. SARIF has a module of its own.
"""

from __future__ import annotations

import json as _json
from collections import Counter
from collections.abc import Iterable, Iterator

from recordmap.diagnostics.model import Diagnostic, Fix, Severity, Span
from recordmap.diagnostics.render import visible
from recordmap.digests import digest_of

FORMAT_VERSION = "1.1"
"""Version of the JSON; the number before the dot changes only when a reader of the old format would break."""

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_GITLAB = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def url(code: str) -> str:
    """Return where a code is explained, within the project's own documentation."""
    return f"docs/reference/diagnostics.md#{code}"


def json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the findings as plain ASCII JSON, as `schemas/cli/check-output.schema.json` has it."""
    found = list(diagnostics)
    document = {
        "format_version": FORMAT_VERSION,
        "error_count": sum(one.severity is Severity.ERROR for one in found),
        "warning_count": sum(one.severity is Severity.WARNING for one in found),
        "diagnostics": entries(found),
    }
    return _json.dumps(document, indent=2)


def entries(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Return each finding as the JSON of a command has it."""
    return [_entry(one) for one in diagnostics]


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one workflow command for each finding: GitHub Actions shows it at its line in a pull request."""
    return "\n".join(map(_command, diagnostics))


def gitlab(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the findings as a Code Quality report, which GitLab shows in a merge request."""
    report = [
        {
            "description": text_of(one),
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": _GITLAB[one.severity],
            "location": {
                "path": one.file or "",
                "lines": {"begin": one.span.start.line, "end": one.span.end.line},
            },
        }
        for one, fingerprint in with_fingerprints(diagnostics)
    ]
    return _json.dumps(report, indent=2)


def text_of(one: Diagnostic) -> str:
    """Return what is wrong and what to do, for programs that have one text for both."""
    return visible(one.message) + (f"\n{visible(one.hint)}" if one.hint else "")


def with_fingerprints(diagnostics: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Yield findings, each with what tells it apart from all others, and stays when it moves within its file."""
    times: Counter[str] = Counter()
    for one in diagnostics:
        what = _json.dumps([one.code, one.file, one.collection, one.field, one.message])
        times[what] += 1
        yield one, digest_of(f"{what}{times[what]}")


def _entry(one: Diagnostic) -> dict[str, object]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        "file": one.file,
        "range": _range(one.span),
        "collection": one.collection,
        "field": one.field,
        "hint": one.hint,
        "url": url(one.code),
        "fix": None if one.fix is None else _fix(one.fix),
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "title": fix.title,
        "edits": [{"range": _range(edit.span), "text": edit.text} for edit in fix.edits],
    }


def _range(span: Span) -> dict[str, object]:
    return {
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }


def _command(one: Diagnostic) -> str:
    start, end = one.span.start, one.span.end
    properties: dict[str, object] = {} if one.file is None else {"file": one.file}
    properties |= {"line": start.line, "endLine": end.line}
    if start.line == end.line:  # columns of two different lines are refused
        properties |= {"col": start.column, "endColumn": end.column}
    properties["title"] = one.code
    named = ",".join(f"{name}={_escaped_property(str(value))}" for name, value in properties.items())
    return f"::{_GITHUB[one.severity]} {named}::{_escaped(text_of(one))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
