"""wrong-value, unknown-key: options of an integration that its connectors don't take."""

from __future__ import annotations

from recordmap.checks.rule import OptionFaults, Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.diagnostics.model import Severity
from recordmap.template.model import Integration


def check(integration: Integration, around: Surroundings, findings: Findings) -> None:
    """Report what connectors say of their options, each at its place."""
    tell(integration, around.option_faults, findings)


def tell(integration: Integration, option_faults: OptionFaults, findings: Findings) -> None:
    """Report what `option_faults` says of the options of both ends, but of values that `findings` has errors for."""
    reported = {one.span for one in findings if one.severity is Severity.ERROR}
    for role, end in (("source", integration.source), ("destination", integration.destination)):
        doubtful = {name for name, (_, value) in end.option_spans.items() if value in reported}
        for code, option, message, hint in option_faults(end.connector.text, role, end.options):
            key, value = end.option_spans.get(option or "", (end.options_span, end.options_span))
            # What is said of all of them may be said because of the one.
            if code != "unknown-key" and doubtful and (option is None or option in doubtful):
                continue
            findings.add(code, message, key if code == "unknown-key" else value, hint=hint)
