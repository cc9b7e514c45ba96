"""unknown-collection, wrong-value, unknown-destination-field, unknown-lookup: what a case names."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.codes import CODES
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER
from recordmap.template.fixes import rename
from recordmap.template.model import Case, Collection


def check(case: Case, around: Surroundings, findings: Findings) -> None:
    """Report cases of collections that don't exist, and expectations that no record could disappoint or meet."""
    collection = around.collections.get(case.collection.text)
    if collection is None and not around.unread:
        hint = suggestion(case.collection.text, around.collections)
        message = f"there is no collection '{case.collection.text}'"
        fix = rename(case.collection, certain(case.collection.text, around.collections))
        findings.add("unknown-collection", message, case.collection.span, hint=hint, fix=fix)
    elif collection is not None:
        _check_unset(case, collection, around, findings)
        _check_lookups(case, collection, around, findings)
    code = (case.expect_error or {}).get("code")
    if code is not None and code not in CODES:
        hint = suggestion(code, CODES) or "`recordmap rule` lists them all"
        findings.add("wrong-value", f"there is no code '{code}'", case.span, hint=hint)


def _check_unset(case: Case, collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report fields under `unset` that no record can have: with a slip in the name, the case would always pass."""
    schema = around.schemas.get(collection.destination.text)
    if schema is None or schema.type.objects.open:
        return
    known = dict.fromkeys((*schema.fields, *schema.custom_fields))
    known.update(dict.fromkeys(rule.name.text for rule in collection.fields))
    container = schema.custom_container or DEFAULT_CUSTOM_CONTAINER
    for name in case.unset:
        if name not in known and name.removeprefix(f"{container}.") not in known:
            hint = suggestion(name, known) or "name a field of the destination"
            message = f"'unset' names '{name}', which {schema.name} doesn't have"
            findings.add("unknown-destination-field", message, case.span, hint=hint)


def _check_lookups(case: Case, collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report rows for a table that neither the collection nor one below it has: they would stand in for nothing."""
    if not case.lookups:
        return
    known: dict[str, None] = {}
    waiting, seen = [collection], set()
    while waiting:
        one = waiting.pop()
        if one.title in seen:
            continue
        seen.add(one.title)
        known.update(dict.fromkeys(one.lookups))
        below = (around.collections.get(child.collection.text) for child in one.children)
        waiting.extend(child for child in below if child is not None)
    for name in case.lookups:
        if name not in known:
            hint = suggestion(name, known) or "name a table under 'lookups' of the template"
            message = f"the case has rows for the table '{name}', which {collection.title} doesn't have"
            findings.add("unknown-lookup", message, case.span, hint=hint)
