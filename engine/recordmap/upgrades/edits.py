"""What a subscriber changed in a delivered template, as the entries of an overlay.

Two templates are compared as nodes: comments, order and quoting make no difference. What an overlay can't say (another
name, other schemas) is named, so that nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recordmap.frozen import Frozen
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence, plain
from recordmap.template.overlay import IDENTITY, MAKING, SECTIONS, entry_for

_NEUTRAL = {
    "status": "enabled",
    "filter": "true",
    "errors": "[]",
    "duplicates": "allow",
    "on_change": "add",
    "level": "optional",
    "on_empty": "omit",
}
"""What a key that was taken out comes to, as written."""


class Entry(Frozen):
    """One thing that is otherwise: a key of a section, or a key of the template itself (`section` None).

    `node` is what stands there now; `keys` names the keys of a field rule that the overlay has to say, None for all;
    `neutral` are keys that were taken out, with what says the same.
    """

    section: str | None
    key: Scalar
    node: Node
    keys: tuple[str, ...] | None = None
    neutral: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What the entry is about, as people call it."""
        return self.key.text


class Edits(Frozen):
    """All that is otherwise in a template.

    `removed` are entries that are gone, each with its section; `beyond` says in words what no overlay can hold.
    """

    entries: tuple[Entry, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    neutral: tuple[tuple[str, str], ...] = ()
    beyond: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries or self.removed or self.neutral)


def edits_between(old: Mapping, current: Mapping) -> Edits:
    """Return what `current` says otherwise than `old`."""
    entries: list[Entry] = []
    removed: list[tuple[str, str]] = []
    neutral: list[tuple[str, str]] = []
    beyond: list[str] = []
    for key in dict.fromkeys([key.text for key, _ in (*old, *current)]):
        before, after = old.get(key), current.get(key)
        if key == "recordmap" or same(before, after):
            continue
        if key in IDENTITY:
            beyond.append(f"'{key}' was changed")
        elif key in SECTIONS or key == "children":
            entries += _changed(key, before, after)
            removed += [(key, name) for name in _gone(before, after)]
        elif after is None:
            if key in _NEUTRAL:
                neutral.append((key, _NEUTRAL[key]))
        else:
            entries.append(Entry(None, _key(current, key), after))
    return Edits(tuple(entries), tuple(removed), tuple(neutral), tuple(beyond))


def by_section(removed: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the names that are removed, by the section that they are in."""
    sections: dict[str, list[str]] = {}
    for section, name in removed:
        sections.setdefault(section, []).append(name)
    return sections


def _changed(section: str, before: Node | None, after: Node | None) -> Iterator[Entry]:
    """Yield the entries of one section that are new or otherwise."""
    for key, node in _entries(after):
        old = entry_for(before, key.text)
        if old is None or not section.endswith("fields"):
            if not same(old, node):
                yield Entry(section, key, node)
        elif not same(old, node):
            yield _rule(section, key, old, node)


def _rule(section: str, key: Scalar, old: Node, node: Node) -> Entry:
    """Return a changed field rule, with no more of its keys than the overlay has to say."""
    if not isinstance(old, Mapping) or not isinstance(node, Mapping):
        return Entry(section, key, node)
    names = dict.fromkeys([one.text for one, _ in (*old, *node)])
    other = [name for name in names if not same(old.get(name), node.get(name))]
    making = [name for name in MAKING if node.get(name) is not None] if set(other) & set(MAKING) else []
    keys = [name for name in names if name in making or (name in other and name not in MAKING)]
    kept = tuple(name for name in keys if node.get(name) is not None)
    neutral = tuple((name, _NEUTRAL[name]) for name in keys if node.get(name) is None and name in _NEUTRAL)
    return Entry(section, key, node, kept, neutral)


def _gone(before: Node | None, after: Node | None) -> list[str]:
    return [key.text for key, _ in _entries(before) if entry_for(after, key.text) is None]


def _entries(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """Yield the entries of a section: of a map by key, of a list of children by the field they go into."""
    if isinstance(node, Mapping):
        yield from node
    elif isinstance(node, Sequence):
        for one in node:
            into = one.get("into") if isinstance(one, Mapping) else None
            if isinstance(into, Scalar):
                yield into, one


def _key(mapping: Mapping, name: str) -> Scalar:
    return next(key for key, _ in mapping if key.text == name)


def same(one: Node | None, other: Node | None) -> bool:
    """Say whether two nodes mean the same, letter by letter: 1, 1.0 and true are three things."""
    if one is None or other is None:
        return one is other
    return _exact(plain(one)) == _exact(plain(other))


def _exact(value: object) -> object:
    match value:
        case dict():
            return {key: _exact(inner) for key, inner in value.items()}
        case list():
            return [_exact(inner) for inner in value]
        case _:
            return type(value), value
