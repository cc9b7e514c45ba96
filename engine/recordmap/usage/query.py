"""Asking for uses: by a destination field or a path into the source record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import nearest
from recordmap.expression.caps import ExpressionError
from recordmap.expression.source import parse_source, source_path
from recordmap.expression.source_reads import reads
from recordmap.usage.uses import Keys, Side, Use, keys_of


class Relation(StrEnum):
    """How a use is related to what was asked for."""

    SAME = "it"
    WITHIN = "a part of it"
    AROUND = "all around it"


class Hit(NamedTuple):
    """A use and how it is related."""

    use: Use
    relation: Relation


def parse_path(text: str) -> Keys:
    """Return the keys of a path written as in a template.

    Raises:
        ConfigurationError: it is no path.
    """
    try:
        found = reads(parse_source(text).tree)
    except ExpressionError as error:
        hint = 'write it as a template does: attributes.email, or attributes.properties."Last active"'
        raise ConfigurationError(f"'{text}' is no path: {error.message}", hint) from None
    keys = keys_of(found[0]) if len(found) == 1 else ()
    if not keys:
        hint = "name one field, or one path such as attributes.email"
        raise ConfigurationError(f"'{text}' is no single field or path", hint)
    return keys


def find(text: str, uses: Iterable[Use]) -> list[Hit]:
    """Return the uses of a destination field or source path, and of what lies within or around it.

    A whole record that is read counts only for itself: everything lies within it.

    Raises:
        ConfigurationError: the text is no path, or nothing of that name is used anywhere.
    """
    asked = parse_path(text)
    known = list(uses)
    hits = [Hit(use, relation) for use in known for relation in _relations(asked, use)]
    if not hits:
        near = nearest(text, {source_path(use.path) for use in known if use.path})
        hint = (
            f"did you mean '{near}'?"
            if near
            else "recordmap where without a name lists everything that is used"
        )
        raise ConfigurationError(f"nothing here uses '{text}'", hint)
    return hits


def _relations(asked: Keys, use: Use) -> Iterator[Relation]:
    path = use.path
    if path == asked:
        yield Relation.SAME
    elif path[: len(asked)] == asked:
        yield Relation.WITHIN
    elif path and asked[: len(path)] == path and use.side is Side.SOURCE:
        yield Relation.AROUND
