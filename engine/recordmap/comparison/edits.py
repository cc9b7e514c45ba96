"""What was edited between two sides, by meaning, and where it stands now: comments, order and quotes are no edits.

Every edit has a place in the new files, or in the old ones where nothing is left of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from recordmap.comparison.sides import Side
from recordmap.frozen import Frozen
from recordmap.schema.library import SUFFIX, SchemaLibrary
from recordmap.schema.record import SchemaError
from recordmap.template import meaning
from recordmap.template.model import (
    Collection,
    ErrorRule,
    FieldRule,
    FormulaText,
    Integration,
    MatchByExternalId,
    MatchByField,
    SourceText,
)
from recordmap.template.nodes import Scalar

CUSTOM = "custom field"
FIELD = "field"


class Happened(StrEnum):
    """What happened to a part of a template."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Edit(Frozen):
    """One edited part.

    `part` is what it is (field, filter, name, …) and `name` which one, where there are several; `collection` is None
    for the integration. `file` and `line` are in the new side; in the old one for what was removed.
    """

    collection: str | None
    part: str
    name: str | None
    happened: Happened
    file: str | None
    line: int

    @property
    def place(self) -> str:
        """Return file and line as people write them."""
        return f"{self.file or 'the template'}:{self.line}"


def edits(old: Side, new: Side, pairs: Mapping[str, str]) -> list[Edit]:
    """Return what was edited, by place. `pairs` maps collections of the old side to what they became."""
    found = list(_integration(old.integration, new.integration))
    became = {name: pairs.get(name, name) for name in old.engine.collections}
    for before, after in became.items():
        found.extend(_collection(old.collection(before), new.collection(after)))
    found.extend(
        edit
        for name, one in new.engine.collections.items()
        if name not in became.values()
        for edit in _collection(None, one)
    )
    found.extend(_schemas(old, new))
    return sorted(found, key=lambda edit: (edit.file or "", edit.line, edit.part, edit.name or ""))


def _integration(old: Integration | None, new: Integration | None) -> Iterator[Edit]:
    if old is None or new is None:
        return
    for operation in ("add", "update"):
        before, after = getattr(old, operation), getattr(new, operation)
        if (before and before.text) != (after and after.text):
            lines = [one and one.span.start.line for one in (before, after)]
            yield _edit_at(operation, None, lines[0], lines[1], old, new)
    yield from _match(old, new)
    ids = [meaning.source_meaning(one.source.external_id) for one in (old, new)]
    if ids[0] != ids[1]:
        now = new.source.external_id or old.source.external_id
        line = now.scalar.span.start.line if now else 1
        yield Edit(None, "external_id", None, Happened.CHANGED, new.file, line)
    for key in sorted(old.settings.keys() | new.settings.keys()):
        before, after = _json(old.settings.get(key)), _json(new.settings.get(key))
        if before != after:
            lines = [scalar.span.start.line for name, scalar in new.texts if name.text == key]
            line = (lines or [new.name.span.start.line])[0]
            yield Edit(None, "setting", key, Happened.CHANGED, new.file, line)


def _match(old: Integration, new: Integration) -> Iterator[Edit]:
    """Yield the match rules that are new, gone, or say something else; the first one where their order changed."""
    says = [list(map(meaning.match_meaning, side.match)) for side in (old, new)]
    if says[0] == says[1]:
        return
    before, after = ({_match_name(rule): rule for rule in side.match} for side in (old, new))
    found = [
        _edit_at("match rule", name, _match_line(before.get(name)), _match_line(after.get(name)), old, new)
        for name in sorted(before.keys() | after.keys())
        if _match_says(before.get(name)) != _match_says(after.get(name))
    ]
    yield from found
    if not found:
        name = _match_name(new.match[0])
        yield _edit_at("match rule", name, _match_line(old.match[0]), _match_line(new.match[0]), old, new)


def _match_name(rule: MatchByExternalId | MatchByField) -> str:
    return rule.field.text if isinstance(rule, MatchByField) else "external_id"


def _match_line(rule: MatchByExternalId | MatchByField | None) -> int | None:
    if rule is None:
        return None
    return (rule.field.span if isinstance(rule, MatchByField) else rule.span).start.line


def _match_says(rule: MatchByExternalId | MatchByField | None) -> object:
    return None if rule is None else meaning.match_meaning(rule)


def _edit_at(
    part: str,
    name: str | None,
    old_line: int | None,
    new_line: int | None,
    old: Integration,
    new: Integration,
) -> Edit:
    if new_line is None:
        return Edit(None, part, name, Happened.REMOVED, old.file, old_line or 1)
    happened = Happened.ADDED if old_line is None else Happened.CHANGED
    return Edit(None, part, name, happened, new.file, new_line)


def _collection(old: Collection | None, new: Collection | None) -> Iterator[Edit]:
    if old is None or new is None:
        one = new or old
        if one is not None:
            happened = Happened.REMOVED if new is None else Happened.ADDED
            yield Edit(one.title, "collection", None, happened, *one.where(one.name.span.start.line))
        return
    yield from _frame(old, new)
    yield from _fields(old, new)
    for part, before, after in (
        ("name", old.names, new.names),
        ("lookup", old.lookups, new.lookups),
    ):
        says: Callable[[Any], object] = meaning.lookup_meaning if part == "lookup" else meaning.source_meaning
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if (was is None) != (now is None) or (was and now and says(was) != says(now)):
                yield _edit(part, name, _scalar(was), _scalar(now), old, new)
    children = [{child.into.text: child for child in one.children} for one in (old, new)]
    for into in sorted(children[0].keys() | children[1].keys()):
        child, further = children[0].get(into), children[1].get(into)
        if (child and meaning.child_meaning(child)) != (further and meaning.child_meaning(further)):
            was_run, is_run = (one.collection if one else None for one in (child, further))
            yield _edit("children", into, was_run, is_run, old, new)


def _frame(old: Collection, new: Collection) -> Iterator[Edit]:
    """Yield the edits of what stands beside fields, names, lookups and children."""
    for part in ("source", "destination", "child_of"):
        before, after = getattr(old, part), getattr(new, part)
        if (before and before.text) != (after and after.text):
            yield _edit(part, None, before, after, old, new)
    for part in ("operation", "enabled", "duplicates", "on_change"):
        if getattr(old, part) != getattr(new, part):
            shown = "status" if part == "enabled" else part
            yield _edit(shown, None, old.name, new.name, old, new)
    if meaning.source_meaning(old.each) != meaning.source_meaning(new.each):
        yield _edit("each", None, _scalar(old.each), _scalar(new.each), old, new)
    if meaning.formula_meaning(old.filter) != meaning.formula_meaning(new.filter):
        yield _edit("filter", None, _scalar(old.filter), _scalar(new.filter), old, new)
    before, after = [_error_rules(one) for one in (old, new)]
    if list(before) != list(after):
        for says in [one for one in after if one not in before]:
            yield _edit("errors", None, None, after[says].when.scalar, old, new)
        for says in [one for one in before if one not in after]:
            yield _edit("errors", None, before[says].when.scalar, None, old, new)
        if before.keys() == after.keys():
            first = next(iter(after.values())).when.scalar
            yield _edit("errors", None, first, first, old, new)


def _error_rules(collection: Collection) -> dict[object, ErrorRule]:
    return {(rule.message.text, meaning.formula_meaning(rule.when)): rule for rule in collection.errors}


def _fields(old: Collection, new: Collection) -> Iterator[Edit]:
    before, after = ({(one.custom, one.name.text): one for one in side.fields} for side in (old, new))
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        part = CUSTOM if key[0] else FIELD
        if was is None or now is None:
            yield _edit(part, key[1], _scalar(was), _scalar(now), old, new)
        elif own_meaning(was) != own_meaning(now):
            scalar = _changed_scalar(was, now)
            yield _edit(part, key[1], was.name, scalar, old, new)


def own_meaning(rule: FieldRule) -> tuple[object, ...]:
    """Return what a rule itself says; names and lookups have edits of their own."""
    return (*_parts(rule), rule.level, rule.on_empty)


def _parts(rule: FieldRule) -> tuple[object, ...]:
    return (
        meaning.source_meaning(rule.source),
        meaning.formula_meaning(rule.formula),
        None if rule.constant is None else _json(rule.constant.value),
        rule.lookup and rule.lookup.text,
        meaning.formula_meaning(rule.when),
    )


def _changed_scalar(old: FieldRule, new: FieldRule) -> Scalar:
    """Return the first line of a rule that says something else now; its name where a line is gone."""
    texts = (_scalar(new.source), _scalar(new.formula), _scalar(new.constant), new.lookup, _scalar(new.when))
    for before, after, scalar in zip(_parts(old), _parts(new), texts, strict=True):
        if before != after and scalar is not None:
            return scalar
    return new.name


def _scalar(one: Any) -> Scalar | None:
    """Return the text of a source, formula or constant, or the name of a lookup."""
    if one is None or isinstance(one, Scalar):
        return one
    scalar: Scalar = (
        one.scalar if isinstance(one, SourceText | FormulaText) or hasattr(one, "scalar") else one.name
    )
    return scalar


def _edit(
    part: str, name: str | None, was: Scalar | None, now: Scalar | None, old: Collection, new: Collection
) -> Edit:
    happened = Happened.REMOVED if now is None else Happened.ADDED if was is None else Happened.CHANGED
    scalar, side = (was, old) if now is None else (now, new)
    return Edit(new.title, part, name, happened, *side.where(scalar.span.start.line if scalar else 1))


def _schemas(old: Side, new: Side) -> Iterator[Edit]:
    """Yield the record schemas that say something else now."""
    libraries = [side.engine.schemas for side in (old, new)]
    for name in sorted({name for library in libraries for name in library.names()} - {"any"}):
        before, after = [_schema(library, name) for library in libraries]
        if before != after:
            happened = (
                Happened.REMOVED if after is None else Happened.ADDED if before is None else Happened.CHANGED
            )
            yield Edit(None, "schema", name, happened, f"schemas/{name}{SUFFIX}", 1)


def _schema(library: SchemaLibrary, name: str) -> object:
    try:
        return json.loads(library.read(name))
    except (SchemaError, ValueError):
        return None


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)
