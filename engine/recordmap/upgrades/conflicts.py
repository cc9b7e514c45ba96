"""Where vendor and subscriber both changed the same: what a subscriber says, held against what the vendor changed.

A changed description is no conflict, and neither is a change to a key of a rule that the subscriber says nothing about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recordmap.frozen import Frozen
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence
from recordmap.template.overlay import MAKING, entry_for, makes_value
from recordmap.upgrades.edits import Edits, Entry, same

FIELDS = ("fields", "custom_fields")
_BY_ENTRY = (*FIELDS, "names", "lookups")
_HEAD = ("recordmap", "overlay", "remove")


class Saying(NamedTuple):
    """One thing that a subscriber says: the section (None for a key of the template), its name, and what.

    `keys` are those of a field rule that it is about, None for the whole.
    """

    section: str | None
    name: str
    keys: tuple[str, ...] | None = None
    node: Node | None = None


class Sayings(Frozen):
    """All that a subscriber says of a template: in its overlay, which counts more, and by editing it."""

    edits: Edits
    laid: Mapping | None

    def __iter__(self) -> Iterator[Saying]:
        for key, node in self.laid or ():
            if key.text not in _HEAD:
                yield from _overlaid(key.text, node)
        yield from (Saying(*one) for one in (*removed_by(self.laid), *self.edits.removed))
        for entry in self.edits.entries:
            yield Saying(entry.section, entry.name, entry.keys and _with_making(entry.keys), entry.node)
        yield from (Saying(None, name) for name, _ in self.edits.neutral)


class Both(NamedTuple):
    """What both changed: as it was, as the vendor has it now, and as the subscriber does."""

    section: str | None
    name: str
    before: Node | None
    theirs: Node | None
    yours: Node | None


def changed_by_both(sayings: Sayings, old: Mapping, new: Mapping) -> Iterator[Both]:
    """Yield what the vendor changed between `old` and `new` and the subscriber says otherwise."""
    seen: set[tuple[str | None, str]] = set()
    for one in sayings:
        if (one.section, one.name) in seen:
            continue
        seen.add((one.section, one.name))
        before, theirs = _at(old, one), _at(new, one)
        if _differ(before, theirs, one.keys) and _differ(theirs, one.node, one.keys):
            yield Both(one.section, one.name, before, theirs, one.node)


def says(laid: Mapping, entry: Entry) -> bool:
    """Say whether an overlay says something about what an entry is about."""
    return _at(laid, Saying(entry.section, entry.name)) is not None


def removed_by(laid: Mapping | None) -> list[tuple[str, str]]:
    """Return the entries that an overlay removes, each with its section."""
    listed = laid.get("remove") if laid is not None else None
    if not isinstance(listed, Mapping):
        return []
    sections = [(key.text, names) for key, names in listed if isinstance(names, Sequence)]
    return [(section, one.text) for section, names in sections for one in names if isinstance(one, Scalar)]


def _overlaid(key: str, node: Node) -> Iterator[Saying]:
    if key in _BY_ENTRY and isinstance(node, Mapping):
        for name, one in node:
            yield Saying(key, name.text, _keys_of(one) if key in FIELDS else None, one)
    elif key == "children" and isinstance(node, Sequence):
        for one in node:
            into = one.get("into") if isinstance(one, Mapping) else None
            if isinstance(into, Scalar):
                yield Saying(key, into.text, None, one)
    else:
        yield Saying(None, key, None, node)


def _at(template: Mapping, saying: Saying) -> Node | None:
    if saying.section is None:
        return template.get(saying.name)
    return entry_for(template.get(saying.section), saying.name)


def _differ(one: Node | None, other: Node | None, keys: tuple[str, ...] | None) -> bool:
    """Say whether two entries differ: in one of these keys, where both are field rules."""
    if keys is None or not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return not same(one, other)
    return any(not same(one.get(key), other.get(key)) for key in keys if key != "description")


def _keys_of(rule: Node) -> tuple[str, ...] | None:
    return _with_making(tuple(key.text for key, _ in rule)) if isinstance(rule, Mapping) else None


def _with_making(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*keys, *MAKING))) if makes_value(keys) else keys
