"""What can be written where the cursor is: keys, fields, paths, formulas, and the names of other things.

This module finds out what the place is for; `offers` knows what there is. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from recordmap.diagnostics import Position
from recordmap.lsp import offers
from recordmap.lsp.cursor import Cursor, typing_at
from recordmap.lsp.facts import Facts
from recordmap.lsp.offers import Suggestion
from recordmap.lsp.outline import Outline
from recordmap.lsp.vocabulary import Path, Role, vocabulary

FactsOf = Callable[[Outline], Facts]
"""Makes the facts of a file from its outline."""


def complete(text: str, position: Position, facts_of: FactsOf) -> list[Suggestion]:
    """Return what can be written at a position, the likeliest first."""
    cursor = typing_at(text, position)
    if cursor is None:
        return []
    facts = facts_of(cursor.outline)
    found = [*_keys(cursor, facts), *_values(cursor, facts)]
    return sorted(found, key=lambda one: one.rank)


def _keys(cursor: Cursor, facts: Facts) -> Iterator[Suggestion]:
    """Yield keys, where the cursor is in one, or in an item of a list that may become a map."""
    if cursor.in_key:
        owner = cursor.entry.parent
    elif cursor.entry.key is None and not cursor.entry.flow and not cursor.piece.style:
        owner = cursor.entry
    else:
        return
    if owner is None or "\n" in cursor.text:
        return
    written = {one.key.text for one in owner.children if one.key is not None and one is not cursor.entry}
    words = vocabulary(facts.kind)
    path = owner.path
    yield from offers.keys(cursor, words.keys(path).values(), written)
    match words.key_role(path):
        case Role.FIELD:
            yield from offers.field_keys(cursor, facts.fields(owner, custom=False), written | facts.filled)
        case Role.CUSTOM_FIELD:
            yield from offers.field_keys(cursor, facts.fields(owner, custom=True), written)
    record = words.owner(path)
    if record is not None and record[0] in offers.RECORDS:
        type_ = offers.record_type(record[0], record[1], owner, facts)
        yield from offers.record_keys(cursor, type_, written)


def _values(cursor: Cursor, facts: Facts) -> Iterator[Suggestion]:
    """Yield values, where the cursor is in one, or alone on a line below a key that has none yet."""
    entry = cursor.entry
    if cursor.in_key:
        alone = entry.parent is not None and entry.parent.value is None and entry.parent.children == [entry]
        if entry.complete or not alone or entry.parent is None or entry.flow:
            return
        entry = entry.parent
    path: Path = entry.path
    words = vocabulary(facts.kind)
    yield from offers.listed(cursor, words.values(path), words.word(path))
    match words.role(path):
        case Role.SOURCE:
            yield from offers.path_steps(cursor, facts.record(entry))
        case Role.FORMULA:
            yield from offers.formula_parts(cursor, entry, facts)
        case Role.COLLECTION:
            yield from offers.collections(cursor, path, facts)
        case Role.SCHEMA:
            yield from offers.names(cursor, facts.workspace.schemas.names(), "record schema")
        case Role.LOOKUP:
            yield from offers.names(cursor, facts.lookups, "lookup")
        case Role.FIELD:
            yield from offers.field_names(cursor, facts.fields(entry, custom=False), path)
        case None if path[-1:] == ("connector",):
            yield from offers.names(cursor, facts.workspace.connectors, "connector")
