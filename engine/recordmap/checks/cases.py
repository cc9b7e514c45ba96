"""unknown-collection: the collection that a case names."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import CODES
from recordmap.diagnostics.findings import Findings, suggestion
from recordmap.template.model import Case


def check(case: Case, around: Surroundings, findings: Findings) -> None:
    """Report cases of collections that don't exist, and codes that can't come out."""
    if case.collection.text not in around.collections:
        hint = suggestion(case.collection.text, around.collections)
        message = f"there is no collection '{case.collection.text}'"
        findings.add("unknown-collection", message, case.collection.span, hint=hint)
    code = (case.expect_error or {}).get("code")
    if code is not None and code not in CODES:
        hint = suggestion(code, CODES) or "`recordmap rule` lists them all"
        findings.add("wrong-value", f"there is no code '{code}'", case.span, hint=hint)
