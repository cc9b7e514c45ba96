"""What a trace holds: every step that led to a field's value, as data. Text and JSON are made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
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


class Role(StrEnum):
    """What a part is to the expression around it, which chooses between its parts."""

    DECIDED = "decided"
    """Its value is that of the whole."""
    PASSED = "passed"
    """It was tried, and left the choice to the next."""
    NOT_NEEDED = "not needed"
    """The choice was made without it."""
    TEST = "test"
    """It made the choice between two others."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was looked up in a table, and whether the table holds it."""

    table: str
    key: str
    found: bool


@dataclass(slots=True)
class Step:
    """One step: the text that was evaluated, where it stands, and what it gave or how it failed.

    `file` is set where the text stands in another file than the trace's own. `parts` are its sub-expressions, as a
    tree. `note` says in words what the value alone doesn't: where a path ends. `node` is what was evaluated, by
    identity, for those who count what was tried.
    """

    kind: StepKind
    text: str
    line: int
    column: int
    value: Any = None
    error: str | None = None
    file: str | None = None
    parts: list[Step] = field(default_factory=list)
    role: Role | None = None
    note: str | None = None
    row: Row | None = None
    node: object = None

    def walk(self) -> Iterator[Step]:
        """Yield this step and all parts below it, outer ones first."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Demand:
    """What the destination takes in a field, in words, and whether the value was one.

    `fits` is None where no value came as far as that.
    """

    schema: str
    takes: str
    required: bool
    fits: bool | None = None


@dataclass(slots=True)
class FieldTrace:
    """How one field came about. `why` is a sentence for the state where it needs one.

    `carried`: the rule does nothing but keep the value that the destination has. `emptied`: it came out empty.
    """

    name: str
    custom: bool
    state: State = State.UNSET
    value: Any = None
    why: str | None = None
    steps: list[Step] = field(default_factory=list)
    demand: Demand | None = None
    carried: bool = False
    emptied: bool = False


@dataclass(slots=True)
class RecordTrace:
    """How one record went through one collection. `children` are those tried, in order."""

    collection: str
    file: str | None
    outcome: Outcome | None = None
    steps: list[Step] = field(default_factory=list)
    fields: list[FieldTrace] = field(default_factory=list)
    children: list[tuple[str, int, RecordTrace]] = field(default_factory=list)
