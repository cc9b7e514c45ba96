"""disabled-collection: a collection that is to run, and is switched off."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Integration
from recordmap.template.nodes import Scalar

_HINT = "write 'status: enabled' in its file to switch it on"


def check_collection(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report child collections that make no records."""
    for child in collection.children:
        what = f"nothing is written into '{child.into.text}'"
        _check(child.collection, what, around, findings)


def check_integration(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report collections without which a part of the records is left out."""
    for name, what in (
        (integration.add, "records that aren't there yet are left out"),
        (integration.update, "records that are there already are left as they are"),
    ):
        if name is not None:
            _check(name, what, around, findings)


def _check(name: Scalar, what: str, around: Surroundings, findings: Findings) -> None:
    target = around.collections.get(name.text)
    if target is not None and not target.enabled:
        findings.add("disabled-collection", f"'{name.text}' is disabled: {what}", name.span, hint=_HINT)
