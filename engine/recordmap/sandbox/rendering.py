"""Profiles and pages as the JSON of answers: only what was asked for, with links on the sandbox's own origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from recordmap.sandbox.generator import Profile
from recordmap.sandbox.parameters import ADDITIONAL, INCLUDED, View
from recordmap.sandbox.revisions import as_of

PROFILES = "/api/profiles/"

_Tree = dict[str, Any]


def resource(profile: Profile, view: View, revision: str, origin: str) -> dict[str, Any]:
    """Return a profile as a resource. It shares what it shows with `profile`, so it is only for reading."""
    attributes = as_of(revision, profile["attributes"])
    for name in ADDITIONAL:
        if name not in view.additional:
            attributes.pop(name, None)
    if view.fields is not None:
        attributes = _cut(attributes, _tree(view.fields))
    address = f"{origin}{PROFILES}{quote(profile['id'], safe='')}/"
    relationships: dict[str, Any] = {}
    for name in INCLUDED:
        links = {"self": f"{address}relationships/{name}/", "related": f"{address}{name}/"}
        # The sandbox knows no lists or segments, so there is nothing to include.
        relationships[name] = ({"data": []} if name in view.included else {}) | {"links": links}
    return {
        "type": "profile",
        "id": profile["id"],
        "attributes": attributes,
        "relationships": relationships,
        "links": {"self": address},
    }


def address(origin: str, path: str, parameters: Mapping[str, str], cursor: str | None = None) -> str:
    """Return the address of a page: the parameters as they were, with another cursor if one is given."""
    wanted = dict(parameters) | ({"page[cursor]": cursor} if cursor else {})
    query = urlencode(sorted(wanted.items()), quote_via=quote)
    return f"{origin}{path}?{query}" if query else f"{origin}{path}"


def _tree(fields: Iterable[str]) -> _Tree:
    """Return dotted fields as nested names; an empty one means all below it."""
    tree: _Tree = {}
    # Short ones last, so that `location` outdoes `location.city`.
    for field in sorted(fields, key=len, reverse=True):
        *way, name = field.split(".")
        branch = tree
        for step in way:
            branch = branch.setdefault(step, {})
        branch[name] = {}
    return tree


def _cut(value: Any, tree: _Tree) -> Any:
    if not tree or not isinstance(value, dict):
        return value
    return {name: _cut(inner, tree[name]) for name, inner in value.items() if name in tree}
