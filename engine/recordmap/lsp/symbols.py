"""The outline of a template file as editors list it: the collection, its fields, names, lookups, children and cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from recordmap.diagnostics import Span
from recordmap.lsp.entries import Entry
from recordmap.lsp.outline import Outline


class SymbolSort(StrEnum):
    """What a symbol is; editors show a sign for each."""

    GROUP = "group"
    FIELD = "field"
    NAME = "name"
    LOOKUP = "lookup"
    CHILD = "child"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Symbol:
    """One entry of the list. `span` is all that belongs to it, `head` its name."""

    name: str
    sort: SymbolSort
    span: Span
    head: Span
    detail: str = ""
    children: tuple[Symbol, ...] = ()


_GROUPS = {
    "fields": SymbolSort.FIELD,
    "custom_fields": SymbolSort.FIELD,
    "names": SymbolSort.NAME,
    "lookups": SymbolSort.LOOKUP,
    "children": SymbolSort.CHILD,
    "match": SymbolSort.CHILD,
    "cases": SymbolSort.CASE,
}
"""Keys at the top of a file whose entries are listed, and what they are."""
_TITLES = ("collection", "name", "field")
"""Keys that name an item of a list."""
_MAKES = ("source", "formula", "value")
"""Keys that say how a field is made."""


def symbols(outline: Outline) -> list[Symbol]:
    """Return the symbols of a file."""
    return [
        _symbol(entry, entry.key.text, SymbolSort.GROUP, "", tuple(_inner(entry, _GROUPS[entry.key.text])))
        for entry in outline.root.children
        if entry.key is not None and entry.key.text in _GROUPS
    ]


def _inner(group: Entry, sort: SymbolSort) -> Iterator[Symbol]:
    for entry in group.children:
        if entry.key is not None:
            name = entry.key.text
        else:
            value = entry.value.text if entry.value else ""
            name = next(filter(None, (entry.text(key) for key in _TITLES)), value)
        if name.strip():
            made = (entry.text(key) for key in _MAKES)
            detail = entry.value.text if entry.value and entry.key else next(filter(None, made), "")
            yield _symbol(entry, name, sort, detail.split("\n")[0])


def _symbol(
    entry: Entry, name: str, sort: SymbolSort, detail: str, children: tuple[Symbol, ...] = ()
) -> Symbol:
    pieces = [piece for one in entry.walk() for piece in (one.key, one.value) if piece is not None]
    start = min(piece.span.start for piece in pieces)
    end = max(piece.span.end for piece in pieces)
    head = entry.key or pieces[0]
    return Symbol(name, sort, Span(start, end), head.span, detail, children)
