"""Sources: JMESPath as specified, with positions.

Text is capped before any parser sees it. What comes out is a frozen tree of our own; unknown functions, wrong
arguments and results that could never fit are found here, before any record. Nothing is evaluated in this module.

Most sources are nothing but keys. These are read here; everything else is left to the jmespath library, which takes
some milliseconds to import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from recordmap.expression.caps import MAX_LENGTH
from recordmap.expression.source_limits import cannot_fail
from recordmap.expression.source_nodes import Field, Node, Subexpression
from recordmap.expression.source_reads import Read, reads
from recordmap.frozen import Frozen

_KEY = re.compile(r'[A-Za-z_][A-Za-z0-9_]*|"[ !#-\[\]-~]+"')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_KEYS = 20
"""Keys in a row that are read here."""


class Source(Frozen):
    """A parsed source. Two are equal when their texts are."""

    text: str
    tree: Node

    @property
    def is_plain(self) -> bool:
        """Whether no record can make it fail, or cost steps: keys, positions, choices and tests, but no loops."""
        return cannot_fail(self.tree)

    @property
    def reads(self) -> tuple[Read, ...]:
        """What it reads of the record, by paths with places."""
        return reads(self.tree)


def parse_source(text: str) -> Source:
    """Parse and check a source.

    Raises:
        ExpressionError: `code` is source-syntax, unknown-function, wrong-arguments or expression-too-long.
    """
    keys = _keys(text)
    if keys is not None:
        return Source(text, keys)
    from recordmap.expression.source_parser import parse_with_library  # noqa: PLC0415 - see above

    return Source(text, parse_with_library(text)[0])


def source_path(keys: Iterable[str]) -> str:
    """Return the source that walks these keys. `parse_source` reads back what can be part of a text."""
    return ".".join(map(source_key, keys))


def source_key(key: str) -> str:
    """Return one key as a source writes it: in quotes, where it is no plain name."""
    return key if _NAME.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _keys(text: str) -> Node | None:
    """Return the tree of a source that is nothing but keys with dots between them, else None."""
    if len(text) > MAX_LENGTH:
        return None
    fields: list[Field] = []
    at = 0
    while (key := _KEY.match(text, at)) is not None and len(fields) < _MAX_KEYS:
        fields.append(Field(key[0].strip('"'), offset=at, length=key.end() - at))
        at = key.end()
        if at == len(text):
            return fields[0] if len(fields) == 1 else Subexpression(tuple(fields), offset=0, length=at)
        if text[at] != ".":
            return None
        at += 1
    return None
