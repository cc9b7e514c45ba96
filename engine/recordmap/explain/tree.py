"""A trace as a tree of labelled nodes, for people. Which signs and colours draw it is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from recordmap.explain.reasons import not_written, one_line, record_ended, show_value, without_children
from recordmap.template.model import Collection
from recordmap.trace.model import FieldTrace, RecordTrace, Role, State, Step, StepKind


class Look(StrEnum):
    """What a stretch of a label is, for whoever colours it."""

    PLAIN = "plain"
    NAME = "name"
    VALUE = "value"
    GOOD = "good"
    BAD = "bad"
    ASIDE = "aside"


@dataclass(slots=True)
class Node:
    """One line of the tree: stretches of text with their looks, and the lines below."""

    label: list[tuple[str, Look]]
    below: list[Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The line without looks."""
        return "".join(text for text, _ in self.label)


_ALL = "everything was written"
_ROLES = {
    Role.DECIDED: "decides",
    Role.PASSED: "passes on",
    Role.NOT_NEEDED: "not needed",
    Role.TEST: "asks",
}


def field_node(traced: FieldTrace, file: str | None, more: Iterable[Node] = ()) -> Node:
    """Return the tree of one field. `more` comes below it, after its own steps."""
    node = Node([(traced.name, Look.NAME), *_ending(traced, file)])
    node.below = [_step_node(step, file) for step in traced.steps]
    if traced.demand is not None and traced.demand.schema != "any":
        node.below.append(_check_node(traced))
    node.below.extend(more)
    return node


def _ending(traced: FieldTrace, file: str | None) -> Iterator[tuple[str, Look]]:
    match traced.state:
        case State.VALUE:
            yield from ((" = ", Look.PLAIN), (show_value(traced.value), Look.VALUE))
            if traced.carried:
                yield (" (carried forward)", Look.ASIDE)
        case State.NULL:
            yield from ((" = ", Look.PLAIN), ("null", Look.VALUE), (" (written, to erase)", Look.ASIDE))
        case State.REJECTED:
            yield from ((" is rejected: ", Look.BAD), (not_written(traced, file), Look.PLAIN))
        case _:
            yield from ((" is not written: ", Look.BAD), (not_written(traced, file), Look.PLAIN))


def _check_node(traced: FieldTrace) -> Node:
    demand = traced.demand
    assert demand is not None  # noqa: S101 - the caller has asked
    label = [(f"{'check':<8} ", Look.ASIDE), (f"{demand.schema} takes {demand.takes}", Look.PLAIN)]
    if demand.required:
        label.append((", and needs one", Look.PLAIN))
    if demand.fits is not None:
        good = demand.fits
        label += [("  →  ", Look.ASIDE), ("fits", Look.GOOD) if good else ("doesn't fit", Look.BAD)]
    return Node(label)


def _step_node(step: Step, file: str | None, *, part: bool = False) -> Node:
    label: list[tuple[str, Look]] = [] if part else [(f"{step.kind.value:<8} ", Look.ASIDE)]
    label.append((one_line(step.text), Look.PLAIN))
    if step.error is not None:
        label += [("  →  ", Look.ASIDE), (f"failed: {step.error}", Look.BAD)]
    elif step.role is not Role.NOT_NEEDED:
        label += [("  →  ", Look.ASIDE), (show_value(step.value), Look.VALUE)]
    if step.role is not None:
        label.append((f"  {_ROLES[step.role]}", Look.GOOD if step.role is Role.DECIDED else Look.ASIDE))
    if step.row is not None:
        label.append((f"  {_row_text(step)}", Look.ASIDE))
    if step.note is not None and not step.note.startswith(f"`{one_line(step.text)}` is"):
        label.append((f"  {step.note}", Look.ASIDE))
    if not part or step.kind is StepKind.SOURCE:
        label.append((f"  ({step.file or file or 'template'}:{step.line}:{step.column})", Look.ASIDE))
    below = [_step_node(one, file, part=one.kind is StepKind.PART) for one in step.parts]
    return Node(label, below)


def _row_text(step: Step) -> str:
    row = step.row
    assert row is not None  # noqa: S101 - the caller has asked
    found = "row {} of {}" if row.found else "no row for {} in {}"
    return found.format(show_value(row.key), row.table)


Beside = Callable[[str, RecordTrace], "Node | None"]
"""Gives what more there is to say of a child record, by the field that holds it."""


def record_node(traced: RecordTrace, name: str | None = None, beside: Beside = lambda *_: None) -> Node:
    """Return the tree of a whole record, child records included. `name` is what it is called, if not its collection."""
    node = _head(traced, name)
    before = [step for step in traced.steps if step.kind is not StepKind.EACH]
    node.below = [_step_node(step, traced.file) for step in before]
    node.below += [field_node(one, traced.file) for one in traced.fields]
    node.below += [_step_node(step, traced.file) for step in traced.steps if step.kind is StepKind.EACH]
    node.below += [child_node(into, index, child, beside) for into, index, child in traced.children]
    return node


def child_node(into: str, index: int, traced: RecordTrace, beside: Beside = lambda *_: None) -> Node:
    """Return the tree of one child record."""
    node, more = record_node(traced, f"{into}[{index}]", beside), beside(into, traced)
    node.below += [] if more is None else [more]
    return node


def _head(traced: RecordTrace, name: str | None) -> Node:
    outcome = traced.outcome
    ended = outcome.kind.value if outcome else "not run"
    label = [(name or traced.collection, Look.NAME), (": ", Look.PLAIN)]
    label.append((ended, Look.GOOD if outcome and outcome.mapped else Look.BAD))
    if outcome and outcome.reason:
        label.append((f": {outcome.reason.message} [{outcome.reason.code}]", Look.PLAIN))
    return Node(label)


def absent_node(traced: RecordTrace, collections: Mapping[str, Collection], name: str | None = None) -> Node:
    """Return the tree of what a record doesn't have: a reason for each field, child or record that wasn't written."""
    node = _head(traced, name)
    ended = record_ended(traced)
    if ended is not None:
        node.below.append(Node([(ended, Look.PLAIN)]))
    for one in traced.fields:
        if one.state in (State.UNSET, State.REJECTED):
            node.below.append(Node([(one.name, Look.NAME), *_ending(one, traced.file)]))
    without = dict(without_children(traced, collections))
    node.below += [
        Node([(into, Look.NAME), (" has none: ", Look.BAD), (reason, Look.PLAIN)])
        for into, reason in without.items()
    ]
    for into, index, child in traced.children:
        below = absent_node(child, collections, f"{into}[{index}]")
        if into not in without and (len(below.below) > 1 or below.below[0].text != _ALL):
            node.below.append(below)
    if not node.below:
        node.below.append(Node([(_ALL, Look.GOOD)]))
    return node
