"""The fields of a collection: what each gets, in a sentence, and what becomes of an empty value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from recordmap.frozen import replace
from recordmap.mapdocs.blocks import Block, Heading, Table, code
from recordmap.mapdocs.subject import Subject, capital, constant
from recordmap.mapdocs.wording import formula_text, source_text
from recordmap.runtime.values import is_blank
from recordmap.template.model import FieldRule, Level, OnEmpty


def fields(subject: Subject, title: str, *, custom: bool) -> Iterator[Block]:
    """Yield the table of fields, or of custom fields."""
    known = list(subject.schema.custom_fields if custom else subject.schema.fields)
    place = {name: number for number, name in enumerate(known)}
    rules = [rule for rule in subject.collection.fields if rule.custom == custom]
    if not rules:
        return
    rules.sort(key=lambda rule: (place.get(rule.name.text, len(place)), rule.name.text))
    yield Heading(2, title)
    yield Table(
        ("Field", "Requirement", "What it gets", "How", "Note"),
        tuple(
            (
                code(rule.name.text),
                subject.level(rule).value,
                sentence(subject, rule),
                how(rule),
                _note(subject, rule),
            )
            for rule in rules
        ),
    )


def sentence(subject: Subject, rule: FieldRule) -> str:
    """Return in plain words what a field gets, when, and what becomes of an empty value."""
    value = None if rule.source is None else subject.speaker.source(rule.source.parsed)
    speaker = replace(subject.speaker, value=value, field=rule.name.text)
    if rule.constant is not None:
        text = f"always {constant(rule.constant.value)}"
    elif rule.formula is not None:
        text = speaker.formula(rule.formula.parsed.tree)
    else:
        text = value or "nothing"
    if rule.lookup is not None:
        text += f", translated by the table {code(rule.lookup.text)}"
    if rule.when is not None:
        text += f", but only where {speaker.condition(rule.when.parsed.tree)}"
    return f"{capital(text)}.{_when_empty(subject, rule)}"


def _note(subject: Subject, rule: FieldRule) -> str:
    """Return what the template's author says, where that is more than the sentence says."""
    text = " ".join((rule.description or "").split())
    return "" if text == sentence(subject, rule) else text


def _when_empty(subject: Subject, rule: FieldRule) -> str:
    if _is_never_empty(rule):
        return ""
    if subject.level(rule) is Level.REQUIRED:
        return " Without it the record is rejected."
    if rule.on_empty is OnEmpty.ERROR:
        return " An empty value rejects the record."
    if rule.on_empty is OnEmpty.NULL and not rule.custom:
        return " An empty value is written as null."
    return ""


def messages(subject: Subject) -> Iterator[Block]:
    """Yield what a person may read when a record is rejected."""
    rows = [
        (
            capital(f"{subject.condition(rule.when)}"),
            rule.message.text,
            code(formula_text(rule.when.parsed)),
        )
        for rule in subject.collection.errors
    ]
    for rule in subject.sorted_fields():
        field = subject.field(rule)
        name = rule.name.text
        if subject.level(rule) is Level.REQUIRED:
            message = field.required_message if field is not None else f"{name} is required"
            rows.append((f"{code(name)} is empty", message, ""))
        unique = field.messages.get("unique") if field is not None else None
        if unique:
            rows.append((f"another {subject.customer} has this {code(name)}", unique, ""))
    if rows:
        yield Heading(2, "Error texts")
        yield Table(("When", "What the error log says", "How"), tuple(rows))


def _is_never_empty(rule: FieldRule) -> bool:
    """Whether a rule plainly ends in a text of its own: a constant, or what stands behind the last `or`."""
    if rule.lookup is not None or rule.when is not None:
        return False
    last: Any = rule.constant.value if rule.constant is not None else None
    if rule.formula is not None:
        match rule.formula.parsed.tree:
            case ast.BoolOp(op=ast.Or(), values=[*_, ast.Constant(value=value)]):
                last = value
            case ast.Call(func=ast.Name(id="first_of"), args=[*_, ast.Constant(value=value)]):
                last = value
    return not is_blank(last)


def how(rule: FieldRule) -> str:
    """Return the expressions of a field rule as code."""
    parts = []
    if rule.source is not None:
        parts.append(code(source_text(rule.source.parsed)))
    if rule.formula is not None:
        parts.append(code(formula_text(rule.formula.parsed)))
    if rule.constant is not None:
        parts.append(constant(rule.constant.value))
    if rule.lookup is not None:
        parts.append(f"lookup {code(rule.lookup.text)}")
    if rule.when is not None:
        parts.append(f"when {code(formula_text(rule.when.parsed))}")
    if rule.on_empty is not OnEmpty.OMIT:
        parts.append(code(f"on_empty: {rule.on_empty.value}"))
    return ", ".join(parts)
