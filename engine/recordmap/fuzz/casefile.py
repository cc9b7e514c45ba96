"""A finding as a case of its collection.

The case says what happens to the record today. So `recordmap test` passes until the template is repaired; then it
asks what the record should become instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recordmap.casefiles import add_case, expected
from recordmap.engine import Engine
from recordmap.fuzz.promises import NOW, Promise
from recordmap.fuzz.search import Finding


def save(engine: Engine, finding: Finding) -> Path | None:
    """Add a finding to the cases of its collection; return their file.

    None for one that no case can tell: mapping raised.

    Raises:
        ConfigurationError: the cases file can't be read or written, or is laid out in a way that nothing can be added
            to.
    """
    return None if finding.outcome is None else add_case(engine, finding.collection, case_of(finding))


def case_of(finding: Finding) -> dict[str, Any]:
    """Return a finding as the keys of a case."""
    trial, reason = finding.trial, finding.breach.reason
    about = f"{reason.field}: " if reason.field else ""
    rejected = finding.breach.promise is Promise.REJECTED
    name = f"Found by fuzz, {about}{reason.message if rejected else finding.breach.promise}"
    whole = {"name": name, "given": trial.record, "existing": trial.existing}
    whole |= {"previous": trial.previous, "parent": trial.parent}
    case: dict[str, Any] = {key: value for key, value in whole.items() if value is not None}
    if finding.asks_time:
        case["now"] = NOW
    return {**case, **expected(finding.outcome)}
