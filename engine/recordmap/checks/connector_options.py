"""wrong-value, unknown-key: options of an integration that its connectors don't take."""

from __future__ import annotations

from recordmap.checks.rule import OptionFaults, Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Integration


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report what connectors say of their options, each at its place."""
    tell(integration, around.option_faults, findings)


def tell(integration: Integration, option_faults: OptionFaults, findings: Findings) -> None:
    """Report what `option_faults` says of the options of both ends."""
    for role, end in (("source", integration.source), ("destination", integration.destination)):
        for code, option, message, hint in option_faults(end.connector.text, role, end.options):
            key, value = end.option_spans.get(option or "", (end.options_span, end.options_span))
            findings.add(code, message, key if code == "unknown-key" else value, hint=hint)
