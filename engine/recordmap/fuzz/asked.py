"""Whether the author of a template asked for a rejection: the rejections that a clean template may make.

Asked for are error rules, `level: required`, `on_empty: error`, a lookup with `on_miss: error` written to it, and
functions that end in `_required`. What goes beyond the limits of the language, and so beyond what any template can
take, is nobody's wish and no fault of the template either.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from recordmap.runtime.outcome import Reason
from recordmap.template.model import Collection, FieldRule, Level

_ASKED = ("error-filter", "empty-value", "conversion-failed")
_LIMITS = ("value-too-large",)


def asked_for(reason: Reason, collections: Mapping[str, Collection]) -> bool:
    """Return whether a rejection is what the template says, or what no template can help."""
    if reason.code in _ASKED or reason.code in _LIMITS:
        return True
    collection = collections[reason.collection]
    rule = next((rule for rule in collection.fields if is_about(reason, rule)), None)
    match reason.code:
        case "required-field-missing":
            return rule is not None and rule.level is Level.REQUIRED
        case "lookup-missed":
            return reason.message.startswith("lookup_required:") or _is_meant(collection, rule)
        case _:
            return False


def is_about(reason: Reason, rule: FieldRule) -> bool:
    """Whether a reason is about a rule's field, through however many child collections."""
    field, name = reason.field or "", rule.name.text
    return field == name or field.endswith(f"].{name}")


def _is_meant(collection: Collection, rule: FieldRule | None) -> bool:
    """Whether every table that a rule looks into rejects a miss because somebody wrote so."""
    used: set[object] = set()
    if rule is not None:
        texts = [text for text in (rule.formula, rule.when) if text is not None]
        nodes = [node for text in texts for node in ast.walk(text.parsed.tree)]
        used = {node.value for node in nodes if isinstance(node, ast.Constant)}
        used |= {rule.lookup.text} if rule.lookup is not None else set()
    tables = [table for name, table in collection.lookups.items() if not used or name in used]
    return bool(tables) and all(table.asked for table in tables)
