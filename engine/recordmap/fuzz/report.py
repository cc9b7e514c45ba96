"""Findings for people and machines: a diagnostic with its place and what to do, and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recordmap.demands import field_schema
from recordmap.diagnostics import Diagnostic, Span
from recordmap.diagnostics.layers import lowered
from recordmap.engine import Engine
from recordmap.fuzz.asked import is_about
from recordmap.fuzz.promises import Promise
from recordmap.fuzz.search import Finding, Result
from recordmap.runtime.outcome import Kind, Reason
from recordmap.template.model import Collection
from recordmap.template.nodes import Scalar

FORMAT_VERSION = "1.0"
"""Version of the JSON; the number before the dot changes only when a reader of the old format would break."""

_OUR_FAULT = "this is a fault of recordmap itself: please report it, with the template and the record"
_HINTS: Mapping[str, str] = {
    "required-field-missing": 'give it something to fall back on, as in first_of(value, "N/A"), or write '
    "on_empty: error to say that such a record is to be rejected",
    "wrong-type": "convert the value to what the field takes, as in to_text(value), or leave it out with 'when'",
    "value-not-allowed": "translate the value with a lookup, or leave it out with 'when'",
    "formula-failed": "say what happens without a value, as in: … if value is not None else null",
    "wrong-argument": "convert the argument first, as in to_text(value), or test it with 'when'",
    "lookup-missed": "add rows for it, or write what else it gives (on_miss: null, keep or {default: …}), or "
    "on_miss: error to say that such a record is to be rejected",
    "source-failed": "recordmap explain shows the step that fails",
}
_PROMISE_HINTS: Mapping[Promise, str] = {
    Promise.FITS: "see what the destination schema says of this part, and let the rule give only that",
    Promise.CARRIED: "an empty value is left out, and null erases: see 'on_empty'",
    Promise.SETTLED: "a value that is worked out from the field's own old value changes with every run",
}


def diagnostic(finding: Finding, engine: Engine) -> Diagnostic:
    """Return a finding as a diagnostic: the place in the template, what happens, and what to do."""
    reason, promise = finding.breach.reason, finding.breach.promise
    collection = engine.collections[reason.collection]
    message = reason.message
    if promise is Promise.REJECTED:
        comes = engine.collections[finding.collection].source.text
        message = f"a record that fits {comes} is rejected: {message}"
    return Diagnostic(
        reason.code,
        message,
        file=reason.file or collection.file,
        span=_span(reason, collection),
        hint=_hint(finding, collection, engine),
        collection=collection.title,
        field=reason.field,
    )


def data(results: list[Result], engine: Engine, *, seed: int, saved: Mapping[int, str]) -> dict[str, Any]:
    """Return everything as JSON data, as `schemas/cli/fuzz-output.schema.json` has it.

    `saved` holds the cases file of a finding, by its identity.
    """
    found = [one for result in results for one in result.findings]
    return {
        "format_version": FORMAT_VERSION,
        "seed": seed,
        "finding_count": len(found),
        "collections": [
            {
                "collection": result.collection,
                "tried": result.tried,
                **{kind.value: result.ended[kind] for kind in Kind},
                "finding_count": len(result.findings),
                "stopped": result.stopped,
            }
            for result in results
        ],
        "findings": [_entry(one, engine, saved.get(id(one))) for one in found],
    }


def _entry(finding: Finding, engine: Engine, saved: str | None) -> dict[str, Any]:
    told = diagnostic(finding, engine)
    trial, outcome = finding.trial, finding.outcome
    return {
        "code": told.code,
        "promise": finding.breach.promise.name.lower(),
        "message": told.message,
        "file": told.file,
        "line": told.span.start.line,
        "column": told.span.start.column,
        "collection": finding.collection,
        "field": told.field,
        "hint": told.hint,
        "record": trial.record,
        "existing": trial.existing,
        "previous": trial.previous,
        "parent": trial.parent,
        "outcome": outcome.kind.value if outcome else None,
        "saved": saved,
    }


def _hint(finding: Finding, collection: Collection, engine: Engine) -> str:
    promise, reason = finding.breach.promise, finding.breach.reason
    if promise is not Promise.REJECTED:
        return _PROMISE_HINTS.get(promise, _OUR_FAULT)
    if reason.code == "value-too-long":
        rule = next((rule for rule in collection.fields if is_about(reason, rule)), None)
        schema = engine.schemas.load(collection.destination.text)
        known = field_schema(rule, schema) if rule else None
        length = known.type.texts.max_length if known else None
        return f"cut the text to what the field takes: truncate(value, {length or 100})"
    return _HINTS.get(reason.code, f"recordmap rule {reason.code} tells what it means")


def _span(reason: Reason, collection: Collection) -> Span:
    """Return the text that a reason points at, as far as one scalar of the template begins there."""
    start = (reason.line or 1, reason.column or 1, reason.file)
    for scalar in _scalars(collection):
        if collection.start_of(scalar) == start:
            return lowered(scalar.at(0, len(scalar.text)))
    return Span.at(start[0], start[1])


def _scalars(collection: Collection) -> Iterator[Scalar]:
    yield collection.name
    if collection.filter is not None:
        yield collection.filter.scalar
    yield from (rule.when.scalar for rule in collection.errors)
    yield from (child.into for child in collection.children)
    if collection.each is not None:
        yield collection.each.scalar
    for rule in collection.fields:
        texts = (rule.formula, rule.source, rule.constant, rule.when)
        yield rule.name
        yield from (text.scalar for text in texts if text is not None)
