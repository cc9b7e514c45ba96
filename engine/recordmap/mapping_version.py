"""The version of an integration: a hash over all that decides what a source record becomes, and over nothing else.

Records are mapped again, and data faults tried again, when it changes. So it must change with the collections, their
lookups, the schemas they are checked against, the match rules and the settings that formulas read; and must not change
with what only says where records come from, how often a fault is tried again, or how the integration file is laid out.
A collection counts by its text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recordmap.digests import digest_of
from recordmap.template.model import MatchByField, with_all_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from recordmap.runtime.plan import Plan
    from recordmap.schema.library import SchemaLibrary
    from recordmap.template.model import Collection, Integration

_TOLD_TO_PEOPLE = {"$comment", "description", "examples", "title"}


def version_of(
    integration: Integration,
    plans: Iterable[Plan | None],
    collections: Mapping[str, Collection],
    schemas: SchemaLibrary,
) -> str:
    """Return the version of a checked integration; `plans` are its collections compiled, None where disabled."""
    source = integration.source
    names = {source.schema.text, integration.destination.schema.text}
    for collection in _used(integration, collections):
        names |= {collection.source.text, collection.destination.text}
    parts = {
        "system": integration.name.text,
        "external_id": source.external_id.scalar.text if source.external_id else None,
        "ends": [source.schema.text, integration.destination.schema.text],
        "match": [
            [rule.field.text, rule.source.scalar.text, rule.compare, rule.ignore, rule.region]
            if isinstance(rule, MatchByField)
            else "link"
            for rule in integration.match
        ],
        "plans": [plan and [plan.name, plan.version] for plan in plans],
        "settings": dict(integration.settings),
        "schemas": {name: _content(schemas, name) for name in sorted(names)},
    }
    return digest_of(json.dumps(parts, sort_keys=True, default=str), 8)


def _used(integration: Integration, collections: Mapping[str, Collection]) -> Iterator[Collection]:
    """Yield the collections of an integration, with all below them."""
    for name in (integration.add, integration.update):
        if name is not None and name.text in collections:
            yield from with_all_below(collections[name.text], collections)


def _content(schemas: SchemaLibrary, name: str) -> Any:
    """Return the files of a record schema without what is only told to people; none of the one that says nothing."""
    return {file: _bare(json.loads(text)) for file, text in schemas.files(name).items()}


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        # A field may have one of these names: then what stands there is a schema.
        return {
            key: _bare(value)
            for key, value in node.items()
            if key not in _TOLD_TO_PEOPLE or isinstance(value, dict)
        }
    return [_bare(each) for each in node] if isinstance(node, list) else node
