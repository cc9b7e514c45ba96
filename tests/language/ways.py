"""The three ways to map a record, side by side: a plan's function, its careful tier, and the trace.

Collections come from text in memory. What every template repeats (`recordmap: 1` and the like) may be left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordmap.compiler.collection import compile_collection
from recordmap.compiler.ground import Library
from recordmap.diagnostics import Diagnostic, Severity
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.expression.functions.table import FUNCTIONS, with_functions
from recordmap.project import FilesBeside
from recordmap.resources import data_folder
from recordmap.runtime.outcome import Kind, Outcome
from recordmap.runtime.plan import Plan
from recordmap.schema.library import SchemaLibrary
from recordmap.trace.evaluator import Materials, trace
from recordmap.trace.model import RecordTrace
from recordmap.workspace import Document, Workspace

NOW = "2024-05-01T09:30:00Z"
USUAL = {"recordmap": "1", "collection": "Main", "operation": "add", "source": "any", "destination": "any"}
FORESEEN = {"may-fail", "type-mismatch", "may-be-too-long", "value-not-listed", "required-may-be-empty"}
"""Codes of records that are foreseen to be rejected. Here it is let happen, to see how."""


class Tables(FilesBeside):
    """Files beside a template, from memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__(Path())
        self._files = files

    def read(self, name: str) -> bytes:
        if name not in self._files:
            raise FileNotFoundError(name)
        return self._files[name].encode()


class Refused(Exception):  # noqa: N818 - what became of a template, not an accident
    """A template has errors."""

    def __init__(self, findings: list[Diagnostic]) -> None:
        self.findings = findings
        self.codes = sorted({one.code for one in findings})
        super().__init__("; ".join(f"{one.code}: {one.message}" for one in findings))


@dataclass(frozen=True)
class Ways:
    """One collection, ready to be run in three ways."""

    plan: Plan
    materials: Materials
    library: Library

    def careful(
        self,
        record: Any,
        existing: Any = None,
        parent: Any = None,
        now: str | None = NOW,
        previous: Any = None,
    ) -> Outcome:
        assert self.plan.careful is not None
        return as_outcome(self.plan.careful(record, existing, parent, now, previous))

    def function(
        self,
        record: Any,
        existing: Any = None,
        parent: Any = None,
        now: str | None = NOW,
        previous: Any = None,
    ) -> Outcome:
        return as_outcome(self.plan.function(record, existing, parent, now, previous))

    def traced(
        self,
        record: Any,
        existing: Any = None,
        parent: Any = None,
        now: str | None = NOW,
        previous: Any = None,
    ) -> Outcome:
        outcome = self.trace(record, existing, parent, now, previous).outcome
        assert outcome is not None
        return outcome

    def trace(
        self,
        record: Any,
        existing: Any = None,
        parent: Any = None,
        now: str | None = NOW,
        previous: Any = None,
    ) -> RecordTrace:
        collection = self.materials.collections[self.plan.name]
        return trace(collection, self.materials, record, existing, parent, now, previous)

    @property
    def all(self) -> Mapping[str, Callable[..., Outcome]]:
        return {"plan": self.function, "careful": self.careful, "trace": self.traced}

    def outcome(
        self,
        record: Any,
        existing: Any = None,
        parent: Any = None,
        now: str | None = NOW,
        previous: Any = None,
    ) -> Outcome:
        """Map a record in all three ways, and return the outcome, which must be the same."""
        outcomes = {name: run(record, existing, parent, now, previous) for name, run in self.all.items()}
        first = outcomes["careful"]
        for name, outcome in outcomes.items():
            assert identical(list(outcome), list(first)), f"{name}: {outcome}, but careful: {first}"
        return first


def as_outcome(result: Any) -> Outcome:
    return Outcome(Kind.MAPPED, result) if type(result) is dict else result


def with_usual(text: str) -> str:
    """Return a template with the usual lines where it doesn't say otherwise; one written as JSON is whole."""
    if text.startswith("{"):
        return text
    keys = {line.partition(":")[0] for line in text.splitlines()}
    return "".join(f"{key}: {value}\n" for key, value in USUAL.items() if key not in keys) + text


def ways(
    *templates: str,
    settings: Mapping[str, Any] | None = None,
    schemas: Mapping[str, Any] | None = None,
    files: Mapping[str, str] | None = None,
    functions: Iterable[FunctionSpec] = (),
) -> Ways:
    """Check and compile templates; the first is the one to run.

    Raises:
        Refused: one of them has errors.
    """
    library = SchemaLibrary((data_folder("schemas"),), schemas)
    workspace = Workspace(with_functions(FUNCTIONS, functions), library, ())
    beside = Tables(files or {})
    workspace.read(Document(f"{at}.yaml", with_usual(text), beside) for at, text in enumerate(templates))
    errors = [one for one in workspace.check() if one.severity is Severity.ERROR and one.code not in FORESEEN]
    if errors:
        raise Refused(errors)
    first = next(iter(workspace.collections.values()))
    materials = Materials(
        workspace.collections, workspace.loaded_schemas, workspace.functions, dict(settings or {})
    )
    made = Library(
        materials.collections, materials.schemas, materials.functions, materials.settings, lambda: NOW
    )
    return Ways(compile_collection(first, made), materials, made)


def identical(left: Any, right: Any) -> bool:
    """Compare as JSON does, in the order of keys; true is not 1, 1.0 is not 1, and NaN is NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(identical(left[key], right[key]) for key in left)
    if isinstance(left, float) and math.isnan(left):
        return math.isnan(right)
    return bool(left == right)
