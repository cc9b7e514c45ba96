"""missing-match-rule, missing-watermark: an integration without what a repeated sync needs."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Integration, MatchByExternalId


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report records that would be added again, or lost sight of, and polls that read everything."""
    span = integration.name.span
    if not integration.match:
        message = "there is no match rule, so no record is found that is there already"
        hint = "add 'match:' and below it '- external_id', which finds what an earlier sync wrote"
        findings.add("missing-match-rule", message, span, hint=hint)
    elif not any(isinstance(rule, MatchByExternalId) for rule in integration.match):
        message = "no match rule is 'external_id', so a record whose match field changes is added again"
        hint = "add the line '- external_id' as the first below 'match', to find what an earlier sync wrote"
        findings.add("missing-match-rule", message, span, hint=hint)
    if integration.source.watermark is None:
        message = "the source has no 'watermark', so each sync reads all records, not only changed ones"
        hint = "add a line such as 'watermark: attributes.updated': where a record holds its time of change"
        findings.add("missing-watermark", message, integration.source.connector.span, hint=hint)
