"""The smallest record that a required field comes out empty for: a helper of rules, and no rule itself.

Types tell that there is such a record, and what it is made of. Then it is mapped, by the slow evaluators, so that
nobody is shown a record which doesn't do what is said of it. Where none is found, none is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from recordmap.checks.flow import FieldFlow
from recordmap.checks.rule import Surroundings
from recordmap.expression.evaluate import FormulaEvaluator
from recordmap.expression.facts import Facts, Path
from recordmap.expression.functions.logic import is_empty
from recordmap.expression.functions.spec import Needs
from recordmap.expression.search import search
from recordmap.expression.source_types import plain_path
from recordmap.schema.fit import holds
from recordmap.schema.narrowing import not_null
from recordmap.schema.types import ANY, Kind, Type
from recordmap.template.model import Collection, FieldRule, FormulaText, SourceText

MAX_SHOWN = 160
"""Characters of a record that are shown in a message."""
_MAX_VALUES = 50
"""Values of the smallest record of a type: with more of them it isn't shown."""
_MAX_PLACES = 8
"""Places of a record that are tried with every empty value."""
_MAX_LISTED = 20
_OTHERS = (0, 1, 2, "a", "ab", False, True)
"""What a table or a condition may have nothing for."""
_NOW = "2024-02-10T09:30:00Z"
_MISSING = object()
_ROOTS = ("record", "parent", "existing")
_SHOWN = {"record": "the record", "parent": "the record", "existing": "the existing record"}

Roots = dict[str, Any]


def example_of(one: FieldFlow, collection: Collection, around: Surroundings) -> str | None:
    """Return the record that shows that a field can come out empty, in words, or None where none is found."""
    try:
        return _shown_example(one, collection, around)
    except _TooLargeError:
        return None


def _shown_example(one: FieldFlow, collection: Collection, around: Surroundings) -> str | None:
    roots = [root for root in _ROOTS if (root,) in one.facts.known]
    reads = list(_reads(one.rule, collection))
    trial = _Trial(one.rule, collection, around)
    for made in _candidates(one.facts, roots, reads[:_MAX_PLACES]):
        values = made if collection.each is None else _in_parent(made, collection.each, one.facts)
        if (
            values
            and all(holds(one.facts.known[root,], values[root]) for root in roots)
            and trial.is_empty(values)
        ):
            comes = "record" if collection.each is None else "parent"
            read = dict.fromkeys("existing" if path[0] == "existing" else comes for path in reads)
            shown = [root for root in read if root in values] or [comes]
            text = " and ".join(
                f"{_SHOWN[root]} {json.dumps(values[root], ensure_ascii=False)}" for root in shown
            )
            return text if len(text) <= MAX_SHOWN else None
    return None


class _TooLargeError(Exception):
    """The smallest record is too large to be shown."""


def smallest(type_: Type) -> Any:
    """Return the least that there can be of a type: null, a text without letters, an object with what it must have."""
    return _smallest(type_, count(1))


def _smallest(type_: Type, number: Iterator[int]) -> Any:
    if next(number) > _MAX_VALUES:
        raise _TooLargeError
    if Kind.NULL in type_.kinds:
        return None
    if type_.enum is not None:
        texts = sorted((one for one in type_.enum if isinstance(one, str)), key=len)
        return texts[0] if texts else type_.enum[0]
    if Kind.TEXT in type_.kinds:
        if type_.shortest > MAX_SHOWN:
            raise _TooLargeError
        return "a" * type_.shortest
    if Kind.BOOLEAN in type_.kinds:
        return not type_.falsy
    if type_.kinds & {Kind.INTEGER, Kind.NUMBER}:
        tried = (0 if type_.falsy else 1, 1, *type_.limits.ends, 0)
        return next((one for one in tried if holds(type_, one)), 0)
    if Kind.LIST in type_.kinds:
        return [] if type_.falsy else [_smallest(type_.lists.each, number)]
    objects = type_.objects
    if len(objects.required) > _MAX_VALUES:
        raise _TooLargeError
    names = [
        name
        for name in {**objects.properties, **dict.fromkeys(sorted(objects.required))}
        if name in objects.required
    ]
    return {name: _smallest(objects.properties.get(name, objects.extra or ANY), number) for name in names}


def _reads(rule: FieldRule, collection: Collection) -> Iterator[Path]:
    """Yield the places that a rule reads its value from, as far as they are named."""
    if rule.source is not None:
        yield from _places(rule.source)
    if rule.formula is not None:
        for read in rule.formula.parsed.names:
            named = collection.names.get(read.name)
            if named is not None:
                yield from _places(named)
            elif read.name in _ROOTS:
                yield (read.name, *read.keys)


def _places(source: SourceText) -> Iterator[Path]:
    for read in source.parsed.reads:
        yield ("record", *(step if isinstance(step, str) else step.name for step in read.steps))


def _candidates(facts: Facts, roots: list[str], reads: list[Path]) -> Iterator[Roots]:
    """Yield what may show it, the smallest first: nothing but what must be there, then one place changed at a time."""
    least = {root: _least(facts, root) for root in roots}
    yield least
    for read in reads:
        if len(read) < 2 or read[0] not in least:
            continue
        type_ = facts.read(read)
        blank = " " * min(max(type_.texts.min_length, 1), MAX_SHOWN)
        for value in (_MISSING, None, "", blank, *_OTHERS, *(type_.enum or ())[:_MAX_LISTED]):
            yield least | {str(read[0]): _with(least[str(read[0])], read, value, facts)}


def _in_parent(made: Roots, each: SourceText, facts: Facts) -> Roots | None:
    """Return records with the child's one where its parent's has it, or None where that can't be done."""
    path = plain_path(each.parsed.tree, ("parent",))
    if path is None or "parent" not in made:
        return None
    record = made["record"]
    for value in (record, [record]):
        parent = _with(made["parent"], path, value, facts)
        if holds(facts.known["parent",], parent) and search(each.parsed, parent) == value:
            return made | {"parent": parent}
    return None


def _least(facts: Facts, root: str) -> Any:
    """Return the smallest record for which everything holds that is known where the field is made."""
    made = smallest(facts.known[root,])
    for path in sorted((path for path in facts.known if path[0] == root and len(path) > 1), key=len):
        type_ = facts.known[path]
        if type_.kinds and not type_.nullable:
            made = _with(made, path, smallest(type_), facts)
    return made


def _with(whole: Any, path: Path, value: Any, facts: Facts) -> Any:
    """Return a copy of a record with another value at a path; as it is where there is no such place."""
    made = json.loads(json.dumps(whole))
    at = made
    for length in range(2, len(path)):
        if not isinstance(at, dict):
            return whole
        key = path[length - 1]
        if not isinstance(at.get(key), dict):
            at[key] = smallest(not_null(facts.read(path[:length])))
        at = at[key]
    if not isinstance(at, dict) or type(path[-1]) is not str:
        return whole
    if value is _MISSING:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = value
    return made


class _Trial:
    """One field of a collection, mapped with nothing but what comes before it."""

    def __init__(self, rule: FieldRule, collection: Collection, around: Surroundings) -> None:
        self._rule = rule
        self._collection = collection
        self._lookup = around.functions["lookup"].call
        self._settings = dict(around.integration.settings) if around.integration is not None else {}
        needs = {Needs.NOW: _NOW, Needs.LOOKUPS: collection.lookups, Needs.PREVIOUS: None}
        self._formulas = FormulaEvaluator(around.functions, needs)

    def is_empty(self, values: Roots) -> bool:
        """Whether these records come as far as the field, and it comes out empty."""
        before = {"existing": None, "previous": None}
        names = {**before, "parent": None, "settings": self._settings, **values}
        try:
            return self._reaches_fields(names) and self._is_empty(names)
        except Exception:  # noqa: BLE001 - what fails is not empty, and functions may raise anything
            return False

    def _reaches_fields(self, names: Roots) -> bool:
        wanted = self._collection.filter
        if wanted is not None and not self._evaluated(wanted, names):
            return False
        return not any(self._evaluated(one.when, names) for one in self._collection.errors)

    def _is_empty(self, names: Roots) -> bool:
        rule = self._rule
        if rule.constant is not None:
            made: Any = rule.constant.value
        else:
            made = None if rule.source is None else self._picked(rule.source, names)
            seen = names if rule.source is None else {**names, "value": made}
            if rule.when is not None and not self._evaluated(rule.when, seen):
                return True
            if rule.formula is not None:
                made = self._evaluated(rule.formula, seen)
        if rule.lookup is not None:
            made = self._lookup(self._collection.lookups, rule.lookup.text, made)
        return is_empty(made)

    def _evaluated(self, text: FormulaText, names: Roots) -> Any:
        named = {
            read.name: self._picked(self._collection.names[read.name], names)
            for read in text.parsed.names
            if read.name in self._collection.names
        }
        return self._formulas.evaluate(text.parsed, {**names, **named})

    @staticmethod
    def _picked(source: SourceText, names: Roots) -> Any:
        return search(source.parsed, names["record"])
