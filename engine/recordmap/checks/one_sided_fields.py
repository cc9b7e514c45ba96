"""field-only-added, field-only-updated: fields that one of Add and Update sets, and the other doesn't."""

from __future__ import annotations

from collections.abc import Iterator

from recordmap.checks.children import MAX_LEVELS
from recordmap.checks.rule import Surroundings
from recordmap.demands import carries_forward
from recordmap.diagnostics.findings import Findings
from recordmap.schema.record import ANY_SCHEMA, DEFAULT_CUSTOM_CONTAINER, RecordSchema
from recordmap.template.model import Collection, FieldRule, Operation
from recordmap.template.nodes import Scalar

Name = tuple[str, bool]
"""A field's name, and whether it is a custom field."""


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report fields of the running Add, or of a child of it, that its Update has no rule for; and the reverse.

    An Update that only carries a field forward sets nothing that new records would lack.
    """
    other = _other(collection, around)
    schema = around.schemas.get(collection.destination.text, ANY_SCHEMA)
    if other is None:
        return
    theirs = set(_names(other))
    for rule in collection.fields:
        carried = collection.operation is Operation.UPDATE and carries_forward(rule, schema)
        if (rule.name.text, rule.custom) not in theirs and not carried:
            keep = _keeping(rule, schema) if collection.child_of is None else None
            _report(
                rule.name, f"add a rule for {rule.name.text} there too", keep, collection, other, findings
            )
    for child in collection.children:
        if (child.into.text, False) not in theirs:
            hint = f"add a child collection into {child.into.text} there too"
            _report(child.into, hint, None, collection, other, findings)


def _report(
    name: Scalar, hint: str, keep: str | None, collection: Collection, other: Collection, findings: Findings
) -> None:
    """Report one field; `keep` is the rule that says of it that it stays as it is."""
    findings.field = name.text
    if collection.operation is Operation.ADD:
        message = (
            f"'{name.text}' is set by this Add only: '{other.title}' lacks it, so later changes don't arrive"
        )
        hint += f"; to say that it stays as it is, add {keep}" if keep is not None else ""
        findings.add("field-only-added", message, name.span, hint=hint)
    else:
        message = f"'{name.text}' is set by this Update only: '{other.title}' doesn't have it, so new records lack it"
        findings.add("field-only-updated", message, name.span, hint=hint)
    findings.field = None


def _names(collection: Collection) -> Iterator[Name]:
    yield from ((rule.name.text, rule.custom) for rule in collection.fields)
    yield from ((child.into.text, False) for child in collection.children)


def _keeping(rule: FieldRule, schema: RecordSchema) -> str:
    """Return the rule that gives a field the value it has already."""
    container = schema.custom_container or DEFAULT_CUSTOM_CONTAINER
    place = (container, rule.name.text) if rule.custom else (rule.name.text,)
    keys = "".join(f".{key}" if key.isidentifier() else f'["{key}"]' for key in place)
    return f"{rule.name.text}: {{formula: 'existing{keys}'}}"


def _other(collection: Collection, around: Surroundings) -> Collection | None:
    """Return the collection that does for the other operation what this one does, if the integration runs both.

    Child collections do the same if they write into the same field of collections that do the same.
    """
    add, update = around.running(Operation.ADD), around.running(Operation.UPDATE)
    level = [] if add is None or update is None else [(add, update)]
    for _ in range(MAX_LEVELS + 1):
        below: dict[tuple[str, str], tuple[Collection, Collection]] = {}
        for pair in level:
            if collection in pair:
                return pair[0] if pair[1] is collection else pair[1]
            for one, two in _children(*pair, around):
                below[one.title, two.title] = (one, two)
        level = list(below.values())
    return None


def _children(
    add: Collection, update: Collection, around: Surroundings
) -> Iterator[tuple[Collection, Collection]]:
    into = {child.into.text: child.collection.text for child in update.children}
    for child in add.children:
        one = around.collections.get(child.collection.text)
        two = around.collections.get(into.get(child.into.text, ""))
        if one is not None and two is not None:
            yield one, two
