"""Whether the author of a template asked for a rejection: the rejections that a clean template may make.

Asked for are error rules, `on_empty: error`, a lookup with `on_miss: error` written to it, and functions that end in
`_required`; and whatever `recordmap check` foresees and a comment `# recordmap: ignore[code]` accepts. `level:
required` alone is no wish: it says what the field must be, not what is to become of a record without it. What goes
beyond the limits of the language, and so beyond what any template can take, is nobody's wish and no fault of the
template either.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from recordmap.diagnostics import Diagnostic
from recordmap.runtime.outcome import Reason
from recordmap.template.model import Collection, FieldRule, OnEmpty

_ASKED = ("error-filter", "empty-value", "conversion-failed")
_LIMITS = ("value-too-large",)

FORESEEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "required-field-missing": frozenset({"required-may-be-empty", "required-with-when"}),
        "wrong-type": frozenset({"type-mismatch"}),
        "value-too-long": frozenset({"may-be-too-long"}),
        "value-not-allowed": frozenset({"value-not-listed", "type-mismatch"}),
        "formula-failed": frozenset({"may-fail"}),
        "source-failed": frozenset({"may-fail"}),
        "wrong-argument": frozenset({"may-fail", "wrong-arguments"}),
        "lookup-missed": frozenset({"lookup-may-miss"}),
    }
)
"""By what a rejection is foreseen: the findings of `recordmap check` for each way to reject a record unasked."""


def asked_for(
    reason: Reason, collections: Mapping[str, Collection], accepted: Iterable[Diagnostic] = ()
) -> bool:
    """Return whether a rejection is what the template says, or what no template can help.

    `accepted` are the findings that comments leave out.
    """
    if reason.code in _ASKED or reason.code in _LIMITS:
        return True
    if any(_foresees(one, reason) for one in accepted):
        return True
    collection = collections[reason.collection]
    rule = next((rule for rule in collection.fields if is_about(reason, rule)), None)
    match reason.code:
        case "required-field-missing":
            return rule is not None and rule.on_empty is OnEmpty.ERROR
        case "lookup-missed":
            return reason.message.startswith("lookup_required:") or _is_meant(collection, rule)
        case _:
            return False


def is_about(reason: Reason, rule: FieldRule) -> bool:
    """Whether a reason is about a rule's field, through however many child collections."""
    return _is_about(reason, rule.name.text)


def _is_about(reason: Reason, name: str | None) -> bool:
    field = reason.field or ""
    return field == (name or "") or (name is not None and field.endswith(f"].{name}"))


def _foresees(finding: Diagnostic, reason: Reason) -> bool:
    same = finding.collection == reason.collection and _is_about(reason, finding.field)
    return same and finding.code in FORESEEN.get(reason.code, ())


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
