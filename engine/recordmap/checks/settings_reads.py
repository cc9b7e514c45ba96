"""unknown-setting: `settings.name` that the integration doesn't set."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings, suggestion
from recordmap.template.model import Collection


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report settings that are always null. Without an integration, whoever runs the plan may give any."""
    if around.integration is None:
        return
    settings = around.integration.settings
    for text, field, _ in collection.formulas():
        for read in text.parsed.names:
            if read.name == "settings" and read.keys and read.keys[0] not in settings:
                findings.field = field
                name = read.keys[0]
                hint = (
                    suggestion(name, settings) or f"add '{name}: …' under 'settings' in the integration file"
                )
                message = f"the integration has no setting '{name}', so this is always nothing"
                span = text.scalar.at(read.place.offset, read.place.length)
                findings.add("unknown-setting", message, span, hint=hint)
    findings.field = None
