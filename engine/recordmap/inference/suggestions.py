"""Suggestions for a first collection: which path could make a field, and what speaks for it.

Three things speak: the names, the checker's own word on whether the values fit, and how many values of the samples are
values that destination records have. Nothing is applied here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from recordmap.diagnostics import Diagnostic, Severity
from recordmap.engine import Engine
from recordmap.expression.source import source_path
from recordmap.frozen import Frozen
from recordmap.inference.names import alike
from recordmap.inference.shape import Shape
from recordmap.schema.record import RecordSchema
from recordmap.schema.types import Kind
from recordmap.template.writer import flow

LEAST = 0.7
"""Points from which a path is suggested."""
MOST = 3
"""Paths suggested for one field."""
MAX_VALUES = 5_000
"""Different values of one place that are compared."""

_SOURCE = "sample/record"
_ALLOWED = {
    "required-may-be-empty",
    "recommended-field-unmapped",
    "required-field-unmapped",
    "field-only-added",
}
"""Findings that say nothing of whether the value itself fits."""


class Suggestion(Frozen):
    """One path for one field, with the rule that would be written, and what speaks for it and against it.

    `name` and `overlap` are from 0 to 1; `overlap` is None without records of the destination. `share` is how many of
    the samples have a value there. `trouble` is what the checker would say all the same.
    """

    field: str
    path: str
    rule: tuple[tuple[str, str], ...]
    name: float
    overlap: float | None
    share: float
    trouble: str | None = None

    @property
    def points(self) -> float:
        """How much speaks for it, from 0 to 1."""
        name, overlap = self.name, self.overlap or 0.0
        return round(min(1.0, max(name, overlap) + 0.1 * min(name, overlap)), 2)


class Samples:
    """Source and destination records, as far as suggestions need them."""

    def __init__(self) -> None:
        self.shape = Shape()
        self._source: dict[tuple[str, ...], set[str]] = {}
        self._destination: dict[str, set[str]] = {}

    def add(self, record: dict[str, Any]) -> None:
        """Take in a source record."""
        self.shape.add(record)
        for path, value in _values(record, ()):
            _note(self._source.setdefault(path, set()), value)

    def add_destination(self, record: dict[str, Any]) -> None:
        """Take in a destination record."""
        for path, value in _values(record, ()):
            _note(self._destination.setdefault(path[-1], set()), value)

    def overlap(self, path: tuple[str, ...], field: str) -> float | None:
        """Return how many of the values at a path are values of a field, of the fewer; None when that says nothing."""
        mine, theirs = self._source.get(path, set()), self._destination.get(field, set())
        least = min(len(mine), len(theirs))
        return round(len(mine & theirs) / least, 2) if least >= 2 else None


class _Around(NamedTuple):
    samples: Samples
    source: Mapping[str, Any]
    destination: RecordSchema


def suggestions(
    samples: Samples, source: Mapping[str, Any], destination: RecordSchema, fields: Iterable[str]
) -> Iterator[tuple[str, list[Suggestion]]]:
    """Yield the fields with the paths that could make them, the best first; none for some."""
    leaves = list(samples.shape.leaves())
    for field in fields:
        found = [
            _suggestion(_Around(samples, source, destination), field, path, shape)
            for path, shape in leaves
            if (samples.overlap(path, field) or 0) >= LEAST or alike(field, path) >= LEAST
        ]
        likely = (one for one in found if one.points >= LEAST)
        ranked = sorted(likely, key=lambda one: (one.trouble is not None, -one.points, one.path))
        yield field, ranked[:MOST]


def _suggestion(around: _Around, field: str, path: tuple[str, ...], shape: Shape) -> Suggestion:
    samples, source, destination = around
    written = source_path(path)
    is_text = not shape.kinds.keys() - {Kind.TEXT, Kind.NULL}
    rule, trouble = _fitting(written, source, destination, field, is_text=is_text)
    filled = shape.seen - shape.kinds[Kind.NULL] - shape.empty_texts
    share = round(filled / max(samples.shape.seen, 1), 2)
    return Suggestion(field, written, rule, alike(field, path), samples.overlap(path, field), share, trouble)


def _fitting(
    path: str, source: Mapping[str, Any], destination: RecordSchema, field: str, *, is_text: bool
) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """Return the simplest rule that the checker has nothing against, or the plainest with what it has.

    What has a format, or tells records apart, is never cut: it would be another value.
    """
    known = destination.fields.get(field)
    length = None if known is None or known.unique or known.type.texts.format else known.type.texts.max_length
    text = "value" if is_text else "to_text(value)"
    formulas = [None, *([] if is_text else [text]), *([f"truncate({text}, {length})"] if length else [])]
    first: str | None = None
    for formula in formulas:
        rule = (("source", path), *([("formula", formula)] if formula else []))
        trouble = _trouble(rule, source, destination.name, field)
        if trouble is None:
            return rule, None
        first = first or trouble
    return (("source", path),), first


def _trouble(
    rule: tuple[tuple[str, str], ...], source: Mapping[str, Any], destination: str, field: str
) -> str | None:
    keys = flow(dict(rule))
    text = (
        f"recordmap: 1\ncollection: Suggested\noperation: add\nsource: {_SOURCE}\ndestination: {destination}\n"
        f"fields:\n  {flow(field)}: {keys}\n"
    )
    found = Engine.from_collections([text], schemas={_SOURCE: source}).check()
    return next((one.message for one in found if _counts(one, field)), None)


def _counts(finding: Diagnostic, field: str) -> bool:
    return finding.field == field and finding.code not in _ALLOWED and finding.severity is not Severity.NOTE


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and len(path) < 16:
        for key, inner in value.items():
            yield from _values(inner, (*path, key))
    elif path and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value


def _note(values: set[str], value: Any) -> None:
    if len(values) < MAX_VALUES:
        text = str(value).strip().casefold()
        if text:
            values.add(text)
