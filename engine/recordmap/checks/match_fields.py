"""match-field-unmapped, fallback-as-match-value: match rules, held against the collections that write their fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from recordmap.checks.results import choices
from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, FieldRule, Integration, MatchByField, Operation


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report match fields that new records don't get, and values in them that stand in for nothing."""
    schema = around.schemas.get(integration.destination.schema.text)
    add, update = around.running(Operation.ADD), around.running(Operation.UPDATE)
    for rule in integration.match:
        if isinstance(rule, MatchByField):
            name = rule.field.text
            exists = schema is None or schema.type.objects.open or name in schema.fields
            if add is not None and exists and _rule_for(name, add) is None:
                _report_unmapped(rule, add, findings)
            for collection in (add, update):
                if collection is not None:
                    _check_fallbacks(rule, collection, findings)


def finds(rule: MatchByField, text: str) -> bool:
    """Whether records can be found by a text: with `compare: phone` none is found by `N/A`, which is no number."""
    if text.strip() in (one.strip() for one in rule.ignore):
        return False
    from recordmap.keys import match_key  # noqa: PLC0415 - heavy, and most fallbacks are no text

    try:
        return match_key(rule.compare, text, region=rule.region, ignore=rule.ignore) is not None
    except ValueError:  # a region that is none
        return True


def _rule_for(field: str, collection: Collection) -> FieldRule | None:
    return next((one for one in collection.fields if one.name.text == field and not one.custom), None)


def _report_unmapped(rule: MatchByField, add: Collection, findings: Findings) -> None:
    field = rule.field.text
    message = f"'{add.title}' doesn't set '{field}', so the records that it makes are never found by it"
    hint = f"add a rule for {field} to that collection, or delete this match rule"
    findings.add("match-field-unmapped", message, rule.field.span, hint=hint)


def _check_fallbacks(rule: MatchByField, collection: Collection, findings: Findings) -> None:
    field = rule.field.text
    made = _rule_for(field, collection)
    if made is None:
        return
    texts = [one for one in dict.fromkeys(_constants(made)) if finds(rule, one)]
    if texts:
        named = " or ".join(f"'{one}'" for one in texts)
        message = f"where there is no '{field}', '{collection.title}' writes {named}, and this rule searches for it too"
        every = ", ".join(f'"{one}"' for one in (*rule.ignore, *texts))
        hint = f"many records hold it, so leave it out of the search: write ignore: [{every}]"
        findings.add("fallback-as-match-value", message, rule.field.span, hint=hint)


def _constants(rule: FieldRule) -> Iterator[str]:
    """Yield the texts that a rule writes whatever the record holds."""
    if rule.lookup is not None:
        return
    if rule.constant is not None and isinstance(rule.constant.value, str):
        yield rule.constant.value
    if rule.formula is not None:
        for part in choices(rule.formula.parsed.tree):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
