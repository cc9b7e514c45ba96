"""What can be said against a template before it runs: one rule a file, run in this order.

A rule reads and reports; it never changes what it reads, and never stops at the first finding.
"""

from recordmap.checks import (
    cases,
    children,
    destination_fields,
    disabled,
    existing_reads,
    formula_calls,
    formula_names,
    integration,
    jobs,
    levels,
    lookup_keys,
    lookups,
    match_fields,
    match_overwrites,
    match_rules,
    parent_reads,
    patterns,
    recommended_fields,
    repeating_children,
    required_fields,
    schemas,
    secrets,
    settings_reads,
    unused,
)
from recordmap.checks.rule import CaseRule, CollectionRule, IntegrationRule, Surroundings, TextRule

COLLECTION_RULES: tuple[CollectionRule, ...] = (
    schemas.check_collection,
    destination_fields.check,
    required_fields.check,
    recommended_fields.check,
    levels.check,
    formula_names.check,
    formula_calls.check,
    patterns.check,
    parent_reads.check,
    existing_reads.check,
    settings_reads.check,
    lookups.check,
    lookup_keys.check,
    children.check,
    repeating_children.check,
    disabled.check_collection,
    jobs.check,
    match_overwrites.check,
    unused.check,
)
INTEGRATION_RULES: tuple[IntegrationRule, ...] = (
    schemas.check_integration,
    integration.check,
    disabled.check_integration,
    match_fields.check,
    match_rules.check,
    secrets.check_integration,
)
CASE_RULES: tuple[CaseRule, ...] = (cases.check,)
TEXT_RULES: tuple[TextRule, ...] = (secrets.check_text,)

__all__ = ["CASE_RULES", "COLLECTION_RULES", "INTEGRATION_RULES", "TEXT_RULES", "Surroundings"]
