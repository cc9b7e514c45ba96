"""idle-policy: `duplicates` and `on_change` of child collections where they do nothing."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Duplicates, OnChange, Operation


def is_inside(collection: Collection, around: Surroundings) -> bool:
    """Whether all parents of a child collection are child collections themselves, as far as is known.

    Its records are parts of child records then, and are written with them: only those are compared with what is there.
    """
    parents = list(around.parents(collection))
    return bool(parents) and not around.unread and all(one.child_of is not None for one in parents)


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report `on_change: replace` in an Add, and either key in a child of a child."""
    if collection.child_of is None:
        return
    inside = is_inside(collection, around)
    if collection.duplicates is Duplicates.SKIP and inside:
        _report("duplicates", "skip", _INSIDE, collection, findings)
    if collection.on_change is OnChange.REPLACE and (inside or collection.operation is Operation.ADD):
        _report("on_change", "replace", _INSIDE if inside else _NEW, collection, findings)


_INSIDE = "these are parts of child records, which are compared and written as a whole"
_NEW = "an Add makes new records, which have nothing yet that could change"


def _report(key: str, value: str, why: str, collection: Collection, findings: Findings) -> None:
    message = f"'{key}: {value}' does nothing here: {why}"
    findings.add("idle-policy", message, collection.name.span, hint=f"delete the line '{key}'")
