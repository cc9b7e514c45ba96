"""What a trace holds: every step that led to a field's value, as data. Text and JSON are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from recordmap.runtime.outcome import Outcome


class StepKind(StrEnum):
    """What a step did."""

    SOURCE = "source"
    EACH = "each"
    FORMULA = "formula"
    PART = "part"
    WHEN = "when"
    LOOKUP = "lookup"
    CONSTANT = "constant"
    FILTER = "filter"
    ERROR_RULE = "error rule"


class State(StrEnum):
    """The state a field ended in."""

    VALUE = "value"
    NULL = "null"
    UNSET = "unset"
    REJECTED = "rejected"


@dataclass(slots=True)
class Step:
    """One step: the text that was evaluated, where it stands, and what it gave or how it failed.

    `file` is set where the text stands in another file than the trace's own.
    """

    kind: StepKind
    text: str
    line: int
    column: int
    value: Any = None
    error: str | None = None
    file: str | None = None
    parts: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class FieldTrace:
    """How one field came about. `why` is a sentence for the state where it needs one."""

    name: str
    custom: bool
    state: State = State.UNSET
    value: Any = None
    why: str | None = None
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class RecordTrace:
    """How one record went through one collection. `children` are those tried, in order."""

    collection: str
    file: str | None
    outcome: Outcome | None = None
    steps: list[Step] = field(default_factory=list)
    fields: list[FieldTrace] = field(default_factory=list)
    children: list[tuple[str, int, RecordTrace]] = field(default_factory=list)
