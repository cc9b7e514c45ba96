"""unknown-child-collection, unfit-child-collection: what a collection names under `children`.

expression-too-long: how much all expressions are that become one plan.
"""

from __future__ import annotations

from collections import Counter

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import Label
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.expression.caps import MAX_TOGETHER
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER, RecordSchema
from recordmap.schema.types import Kind
from recordmap.template.fixes import rename
from recordmap.template.model import Child, Collection

MAX_LEVELS = 5
MAX_BELOW = 100
"""Child collections below one collection, on all levels, each as often as it is named."""
MAX_RULES = 2_000
"""Field rules of a collection and all below it."""


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report children that don't exist, stand under another parent, share a field, or nest without end."""
    into: dict[str, Child] = {}
    fields = {rule.name.text: rule for rule in collection.fields if not rule.custom}
    schema = around.schemas.get(collection.destination.text)
    for child in collection.children:
        target = around.collections.get(child.collection.text)
        if target is None and not around.unread:
            known = [name for name, other in around.collections.items() if other.child_of is not None]
            hint = suggestion(child.collection.text, known) or "a child collection has 'child_of' and 'each'"
            message = f"there is no collection '{child.collection.text}'"
            fix = rename(child.collection, certain(child.collection.text, known))
            findings.add("unknown-child-collection", message, child.collection.span, hint=hint, fix=fix)
        elif target is not None:
            _check_fit(collection, child, target, around, findings)
            if _nests_too_deep(target, around):
                message = f"child collections nest more than {MAX_LEVELS} levels deep, or in a circle"
                hint = "no collection can be a child of itself: delete one of them from 'children'"
                findings.add("unfit-child-collection", message, child.collection.span, hint=hint)
        first = into.setdefault(child.into.text, child)
        if first is not child:
            findings.add(
                "unfit-child-collection",
                f"two child collections write into '{child.into.text}'",
                child.into.span,
                hint="give each of them a field of its own, or make them one collection",
                labels=(Label(first.into.span, "the first is here"),),
            )
        if child.into.text in fields:
            findings.add(
                "unfit-child-collection",
                f"a field rule writes '{child.into.text}' too",
                child.into.span,
                hint="delete one of the two",
                labels=(Label(fields[child.into.text].name.span, "it is here"),),
            )
        if schema is not None:
            _check_field(collection, child, schema, findings)
    _check_size(collection, around, findings)


def _check_field(collection: Collection, child: Child, schema: RecordSchema, findings: Findings) -> None:
    """Report a field that can't hold child records."""
    into = child.into.text
    known = schema.fields.get(into)
    container = schema.custom_container or DEFAULT_CUSTOM_CONTAINER
    if into == container and (schema.custom_container or any(rule.custom for rule in collection.fields)):
        message = f"'{into}' holds the custom fields, and no child records"
        findings.add("unfit-child-collection", message, child.into.span, hint="name another field")
    elif known is not None and Kind.LIST not in known.type.kinds:
        message = f"'{into}' takes {known.type.describe()}, and child records are a list"
        findings.add("unfit-child-collection", message, child.into.span, hint="name another field")


def _check_size(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report a collection that makes too much of too many others: child collections are compiled into their parent."""
    level, collections, rules, characters = Counter((collection.title,)), 0, 0, 0
    for _ in range(MAX_LEVELS + 1):
        below: Counter[str] = Counter()
        for title, times in level.items():
            one = around.collections[title]
            collections += times
            rules += times * len(one.fields)
            characters += times * _characters(one)
            for child in one.children:
                if child.collection.text in around.collections:
                    below[child.collection.text] += times
        level = below
    if collections - 1 > MAX_BELOW or rules > MAX_RULES:
        message = (
            f"'{collection.title}' has {collections - 1:,} child collections below it, with {rules:,} field rules in"
            f" all; there may be {MAX_BELOW} with {MAX_RULES:,}"
        )
        hint = "a child collection counts each time that it is named: name fewer"
        findings.add("unfit-child-collection", message, collection.name.span, hint=hint)
    if characters > MAX_TOGETHER:
        message = (
            f"'{collection.title}' has expressions of {characters:,} characters in all; there may be"
            f" {MAX_TOGETHER:,}"
        )
        hint = (
            "a name counts in each formula that reads it, and a child collection each time that it is named"
        )
        findings.add("expression-too-long", message, collection.name.span, hint=hint)


def _characters(collection: Collection) -> int:
    """Return how many characters all expressions of a collection have, with the names that formulas read."""
    names = {name: len(source.scalar.text) for name, source in collection.names.items()}
    sources = (collection.each, *(rule.source for rule in collection.fields))
    return sum(len(source.scalar.text) for source in sources if source is not None) + sum(
        len(text.scalar.text) + sum(names.get(name, 0) for name in {read.name for read in text.parsed.names})
        for text, _, _ in collection.formulas()
    )


def _check_fit(
    parent: Collection, child: Child, target: Collection, around: Surroundings, findings: Findings
) -> None:
    span = child.collection.span
    read = parent.source.text
    if target.child_of is None:
        hint = f"name another one, or add 'child_of: {parent.source.text}' and 'each' to its file"
        findings.add("unfit-child-collection", f"'{target.title}' is no child collection", span, hint=hint)
    elif _differ(target.child_of.text, read, around):
        message = f"'{target.title}' is a child of {target.child_of.text}, and this collection reads {read}"
        hint = f"name another one, or write 'child_of: {read}' in its file"
        findings.add("unfit-child-collection", message, span, hint=hint)
    elif target.operation is not parent.operation:
        message = f"'{target.title}' is for {target.operation}, and this collection for {parent.operation}"
        hint = f"name a child collection with 'operation: {parent.operation}'"
        findings.add("unfit-child-collection", message, span, hint=hint)


def _differ(one: str, other: str, around: Surroundings) -> bool:
    """Whether two record schemas are not the same; of one that there isn't, that is told where it is named."""
    return "any" not in (one, other) and one != other and {one, other} <= around.schemas.keys()


def _nests_too_deep(collection: Collection, around: Surroundings) -> bool:
    """Go down level by level: whatever is reached on more levels than there may be is too deep, or a circle."""
    level = {collection.title}
    for _ in range(MAX_LEVELS):
        children = (child.collection.text for title in level for child in around.collections[title].children)
        level = {title for title in children if title in around.collections}
    return bool(level)
