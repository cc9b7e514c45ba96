"""One field of a trace: `FirstName`, `CustomFields.Consent`, `Addresses`, `Addresses.City` or `Addresses[0].City`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion
from recordmap.template.model import Child, Collection
from recordmap.trace.model import RecordTrace, StepKind

_PATH = re.compile(r"(?P<into>[^.\[\]]+)(\[(?P<index>[0-9]{1,6})\])?(\.(?P<inside>.+))?", re.DOTALL)


def narrowed(
    traced: RecordTrace, path: str, collections: Mapping[str, Collection], container: str
) -> RecordTrace:
    """Return a trace with nothing but one field, or one field of the child records. The trace itself stays.

    `container` is the field that holds custom fields.

    Raises:
        ConfigurationError: the collection has no rule for it.
    """
    collection = collections[traced.collection]
    rules = {rule.name.text: rule for rule in collection.fields}
    custom = path.removeprefix(f"{container}.")
    name = path if path in rules else custom
    if name in rules and (name == path or rules[name].custom):
        steps = [one for one in traced.steps if one.kind is not StepKind.EACH]
        fields = [one for one in traced.fields if one.name == name]
        return replace(traced, steps=steps, fields=fields, children=[])
    found = _PATH.fullmatch(path)
    child = next((one for one in collection.children if found and one.into.text == found["into"]), None)
    if found is None or child is None:
        known = [*rules, *(one.into.text for one in collection.children)]
        raise ConfigurationError(f"'{traced.collection}' has no rule for '{path}'", suggestion(path, known))
    return replace(traced, fields=[], children=list(_children(traced, child, found, collections, container)))


def _children(
    traced: RecordTrace,
    child: Child,
    found: re.Match[str],
    collections: Mapping[str, Collection],
    container: str,
) -> list[tuple[str, int, RecordTrace]]:
    inside, index = found["inside"], found["index"]
    if inside is not None:
        # Asked of an empty trace too, so that a slip is told when there are no child records.
        below = collections[child.collection.text]
        narrowed(RecordTrace(below.title, below.file), inside, collections, container)
    return [
        (into, at, one if inside is None else narrowed(one, inside, collections, container))
        for into, at, one in traced.children
        if into == child.into.text and index in (None, str(at))
    ]
