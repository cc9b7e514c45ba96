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
            hint = suggestion(child.collection.text, known)
            message = f"there is no collection '{child.collection.text}'"
            findings.add("unknown-child-collection", message, child.collection.span, hint=hint)
        else:
            _check_fit(collection, child, target, findings)
            if _depth(target, around, ()) > MAX_LEVELS:
                message = f"child collections nest more than {MAX_LEVELS} levels deep, or in a circle"
                findings.add("unfit-child-collection", message, child.collection.span)
        first = into.setdefault(child.into.text, child)
        if first is not child:
            findings.add(
                "unfit-child-collection",
                f"two child collections write into '{child.into.text}'",
                child.into.span,
                labels=(Label(first.into.span, "the first is here"),),
            )


def _check_fit(parent: Collection, child: Child, target: Collection, findings: Findings) -> None:
    span = child.collection.span
    if target.child_of is None:
        hint = f"add 'child_of: {parent.source.text}' and 'each' to it"
        findings.add("unfit-child-collection", f"'{target.title}' is no child collection", span, hint=hint)
    elif target.child_of.text not in (parent.source.text, "any") and parent.source.text != "any":
        owner = target.child_of.text
        message = f"'{target.title}' is a child of {owner}, and this collection reads {parent.source.text}"
        findings.add("unfit-child-collection", message, span)
    elif target.operation is not parent.operation:
        message = f"'{target.title}' is for {target.operation}, and this collection for {parent.operation}"
        findings.add("unfit-child-collection", message, span)


def _depth(collection: Collection, around: Surroundings, above: tuple[str, ...]) -> int:
    if collection.title in above or len(above) > MAX_LEVELS:
        return MAX_LEVELS + 1
    below = [around.collections.get(child.collection.text) for child in collection.children]
    return 1 + max(
        (_depth(one, around, (*above, collection.title)) for one in below if one is not None), default=0
    )
