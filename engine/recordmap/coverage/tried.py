"""What a trace tried: the keys of the places that it came to."""

from __future__ import annotations

from collections.abc import Iterator

from recordmap.coverage.places import Key
from recordmap.runtime.outcome import Kind
from recordmap.trace.model import FieldTrace, RecordTrace, Role, State, Step


def tried(traced: RecordTrace) -> Iterator[Key]:
    """Yield the key of every place that a record came to, its child records' too; some of them more than once."""
    title = traced.collection
    for step in traced.steps:
        yield from _of_step(step, title)
    for field in traced.fields:
        yield from _of_field(field, title)
    for into, _, child in traced.children:
        if child.outcome is not None and child.outcome.kind is Kind.MAPPED:
            yield ("child", title, into)
        yield from tried(child)


def _of_field(field: FieldTrace, title: str) -> Iterator[Key]:
    if field.state in (State.VALUE, State.NULL):
        yield ("field", title, field.name)
    if field.emptied:
        yield ("empty", title, field.name)
    for step in field.steps:
        yield from _of_step(step, title)


def _of_step(step: Step, title: str) -> Iterator[Key]:
    for one in step.walk():
        if one.role is Role.DECIDED:
            yield ("arm", id(one.node))
        if one.role is not Role.NOT_NEEDED and one.error is None and one.node is not None:
            yield (bool(one.value), id(one.node))
        if one.row is not None:
            row = one.row
            yield ("miss", title, row.table) if not row.found else ("found", title, row.table)
            if row.found:
                yield ("row", title, row.table, row.key)
