"""Why a condition is true or false, and why a field, a record or a child wasn't written: one sentence each.

The sentences are about the very values that the trace saw. Values stand in them: they are for the person who asked.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recordmap.runtime.outcome import Kind
from recordmap.runtime.values import children, is_blank
from recordmap.template.model import Collection
from recordmap.trace.model import FieldTrace, RecordTrace, Role, State, Step, StepKind
from recordmap.trace.parts import PICKS

_WIDTH = 60
_EMPTINESS = {"is_empty": "empty", "is_null": "null"}


def show_value(value: Any) -> str:
    """Return a value as JSON, cut to one line."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def one_line(text: str) -> str:
    """Return a text of the template on one line."""
    return " ".join(text.split())


def why(step: Step, source: Step | None = None) -> str:
    """Return why a condition is what it is: true or false. `source` is the step that made `value`."""
    parts = {id(part.node): part for part in step.parts}
    match step.node:
        case ast.UnaryOp(op=ast.Not(), operand=operand) if id(operand) in parts:
            return why(parts[id(operand)], source)
        case ast.BoolOp(op=operator):
            stops = isinstance(operator, ast.Or) == bool(step.value)
            told = [
                one
                for one in step.parts
                if one.role in ((Role.DECIDED,) if stops else (Role.PASSED, Role.DECIDED))
            ]
            return _joined(why(one, source) for one in told)
        case ast.IfExp():
            test, *chosen = [one for one in step.parts if one.role in (Role.TEST, Role.DECIDED)]
            return _joined([why(test, source), *(why(one, source) for one in chosen)])
        case ast.Call(func=ast.Name(id=name), args=[argument]) if (
            name in _EMPTINESS and id(argument) in parts
        ):
            part = parts[id(argument)]
            state = _EMPTINESS[name] if step.value else f"not {_EMPTINESS[name]}"
            return f"{_named(part)} is {state}{_where(part, source) if step.value else ''}"
        case ast.Compare():
            return _joined(_told(one, source) for one in step.parts) or f"`{one_line(step.text)}`"
        case ast.Call() if step.parts:
            inside = _joined(_told(one, source) for one in step.parts)
            return f"`{one_line(step.text)}` is {show_value(step.value)}, where {inside}"
        case _:
            return _told(step, source)


def why_blank(step: Step, source: Step | None = None) -> str:
    """Return why an expression gave nothing."""
    match step.node:
        case ast.BoolOp(op=ast.Or()):
            return _joined(why_blank(one, source) for one in step.parts if one.role is not Role.NOT_NEEDED)
        case ast.Call(func=ast.Name(id=name)) if name in PICKS:
            return _joined(why_blank(one, source) for one in step.parts if one.role is not Role.NOT_NEEDED)
        case ast.BoolOp() | ast.IfExp():
            chosen = [one for one in step.parts if one.role is Role.DECIDED]
            tests = [why(one, source) for one in step.parts if one.role is Role.TEST]
            return _joined([*tests, *(why_blank(one, source) for one in chosen)])
        case ast.Call():
            blank = [one for one in step.parts if is_blank(one.value)]
            if step.row is not None and not step.row.found:
                return f"the table `{step.row.table}` has no row for {show_value(step.row.key)}"
            return why_blank(blank[0], source) if blank else _told(step, source)
        case ast.Name(id="value") if source is not None and source.note:
            return source.note
        case _:
            return step.note or _told(step, source)


def _named(step: Step) -> str:
    return f"`{one_line(step.text).removeprefix('record.')}`"


def _told(step: Step, source: Step | None) -> str:
    where = _where(step, source)
    return f"{_named(step)} is {show_value(step.value)}{'' if where == ' (null)' else where}"


def _where(step: Step, source: Step | None) -> str:
    """Return where a path ends, in brackets, where that says more than the value."""
    note = step.note
    if isinstance(step.node, ast.Name) and step.node.id == "value" and source is not None:
        note = source.note
    elif step.parts and step.parts[-1].kind is StepKind.SOURCE:
        note = step.parts[-1].note
    if not note or not is_blank(step.value):
        return ""
    whole = f"`{one_line(step.text)}` is "
    if not note.startswith(whole):
        return f" ({note})"
    # That `city` is null says nothing new of a null, but tells what an empty one is.
    return f" ({note.removeprefix(whole)})" if step.value is None or step.value.strip() != step.value else ""


def _joined(sentences: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(sentences))


def line_of(step: Step, file: str | None) -> str:
    """Return where a step stands, as it is said: line 12 of customer_add.yaml."""
    return f"line {step.line} of {step.file or file}" if step.file or file else f"line {step.line}"


def not_written(traced: FieldTrace, file: str | None) -> str:
    """Return why a field was not written, or the record was rejected at it."""
    steps = {step.kind: step for step in traced.steps}
    source = steps.get(StepKind.SOURCE)
    last = traced.steps[-1] if traced.steps else None
    prefix = f"{traced.why}, and " if traced.state is State.REJECTED and traced.why else ""
    if last is None:
        return traced.why or "nothing makes its value"
    if last.error is not None:
        failed = [one for one in last.walk() if one.error is not None][-1]
        return f"{prefix}`{one_line(failed.text)}` at {line_of(failed, file)} fails"
    if last.kind is StepKind.WHEN:
        return f"{prefix}its `when` at {line_of(last, file)} is false because {why(last, source)}"
    if not is_blank(last.value):
        return (
            f"{traced.why}, and {show_value(last.value)} is not that"
            if traced.why
            else "its value was refused"
        )
    if last.kind is StepKind.LOOKUP:
        return prefix + _no_row(last)
    if traced.carried:
        return f"{prefix}it is carried forward, and {last.note or 'there is nothing to carry'}"
    if last.kind is StepKind.FORMULA and (last.parts or not last.note):
        return f"{prefix}the formula at {line_of(last, file)} gives nothing because {why_blank(last, source)}"
    return prefix + (last.note or f"`{one_line(last.text)}` at {line_of(last, file)} finds nothing")


def _no_row(step: Step) -> str:
    if step.row is None:
        return f"there is nothing to look up in the table `{step.text}`"
    found = "gives nothing for" if step.row.found else "has no row for"
    return f"the table `{step.text}` {found} {show_value(step.row.key)}"


def record_ended(traced: RecordTrace) -> str | None:
    """Return why a record was skipped or rejected as a whole; None for one that was mapped, or failed at a field."""
    outcome = traced.outcome
    if outcome is None or outcome.kind is Kind.MAPPED or not traced.steps:
        return None
    step = traced.steps[-1]
    if step.error is not None:
        return f"`{one_line(step.text)}` at {line_of(step, traced.file)} fails"
    if step.kind is StepKind.FILTER and not step.value:
        return f"the filter at {line_of(step, traced.file)} is false because {why(step)}"
    if step.kind is StepKind.ERROR_RULE and step.value:
        return f"the error rule at {line_of(step, traced.file)} is true because {why(step)}"
    return None


def no_children(traced: RecordTrace, into: str, child: Collection) -> str | None:
    """Return why there are no child records in a field; None where there are some, or the record ended before."""
    tried = [one for name, _, one in traced.children if name == into]
    if any(one.outcome is not None and one.outcome.kind is not Kind.SKIPPED for one in tried):
        return None
    if tried:
        return "; ".join(dict.fromkeys(filter(None, map(record_ended, tried))))
    if not child.enabled:
        return f"the collection {child.title} is disabled"
    each = [one for one in traced.steps if one.kind is StepKind.EACH and one.node is _tree(child)]
    if not each or children(each[-1].value):
        return None
    return (
        each[-1].note or f"`{one_line(each[-1].text)}` at {line_of(each[-1], traced.file)} finds no records"
    )


def without_children(traced: RecordTrace, collections: Mapping[str, Collection]) -> Iterator[tuple[str, str]]:
    """Yield the fields for child records that have none, each with the reason."""
    for child in collections[traced.collection].children:
        reason = no_children(traced, child.into.text, collections[child.collection.text])
        if reason:
            yield child.into.text, reason


def _tree(child: Collection) -> object:
    return child.each.parsed.tree if child.each is not None else None
