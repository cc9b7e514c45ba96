"""Overlays: what a subscriber says otherwise than the template that came with the integration.

The template stays as it was delivered, so that a newer one can take its place; the overlay names the collection and
holds nothing but the differences. Both are laid together as nodes, before anything is parsed: what comes of it is one
template, and every finding knows which of the two files it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recordmap.diagnostics import Position
from recordmap.diagnostics.findings import Findings, suggestion
from recordmap.diagnostics.layers import LAID_OVER, raised
from recordmap.digests import digest_of
from recordmap.frozen import Frozen
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence
from recordmap.template.reader import read
from recordmap.template.shape import Keys, check_version, kind_of, shown

SECTIONS = ("fields", "custom_fields", "names", "lookups")
"""Keys whose entries are laid over one by one; every other key is replaced as a whole."""

OVERLAY_KEYS = (
    *("recordmap", "overlay", "description", "status", "each", "filter", "errors", *SECTIONS),
    *("children", "duplicates", "on_change", "remove"),
)
REMOVABLE = {
    "fields": "field",
    "custom_fields": "custom field",
    "names": "name",
    "lookups": "lookup",
    "children": "child collection for",
}
"""Sections whose entries an overlay can take out, and what one of them is called."""
HOW_TO_REMOVE = "say what they are: 'remove:' and below it, indented, 'fields: [FirstName]'"
"""The hint for an overlay whose `remove` is no map."""
IDENTITY = ("collection", "operation", "source", "destination", "child_of")
"""The keys that make a collection the one that it is. They stay the template's."""
MAKING = ("source", "formula", "value", "lookup", "when")
"""The keys of a field rule that make the value. They work on each other, so they are replaced together."""

_WAYS = ("source", "formula", "value")


class Overlay(Frozen):
    """A parsed overlay. `node` has places beyond `LAID_OVER`; `findings` are those about the file itself.

    `removed` are entries that are not wanted, each with its section; a child collection is named by the field that its
    records go into.
    """

    collection: Scalar
    node: Mapping
    removed: tuple[tuple[str, Scalar], ...]
    file: str | None
    digest: str
    findings: Findings


def parse_overlay(data: str | bytes, file: str | None) -> tuple[Overlay | None, Findings]:
    """Parse an overlay; it is None when so much is wrong that it can't be laid over anything."""
    findings = Findings(file)
    node = read(data, findings)
    if node is None:
        return None, findings
    if not isinstance(node, Mapping):
        hint = "begin with the lines 'recordmap: 1' and 'overlay: …', with the collection's name"
        message = f"an overlay is a map of keys and values, not {kind_of(node)}"
        findings.add("wrong-value", message, node.span, hint=hint)
        return None, findings
    node = _without_identity(node, findings)
    keys = Keys(node, OVERLAY_KEYS, "an overlay", findings)
    check_version(keys, findings)
    keys.require("overlay")
    name = keys.text("overlay")
    if name is None:
        return None, findings
    findings.collection = name.text
    digest = digest_of(data)
    # What is no key, or no map of its section, is said once, here, and not laid over anything.
    sound = {section for section in SECTIONS if keys.mapping(section) is not None}
    legal = {*OVERLAY_KEYS} - {*SECTIONS} | sound
    items = tuple((key, one) for key, one in node if key.text in legal)
    whole = _raised(Mapping(items, node.span))
    return Overlay(
        name, whole, tuple(_not_given(_removed(keys, findings), keys, findings)), file, digest, findings
    ), findings


def _without_identity(node: Mapping, findings: Findings) -> Mapping:
    """Return the keys of an overlay without those that make a collection the one that it is: these are refused."""
    for key, _ in node:
        if key.text in IDENTITY:
            message = f"an overlay can't change '{key.text}'"
            hint = (
                "delete the line: an overlay names its collection under 'overlay', and says what is otherwise"
            )
            findings.add("unknown-key", message, key.span, hint=hint)
    return Mapping(tuple(item for item in node if item[0].text not in IDENTITY), node.span)


def lay(base: Mapping, overlay: Overlay) -> Mapping:
    """Return the nodes of a template with an overlay laid over them; what can't be removed is a finding."""
    items = {key.text: (key, node) for key, node in base}
    _remove(items, overlay)
    for key, node in overlay.node:
        if key.text in ("recordmap", "overlay", "remove"):
            continue
        below = items.get(key.text)
        if below is None:
            items[key.text] = (key, node)
        elif key.text in SECTIONS:
            items[key.text] = (below[0], _section(below[1], node, of_fields=key.text.endswith("fields")))
        elif key.text == "children":
            items[key.text] = (below[0], _children(below[1], node))
        else:
            items[key.text] = (key, node)
    return Mapping(tuple(items.values()), base.span)


def makes_value(keys: Iterable[str]) -> bool:
    """Say whether a rule with these keys says where its value comes from."""
    return any(key in _WAYS for key in keys)


def entry_for(section: Node | None, name: str) -> Node | None:
    """Return the entry of a section that has this name: a child collection has that of the field it goes into."""
    if isinstance(section, Mapping):
        return section.get(name)
    if isinstance(section, Sequence):
        return next((one for one in section if _into(one) == name), None)
    return None


def _section(below: Node, above: Node, *, of_fields: bool) -> Node:
    """Lay the entries of one section over those below, each in the place of the one that it stands for."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    entries = {key.text: (key, node) for key, node in below}
    for key, node in above:
        old = entries.get(key.text)
        entries[key.text] = (key, _rule(old[1], node) if old and of_fields else node)
    return Mapping(tuple(entries.values()), below.span)


def _rule(below: Node, above: Node) -> Node:
    """Lay one field rule over another."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    given = {key.text for key, _ in above}
    replaced = given | set(MAKING) if makes_value(given) else given
    kept = tuple((key, node) for key, node in below if key.text not in replaced)
    return Mapping((*kept, *above.items), above.span)


def _children(below: Node, above: Node) -> Node:
    """Lay child collections over those below: one for the same field takes the other's place."""
    if not isinstance(below, Sequence) or not isinstance(above, Sequence):
        return above
    entries: dict[object, Node] = {_into(node) or index: node for index, node in enumerate(below)}
    for index, node in enumerate(above, len(entries)):
        entries[_into(node) or index] = node
    return Sequence(tuple(entries.values()), below.span)


def _into(node: Node) -> str | None:
    into = node.get("into") if isinstance(node, Mapping) else None
    return into.text if isinstance(into, Scalar) else None


def _removed(keys: Keys, findings: Findings) -> Iterator[tuple[str, Scalar]]:
    listed = keys.get("remove")
    if listed is None:
        return
    if not isinstance(listed, Mapping):
        message = f"'remove' is a map of {', '.join(REMOVABLE)}, not {kind_of(listed)}"
        findings.add("wrong-value", message, listed.span, hint=HOW_TO_REMOVE)
        return
    sections = Keys(listed, REMOVABLE, "'remove'", findings)
    for section in REMOVABLE:
        for entry in sections.entries(section):
            if isinstance(entry, Scalar) and isinstance(entry.value, str):
                yield section, entry
            else:
                message = f"'{section}' below 'remove' lists names, not {kind_of(entry)}"
                findings.add("wrong-value", message, entry.span, hint=f"write {section}: [Company]")


def _not_given(
    removed: Iterable[tuple[str, Scalar]], keys: Keys, findings: Findings
) -> Iterator[tuple[str, Scalar]]:
    """Yield what is removed and not given by the same overlay: what is both is a finding, and stays."""
    for section, name in removed:
        if entry_for(keys.get(section), name.text) is None:
            yield section, name
            continue
        what = f"the {REMOVABLE[section]} '{shown(name)}'"
        message = f"this overlay removes {what}, and says under '{section}' what it is to be"
        hint = (
            f"delete the name here to have it as '{section}' says, which takes the place of the template's; "
            f"to be rid of it, delete it under '{section}'"
        )
        findings.add("conflicting-keys", message, name.span, hint=hint)


def _remove(items: dict[str, tuple[Scalar, Node]], overlay: Overlay) -> None:
    """Take out the entries that an overlay doesn't want."""
    left = {
        section: dict.fromkeys(_entries_of(items[section][1])) for section in REMOVABLE if section in items
    }
    unwanted: dict[str, set[str]] = {}
    for section, name in overlay.removed:
        if name.text in left.get(section, ()):
            del left[section][name.text]
            unwanted.setdefault(section, set()).add(name.text)
        else:
            _tell_nothing(left, section, name, overlay.findings)
    for section, names in unwanted.items():
        key, node = items[section]
        if isinstance(node, Mapping):
            kept = tuple(item for item in node if item[0].text not in names)
            items[section] = (key, Mapping(kept, node.span))
        elif isinstance(node, Sequence):
            rest = tuple(entry for entry in node if _into(entry) not in names)
            items[section] = (key, Sequence(rest, node.span))


def _tell_nothing(left: dict[str, dict[str, None]], section: str, name: Scalar, findings: Findings) -> None:
    """Report a name that isn't there, with the section that it is in, or the name that is meant."""
    there = next((one for one, names in left.items() if name.text in names), None)
    hint = f"it is one of the template's {there}: put the name below '{there}'" if there else None
    hint = hint or suggestion(name.text, left.get(section, ())) or "delete the name here"
    message = f"the template has no {REMOVABLE[section]} '{shown(name)}' that could be removed"
    findings.add("nothing-to-remove", message, name.span, hint=hint)


def _entries_of(section: Node | None) -> list[str]:
    if isinstance(section, Mapping):
        return [key.text for key, _ in section]
    return [into for one in section if (into := _into(one))] if isinstance(section, Sequence) else []


def _raised(node: Mapping) -> Mapping:
    """Return a map with the places that it has in the whole template."""
    return Mapping(
        tuple((_raised_scalar(key), _raised_node(value)) for key, value in node), raised(node.span)
    )


def _raised_node(node: Node) -> Node:
    match node:
        case Scalar():
            return _raised_scalar(node)
        case Mapping():
            return _raised(node)
        case Sequence():
            return Sequence(tuple(map(_raised_node, node)), raised(node.span))


def _raised_scalar(scalar: Scalar) -> Scalar:
    inner = scalar.inner and Position(scalar.inner.line + LAID_OVER, scalar.inner.column)
    return Scalar(scalar.value, scalar.text, raised(scalar.span), inner)
