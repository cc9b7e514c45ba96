"""A trace as data for JSON, as `schemas/cli/explain-output.schema.json` has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recordmap.explain.choice import choice_data
from recordmap.explain.material import Material
from recordmap.explain.reasons import not_written, record_ended, without_children
from recordmap.template.model import Collection
from recordmap.trace.model import FieldTrace, RecordTrace, State, Step

FORMAT_VERSION = "1.1"
"""Version of the JSON; the number before the dot changes only when a reader of the old format would break."""


def explanation(
    material: Material,
    traced: RecordTrace | None,
    misfits: list[str],
    collections: Mapping[str, Collection],
    *,
    why_not: bool,
) -> dict[str, Any]:
    """Return a whole explanation as data. With `why_not` fields that were written are left out."""
    return {
        "format_version": FORMAT_VERSION,
        "choice": None if material.rehearsal is None else choice_data(material.rehearsal),
        "notes": list(material.notes),
        "record": None if traced is None else trace_data(_absent(traced) if why_not else traced, collections),
        "misfits": misfits,
    }


def _absent(traced: RecordTrace) -> RecordTrace:
    fields = [one for one in traced.fields if one.state in (State.UNSET, State.REJECTED)]
    return replace(
        traced,
        fields=fields,
        children=[(into, index, _absent(child)) for into, index, child in traced.children],
    )


def trace_data(traced: RecordTrace, collections: Mapping[str, Collection]) -> dict[str, Any]:
    """Return a trace as data. `collections` are those it may have come through, by name."""
    outcome = traced.outcome
    return {
        "collection": traced.collection,
        "file": traced.file,
        "outcome": outcome.kind.value if outcome else None,
        "code": outcome.reason.code if outcome and outcome.reason else None,
        "message": outcome.reason.message if outcome and outcome.reason else None,
        "why": record_ended(traced),
        "steps": [_step_data(step) for step in traced.steps],
        "fields": [_field_data(one, traced.file) for one in traced.fields],
        "children": [
            {"into": into, "index": index, **trace_data(child, collections)}
            for into, index, child in traced.children
        ],
        "without": [{"into": into, "why": why} for into, why in without_children(traced, collections)],
    }


def _field_data(traced: FieldTrace, file: str | None) -> dict[str, Any]:
    demand = traced.demand
    written = traced.state in (State.VALUE, State.NULL)
    return {
        "field": traced.name,
        "custom": traced.custom,
        "state": traced.state.value,
        "value": traced.value,
        "why": None if written else not_written(traced, file),
        "carried": traced.carried,
        "check": None
        if demand is None
        else {
            "schema": demand.schema,
            "takes": demand.takes,
            "required": demand.required,
            "fits": demand.fits,
        },
        "steps": [_step_data(step) for step in traced.steps],
    }


def _step_data(step: Step) -> dict[str, Any]:
    row = step.row
    return {
        "kind": step.kind.value,
        "text": step.text,
        "file": step.file,
        "line": step.line,
        "column": step.column,
        "value": step.value,
        "error": step.error,
        "role": step.role.value if step.role else None,
        "note": step.note,
        "row": None if row is None else {"table": row.table, "key": row.key, "found": row.found},
        "parts": [_step_data(part) for part in step.parts],
    }
