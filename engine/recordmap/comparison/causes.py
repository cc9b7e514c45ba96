"""Which edits can be behind a difference: those of a field's own rule, else of what it uses, else of what is around."""

from __future__ import annotations

from collections.abc import Iterable

from recordmap.comparison.edits import CUSTOM, FIELD, Edit
from recordmap.comparison.sides import Side
from recordmap.template import meaning
from recordmap.template.model import Collection, FieldRule

_ROUTING = ("add", "update", "match rule", "external_id")
"""What decides which collection a record takes."""


def causes(
    found: Iterable[Edit], collection: str, field: str | None, side: Side, into: str | None
) -> list[Edit]:
    """Return the edits that can be behind what changed: those of the field's own rule first, else what it uses.

    `field` is None for a record that is left out or refused as a whole; `into` is the field that a child collection's
    records go into, of which `collection` is the child.
    """
    ours = [edit for edit in found if edit.collection == collection]
    direct = [edit for edit in ours if edit.part in (FIELD, CUSTOM) and edit.name == field]
    if direct:
        return direct
    current = side.collection(collection)
    rules = [one for one in current.fields if one.name.text == field] if current is not None else []
    used = _used(rules, current) if current is not None else set()
    indirect = [edit for edit in ours if (edit.part, edit.name) in used]
    settings = {key for rule in rules for key in meaning.settings_used(rule.formula, rule.when)}
    indirect += [
        edit for edit in found if edit.part == "setting" and (edit.name in settings or "*" in settings)
    ]
    if indirect:
        return indirect
    whole = [edit for edit in ours if edit.part not in (FIELD, CUSTOM)]
    around = [edit for edit in found if edit.collection is None]
    if field is None:
        return [*whole, *(edit for edit in around if edit.part in _ROUTING)]
    return whole if whole or into is not None else around


def _used(rules: Iterable[FieldRule], collection: Collection) -> set[tuple[str, str | None]]:
    used: set[tuple[str, str | None]] = set()
    for rule in rules:
        names = meaning.names_used(rule.formula, rule.when, collection=collection)
        used |= {("name", name) for name in names}
        used |= {("lookup", name) for name in meaning.lookups_used(rule, collection)}
    return used
