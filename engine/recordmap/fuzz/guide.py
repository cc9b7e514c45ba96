"""What a template tells a search: which keys it reads where the schema names none, and what it compares with.

Random records hardly ever hold the key `Last active` or the value `gold`. So the source schema is widened by the
paths that the template reads, and the constants of its formulas, sources and lookups are tried as values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from recordmap.expression.source import Source
from recordmap.expression.source_nodes import Literal, walk
from recordmap.expression.source_reads import Key, Step
from recordmap.frozen import replace
from recordmap.fuzz.readable import read_by
from recordmap.fuzz.values import LONG, Hints
from recordmap.schema.library import SchemaLibrary
from recordmap.schema.types import ANY, Kind, Type
from recordmap.template.model import Collection, FieldRule, FormulaText, SourceText

Steps = tuple[str | Step, ...]
"""A path into a record: keys, and steps that are none. See `recordmap.expression.source_reads`."""

_MAX_LENGTH = 20 * LONG


@dataclass(slots=True)
class Guide:
    """What was found in a collection and the child collections below it.

    `record`, `existing` and `previous` hold the paths that are read: of the source record that all of them come from,
    of the destination record, and of the source record as it was; with the type of what a child collection makes its
    records of.
    """

    collections: Mapping[str, Collection]
    schemas: SchemaLibrary
    record: list[tuple[Steps, Type | None]] = field(default_factory=list)
    existing: list[tuple[Steps, Type | None]] = field(default_factory=list)
    previous: list[tuple[Steps, Type | None]] = field(default_factory=list)
    _constants: dict[Any, None] = field(default_factory=dict)
    _lengths: set[int] = field(default_factory=set)
    _calls: dict[str, None] = field(default_factory=dict)

    def read(self, collection: Collection, here: Steps = (), parent: Steps | None = None) -> None:
        """Take in a collection whose records stand at `here` of the source record, and its parent's at `parent`."""
        roots = {"record": here, "parent": parent}
        for source in _sources(collection):
            self._add_source(source.parsed, here)
        for text, picked in _formulas_with_sources(collection):
            self._add_formula(text)
            for read in text.parsed.names:
                root = roots.get(read.name)
                if read.name == "existing":
                    self.existing.append((read.keys, None))
                elif read.name == "previous":
                    self.previous.append((read.keys, None))
                elif root is not None:
                    self.record.append(((*root, *read.keys), None))
                else:
                    named = picked if read.name == "value" else collection.names.get(read.name)
                    for path in _paths(named.parsed) if named else ():
                        self.record.append(((*here, *path, *read.keys), None))
        for table in collection.lookups.values():
            self._constants.update(dict.fromkeys(table.table))
        self._add_lengths(self.schemas.load(collection.destination.text).type)
        for child in collection.children:
            self.read_child(self.collections[child.collection.text], here)

    def read_child(self, child: Collection, parent: Steps = ()) -> None:
        """Take in a child collection of a record at `parent`."""
        if child.each is None:
            return
        self._add_source(child.each.parsed, parent)
        element = self.schemas.load(child.source.text).type
        for path in _paths(child.each.parsed):
            self.record.append(((*parent, *path), replace(element, kinds=frozenset({Kind.OBJECT}))))
            self.read(child, (*parent, *path, Step.OPENED), parent)

    @property
    def hints(self) -> Hints:
        """What is tried as values: constants as they are, and as lengths of texts."""
        named = [one for one in self._constants if isinstance(one, str)]
        numbers = [
            one for one in self._constants if isinstance(one, int | float) and not isinstance(one, bool)
        ]
        numbers += [int(text) for text in named if text.isascii() and text.isdigit() and len(text) < 19]
        lengths = self._lengths | {one for one in numbers if isinstance(one, int) and 0 <= one <= _MAX_LENGTH}
        read = [text for name in self._calls for text in read_by(name, named, sorted(self._lengths))]
        return Hints((*named, *read), tuple(numbers), tuple(sorted(lengths)), tuple(named))

    def _add_source(self, source: Source, here: Steps) -> None:
        self.record.extend(((*here, *path), None) for path in _paths(source))
        for node in walk(source.tree):
            if isinstance(node, Literal):
                self._constants.update(dict.fromkeys(_scalars(node.value)))

    def _add_formula(self, text: FormulaText) -> None:
        for node in ast.walk(text.parsed.tree):
            if isinstance(node, ast.Constant):
                self._constants.setdefault(node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self._calls.setdefault(node.func.id)

    def _add_lengths(self, type_: Type) -> None:
        for inner in (type_, *type_.objects.properties.values()):
            length = inner.texts.max_length
            if length is not None and length <= _MAX_LENGTH:
                self._lengths.add(length)
            self._constants.update(dict.fromkeys(inner.enum or ()))
            if inner is not type_ and Kind.OBJECT in inner.kinds and len(inner.kinds) == 1:
                self._add_lengths(inner)


def widened(type_: Type, reads: Iterable[tuple[Steps, Type | None]]) -> Type:
    """Return a type with all that is read added where the schema leaves room for it."""
    for steps, leaf in reads:
        type_ = _with(type_, steps, leaf)
    return type_


def _with(type_: Type, steps: Steps, leaf: Type | None) -> Type:
    if type_.enum is not None:
        return type_
    if not steps:
        return leaf if leaf is not None and not type_.known and not type_.objects.properties else type_
    step, rest = steps[0], steps[1:]
    if step is Step.OPENED:
        type_ = _with(type_, rest, leaf)
    if step in (Step.ELEMENT, Step.OPENED):
        lists = type_.lists
        if Kind.LIST not in type_.kinds or (step is Step.OPENED and lists.items is None):
            return type_
        return replace(type_, lists=replace(lists, items=_with(lists.each, rest, leaf)))
    if Kind.OBJECT not in type_.kinds:
        return type_
    objects = type_.objects
    names = [step] if not isinstance(step, Step) else list(objects.properties) or ["x"]
    properties = dict(objects.properties)
    for name in names:
        if name in properties or objects.open:
            properties[name] = _with(properties.get(name, objects.extra or ANY), rest, leaf)
    return replace(type_, objects=replace(objects, properties=properties))


def _paths(source: Source) -> Iterator[Steps]:
    for read in source.reads:
        yield tuple(step.name if isinstance(step, Key) else step for step in read.steps)


def _sources(collection: Collection) -> Iterator[SourceText]:
    yield from collection.names.values()
    yield from (rule.source for rule in collection.fields if rule.source is not None)


def _formulas_with_sources(collection: Collection) -> Iterator[tuple[FormulaText, SourceText | None]]:
    """Yield every formula, and the source that is `value` in it."""
    whose: dict[str | None, FieldRule] = {rule.name.text: rule for rule in collection.fields}
    for text, name, has_value in collection.formulas():
        yield text, whose[name].source if has_value else None


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for part in value:
            yield from _scalars(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _scalars(part)
    else:
        yield value
