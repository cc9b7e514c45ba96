"""How a trace is shown: as a tree of steps for people, or as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recordmap.connectors.base import ConnectorError
from recordmap.trace.model import FieldTrace, RecordTrace, State, Step

if TYPE_CHECKING:
    from recordmap.engine import Engine
    from recordmap.session import Session

_WIDTH = 60


def show_value(value: Any) -> str:
    """Return a value as JSON, cut to one line."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def field_lines(traced: FieldTrace, file: str | None) -> Iterator[str]:
    """Yield the lines that explain one field."""
    match traced.state:
        case State.VALUE:
            end = show_value(traced.value)
        case State.NULL:
            end = "null (written, to erase)"
        case State.REJECTED:
            end = f"rejected: {traced.why}"
        case _:
            end = f"not written: {traced.why}"
    yield f"{traced.name} = {end}"
    for step in traced.steps:
        yield from _step_lines(step, file, "  ")


def record_lines(traced: RecordTrace) -> Iterator[str]:
    """Yield the lines that explain a whole record, child records included."""
    outcome = traced.outcome
    reason = f": {outcome.reason.message} [{outcome.reason.code}]" if outcome and outcome.reason else ""
    yield f"{traced.collection}: {outcome.kind.value if outcome else 'not run'}{reason}"
    for step in traced.steps:
        yield from _step_lines(step, traced.file, "  ")
    for one in traced.fields:
        yield from (f"  {line}" for line in field_lines(one, traced.file))
    for into, index, child in traced.children:
        yield f"  {into}[{index}]"
        yield from (f"    {line}" for line in record_lines(child))


def _step_lines(step: Step, file: str | None, indent: str) -> Iterator[str]:
    place = f"{step.file or file or 'template'}:{step.line}:{step.column}"
    result = f"failed: {step.error}" if step.error else show_value(step.value)
    text = " ".join(step.text.split())
    yield f"{indent}{step.kind.value:<8} {text}  →  {result}  ({place})"
    for part in step.parts:
        # A whole object on the way to one of its keys says nothing that the key's own line doesn't.
        if part.text != step.text and not isinstance(part.value, dict):
            yield f"{indent}    {' '.join(part.text.split())}  →  {show_value(part.value)}"


def trace_data(traced: RecordTrace) -> dict[str, Any]:
    """Return a trace as data for JSON."""
    outcome = traced.outcome
    return {
        "collection": traced.collection,
        "file": traced.file,
        "outcome": outcome.kind.value if outcome else None,
        "code": outcome.reason.code if outcome and outcome.reason else None,
        "message": outcome.reason.message if outcome and outcome.reason else None,
        "steps": [_step_data(step) for step in traced.steps],
        "fields": [
            {
                "field": one.name,
                "custom": one.custom,
                "state": one.state.value,
                "value": one.value,
                "why": one.why,
                "steps": [_step_data(step) for step in one.steps],
            }
            for one in traced.fields
        ],
        "children": [
            {"into": into, "index": index, **trace_data(child)} for into, index, child in traced.children
        ],
    }


def _step_data(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind.value,
        "text": step.text,
        "file": step.file,
        "line": step.line,
        "column": step.column,
        "value": step.value,
        "error": step.error,
        "parts": [_step_data(part) for part in step.parts],
    }


def trace_transfer(engine: Engine, session: Session, external_id: str) -> RecordTrace | str:
    """Return the trace of one source record through the collection that a sync would choose for it, or why not."""
    try:
        record = session.fetch(external_id)
    except ConnectorError as error:
        return f"{external_id}: not mapped: {error.message}"
    if record is None:
        return f"{external_id}: the source has no record with this ID"
    rehearsal = session.sync_one(external_id, dry_run=True)
    if rehearsal.collection is None:
        problem = rehearsal.problem
        return f"{external_id}: not mapped: {problem.message if problem else rehearsal.result.value}"
    return engine.trace(rehearsal.collection, record, session.existing(rehearsal))
