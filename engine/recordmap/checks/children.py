"""unknown-child-collection, unfit-child-collection: what a collection names under `children`."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import Label
from recordmap.diagnostics.findings import Findings, suggestion
from recordmap.template.model import Child, Collection

MAX_LEVELS = 5


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report children that don't exist, stand under another parent, share a field, or nest without end."""
    into: dict[str, Child] = {}
    for child in collection.children:
        target = around.collections.get(child.collection.text)
        if target is None:
            known = [name for name, other in around.collections.items() if other.child_of is not None]
            hint = suggestion(child.collection.text, known) or "a child collection has 'child_of' and 'each'"
            message = f"there is no collection '{child.collection.text}'"
            findings.add("unknown-child-collection", message, child.collection.span, hint=hint)
        else:
            _check_fit(collection, child, target, findings)
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


def _check_fit(parent: Collection, child: Child, target: Collection, findings: Findings) -> None:
    span = child.collection.span
    if target.child_of is None:
        hint = f"name another one, or add 'child_of: {parent.source.text}' and 'each' to its file"
        findings.add("unfit-child-collection", f"'{target.title}' is no child collection", span, hint=hint)
    elif target.child_of.text not in (parent.source.text, "any") and parent.source.text != "any":
        owner = target.child_of.text
        message = f"'{target.title}' is a child of {owner}, and this collection reads {parent.source.text}"
        hint = f"name another one, or write 'child_of: {parent.source.text}' in its file"
        findings.add("unfit-child-collection", message, span, hint=hint)
    elif target.operation is not parent.operation:
        message = f"'{target.title}' is for {target.operation}, and this collection for {parent.operation}"
        hint = f"name a child collection with 'operation: {parent.operation}'"
        findings.add("unfit-child-collection", message, span, hint=hint)


def _nests_too_deep(collection: Collection, around: Surroundings) -> bool:
    """Go down level by level: whatever is reached on more levels than there may be is too deep, or a circle."""
    level = {collection.title}
    for _ in range(MAX_LEVELS):
        children = (child.collection.text for title in level for child in around.collections[title].children)
        level = {title for title in children if title in around.collections}
    return bool(level)
