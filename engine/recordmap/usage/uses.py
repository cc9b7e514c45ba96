"""Every use of a source path or a destination field in a project, with its place.

Paths are told from the top of the source record, also those of child collections: what a child reads as `city` of the
record under `attributes.location` is `attributes.location.city`. Steps into lists don't count in a path; a child that
several parents have counts once for each place that its records are in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from recordmap.expression.formula_reads import reads as formula_reads
from recordmap.expression.source_reads import Key, Read
from recordmap.expression.source_reads import reads as source_reads
from recordmap.template.model import (
    Collection,
    FormulaText,
    Integration,
    MatchByField,
    SourceText,
)
from recordmap.template.nodes import Scalar
from recordmap.workspace import Workspace

Keys = tuple[str, ...]
_MOST_PLACES = 20
"""Places of a child's records that are told apart."""


class Side(StrEnum):
    """Which record a path is in."""

    SOURCE = "source"
    DESTINATION = "destination"


class KeyPlace(NamedTuple):
    """Where one key of a path stands in the line of its use: the first character, from 1, and how many there are."""

    column: int
    length: int


class Use(NamedTuple):
    """One use. `how` says in a word or two what the text around it is for; `text` is that text.

    `file`, `line` and `column` are where the use itself stands, from 1. With `writes`, the field gets its value there.
    `keys` has a place for each key of the path: None for one that stands elsewhere, such as where a child's records
    are, or that the file doesn't hold letter by letter.
    """

    side: Side
    path: Keys
    file: str | None
    line: int
    column: int
    collection: str | None
    field: str | None
    how: str
    text: str
    writes: bool = False
    keys: tuple[KeyPlace | None, ...] = ()


def uses(workspace: Workspace) -> list[Use]:
    """Return every use in a project, by place."""
    found: list[Use] = []
    for collection in workspace.collections.values():
        found.extend(_Reader(collection, _places(collection, workspace)).uses())
    if workspace.integration is not None:
        found.extend(_of_integration(workspace.integration))
    return sorted(dict.fromkeys(found), key=lambda use: (use.file or "", use.line, use.column, use.path))


def keys_of(read: Read) -> Keys:
    """Return the keys of a path, without its steps into lists."""
    return tuple(step.name for step in read.steps if isinstance(step, Key))


class _Place(NamedTuple):
    """Where the records of a collection are in the whole source record, and where its parent's are."""

    record: Keys
    parent: Keys


def _places(collection: Collection, workspace: Workspace, depth: int = 0) -> tuple[_Place, ...]:
    """Return where a collection's records are: at the top, or wherever its parents pick them."""
    each = collection.each
    if collection.child_of is None or each is None or depth > 5:
        return (_Place((), ()),)
    picked = {keys_of(read) for read in source_reads(each.parsed.tree)} or {()}
    parents = [
        one
        for one in workspace.collections.values()
        if any(child.collection.text == collection.title for child in one.children)
    ]
    tops = {place.record for one in parents for place in _places(one, workspace, depth + 1)} or {()}
    places = [_Place((*top, *keys), top) for top in sorted(tops) for keys in sorted(picked)]
    return tuple(places[:_MOST_PLACES])


class _Reader:
    """Reads one collection."""

    def __init__(self, collection: Collection, places: tuple[_Place, ...]) -> None:
        self._collection = collection
        self._places = places
        self._tops = tuple(dict.fromkeys(place.parent for place in places))

    def uses(self) -> Iterator[Use]:
        one = self._collection
        if one.each is not None:
            yield from self._source(one.each, None, "each", self._tops)
        for name, named in one.names.items():
            yield from self._source(named, None, f"name {name}")
        if one.filter is not None:
            yield from self._formula(one.filter, None, "filter")
        for error in one.errors:
            yield from self._formula(error.when, None, "error filter")
        for rule in one.fields:
            field = rule.name.text
            yield self._use(
                Side.DESTINATION, (field,), rule.name, 0, len(field), field, "written", writes=True
            )
            if rule.source is not None:
                yield from self._source(rule.source, field, "source")
            if rule.formula is not None:
                yield from self._formula(rule.formula, field, "formula")
            if rule.when is not None:
                yield from self._formula(rule.when, field, "when")
        for child in one.children:
            into = child.into
            yield self._use(
                Side.DESTINATION, (into.text,), into, 0, len(into.text), None, "child records", writes=True
            )

    def _source(
        self, source: SourceText, field: str | None, how: str, tops: Iterable[Keys] | None = None
    ) -> Iterator[Use]:
        for read in source_reads(source.parsed.tree):
            offset, length = _last_key(read)
            keys = _source_keys(read, source.scalar)
            for top in self._records() if tops is None else tops:
                path = (*top, *keys_of(read))
                yield self._use(Side.SOURCE, path, source.scalar, offset, length, field, how, keys=keys)

    def _formula(self, formula: FormulaText, field: str | None, how: str) -> Iterator[Use]:
        for node, name, keys in formula_reads(formula.parsed.tree):
            place = formula.parsed.place(node)
            where = (formula.scalar, place.offset, place.length, field, how)
            places = _formula_keys(node, formula)
            if name in ("record", "previous"):
                for top in self._records():
                    yield self._use(Side.SOURCE, (*top, *keys), *where, keys=places)
            elif name == "parent":
                for top in self._tops:
                    yield self._use(Side.SOURCE, (*top, *keys), *where, keys=places)
            elif name == "existing":
                yield self._use(Side.DESTINATION, keys, *where, keys=places)
            elif name in self._collection.names:
                for read in source_reads(self._collection.names[name].parsed.tree):
                    for top in self._records():
                        path = (*top, *keys_of(read), *keys)
                        yield self._use(Side.SOURCE, path, *where, keys=places)

    def _records(self) -> Iterator[Keys]:
        return (place.record for place in self._places)

    def _use(  # noqa: PLR0913 - a use has this many parts
        self,
        side: Side,
        path: Keys,
        scalar: Scalar,
        offset: int,
        length: int,
        field: str | None,
        how: str,
        *,
        writes: bool = False,
        keys: Sequence[KeyPlace | None] = (),
    ) -> Use:
        start = scalar.at(offset, length).start
        file, line = self._collection.where(start.line)
        text = " ".join(scalar.text.split())
        title = self._collection.title
        places = _for_all(path, keys)
        return Use(side, path, file, line, start.column, title, field, how, text, writes, places)


def _of_integration(integration: Integration) -> Iterator[Use]:
    """Yield what an integration reads to tell records apart, to find them and to go on where it was."""
    named = [("external ID", integration.source.external_id), ("watermark", integration.source.watermark)]
    fields = [rule for rule in integration.match if isinstance(rule, MatchByField)]
    named += [("match", rule.source) for rule in fields]
    for how, source in named:
        if source is not None:
            for read in source_reads(source.parsed.tree):
                offset = _last_key(read)[0]
                use = _in_integration(integration, Side.SOURCE, keys_of(read), source.scalar, offset, how)
                yield use._replace(keys=tuple(_source_keys(read, source.scalar)))
    for rule in fields:
        yield _in_integration(integration, Side.DESTINATION, (rule.field.text,), rule.field, 0, "match")


def _in_integration(
    integration: Integration, side: Side, path: Keys, scalar: Scalar, offset: int, how: str
) -> Use:
    start = scalar.at(offset).start
    where = (integration.file, start.line, start.column, None, None, how, scalar.text)
    return Use(side, path, *where, keys=_for_all(path, ()))


def _last_key(read: Read) -> tuple[int, int]:
    """Return where the last key of a path stands in its text, and how long it is."""
    last = next((step for step in reversed(read.steps) if isinstance(step, Key)), None)
    return (last.offset, last.length) if last else (0, 1)


def _for_all(path: Keys, known: Sequence[KeyPlace | None]) -> tuple[KeyPlace | None, ...]:
    """Return a place for each key of a path whose last ones are known."""
    return (*(None for _ in path[len(known) :]), *known)


def _source_keys(read: Read, scalar: Scalar) -> list[KeyPlace | None]:
    return [_place(scalar, step.offset, step.length) for step in read.steps if isinstance(step, Key)]


def _formula_keys(node: ast.expr, formula: FormulaText) -> list[KeyPlace | None]:
    """Return where the keys of `record.a["b"]` stand, in the order of the path."""
    found: list[KeyPlace | None] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            whole, length = formula.parsed.place(node), len(node.attr)
            found.append(_place(formula.scalar, whole.offset + whole.length - length, length))
        else:
            inner = formula.parsed.place(node.slice)
            found.append(_place(formula.scalar, inner.offset, inner.length))
        node = node.value
    return found[::-1]


def _place(scalar: Scalar, offset: int, length: int) -> KeyPlace | None:
    span = scalar.exact(offset, length)
    return None if span is None else KeyPlace(span.start.column, length)
