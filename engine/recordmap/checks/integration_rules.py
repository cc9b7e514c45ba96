"""The rules for integrations."""

from recordmap.checks import (
    connector_options,
    disabled,
    integration,
    match_fields,
    match_rules,
    schemas,
    secrets,
    source_paths,
)
from recordmap.checks.rule import IntegrationRule

INTEGRATION_RULES: tuple[IntegrationRule, ...] = (
    schemas.check_integration,
    integration.check,
    connector_options.check,
    disabled.check_integration,
    match_fields.check,
    match_rules.check,
    secrets.check_integration,
    source_paths.check,
)
