"""Whether the author of a template asked for a rejection: the rejections that a clean template may make.

Asked for are error rules, `on_empty: error`, `level: required` and functions that end in `_required`; and a lookup
that rejects what its table doesn't hold. What goes beyond the limits of the language, and so beyond what any template
can take, is nobody's wish and no fault of the template either.
"""

from __future__ import annotations

from collections.abc import Mapping

from recordmap.runtime.outcome import Reason
from recordmap.template.model import Collection, Level

_ASKED = ("error-filter", "empty-value", "conversion-failed", "lookup-missed")
_LIMITS = ("value-too-large",)


def asked_for(reason: Reason, collections: Mapping[str, Collection]) -> bool:
    """Return whether a rejection is what the template says, or what no template can help."""
    if reason.code in _ASKED or reason.code in _LIMITS:
        return True
    if reason.code != "required-field-missing":
        return False
    field = reason.field or ""
    return any(
        rule.level is Level.REQUIRED
        for rule in collections[reason.collection].fields
        if field == rule.name.text or field.endswith(f"].{rule.name.text}")
    )
