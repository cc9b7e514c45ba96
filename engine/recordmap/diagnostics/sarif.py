"""Diagnostics as SARIF 2.1.0, the format of code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/.

Files are named relative to where the command ran, under the base `%SRCROOT%`; what runs it at the top of a repository
gets names that the repository knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from os import fsencode
from pathlib import PurePath
from urllib.parse import quote

from recordmap.diagnostics.codes import CODES, Code
from recordmap.diagnostics.machine import text_of, with_fingerprints
from recordmap.diagnostics.model import Diagnostic, Edit, Severity, Span
from recordmap.diagnostics.pages import page

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"
FINGERPRINT = "recordmapFinding/v1"

_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
"""What GitHub calls our severities."""


def sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """Return a log with one run, and in it the rules of the codes found. `version` is that of recordmap."""
    found = list(with_fingerprints(diagnostics))
    codes = list(dict.fromkeys(one.code for one, _ in found))
    run = {
        "tool": {
            "driver": {
                "name": "recordmap",
                "version": version,
                "semanticVersion": version,
                "rules": [_rule(CODES[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, fingerprint, codes.index(one.code)) for one, fingerprint in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: Code) -> dict[str, object]:
    text = page(code.slug)
    return {
        "id": code.slug,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": f"{code.title}, found when {code.stage}"},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": code.severity.value},
        "properties": {
            "tags": ["recordmap"],
            "precision": "very-high",
            "problem.severity": _PROBLEM[code.severity],
        },
    }


def _result(one: Diagnostic, fingerprint: str, index: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": one.severity.value,
        "message": {"text": text_of(one)},
        "locations": [_location(one)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if one.labels and one.file is not None:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(one.file, label.span),
                "message": {"text": label.text},
            }
            for number, label in enumerate(one.labels)
        ]
    if one.fix is not None and one.file is not None:
        change = {
            "artifactLocation": _artifact(one.file),
            "replacements": list(map(_replacement, one.fix.edits)),
        }
        result["fixes"] = [{"description": {"text": one.fix.title}, "artifactChanges": [change]}]
    return result


def _location(one: Diagnostic) -> dict[str, object]:
    location: dict[str, object] = {}
    if one.file is not None:
        location["physicalLocation"] = _physical(one.file, one.span)
    if one.collection is not None:
        parts = [one.collection] if one.field is None else [one.collection, one.field]
        location["logicalLocations"] = [{"name": parts[-1], "fullyQualifiedName": "/".join(parts)}]
    return location


def _physical(file: str, span: Span) -> dict[str, object]:
    return {"artifactLocation": _artifact(file), "region": _region(span)}


def _artifact(file: str) -> dict[str, object]:
    path = PurePath(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(fsencode(path.as_posix())), "uriBaseId": BASE}


def _region(span: Span) -> dict[str, object]:
    return {
        "startLine": span.start.line,
        "startColumn": span.start.column,
        "endLine": span.end.line,
        "endColumn": span.end.column,
    }


def _replacement(edit: Edit) -> dict[str, object]:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
