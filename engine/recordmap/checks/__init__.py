"""What can be said against a template before it runs: one rule a file, run in this order.

A rule reads and reports; it never changes what it reads, and never stops at the first finding.
"""

from recordmap.checks import (
    cases,
    children,
    constant_arguments,
    constant_conditions,
    destination_fields,
    disabled,
    empty_required,
    existing_reads,
    failing_operations,
    field_lengths,
    field_types,
    field_values,
    formula_calls,
    formula_names,
    integration,
    jobs,
    levels,
    lookup_keys,
    lookup_rows,
    lookups,
    match_fields,
    match_overwrites,
    match_rules,
    one_sided_fields,
    parent_reads,
    patterns,
    recommended_fields,
    redundant_formulas,
    repeating_children,
    required_fields,
    schemas,
    secrets,
    settings_reads,
    source_paths,
    unreachable_fallbacks,
    unused,
)
from recordmap.checks.rule import CaseRule, CollectionRule, IntegrationRule, Surroundings, TextRule
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Case, Collection, Integration

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
    one_sided_fields.check,
    unused.check,
    source_paths.check,
    empty_required.check,
    field_types.check,
    field_lengths.check,
    field_values.check,
    lookup_rows.check,
    failing_operations.check,
    constant_arguments.check,
    constant_conditions.check,
    unreachable_fallbacks.check,
    redundant_formulas.check,
)
INTEGRATION_RULES: tuple[IntegrationRule, ...] = (
    schemas.check_integration,
    integration.check,
    disabled.check_integration,
    match_fields.check,
    match_rules.check,
    secrets.check_integration,
    source_paths.check_integration,
)
CASE_RULES: tuple[CaseRule, ...] = (cases.check,)
TEXT_RULES: tuple[TextRule, ...] = (secrets.check_text,)


def run_rules(subject: Collection | Integration | Case, around: Surroundings, findings: Findings) -> None:
    """Run every rule for what a subject is over it."""
    findings.collection = subject.title if isinstance(subject, Collection) else None
    match subject:
        case Collection():
            for collection_rule in COLLECTION_RULES:
                collection_rule(subject, around, findings)
        case Integration():
            for integration_rule in INTEGRATION_RULES:
                integration_rule(subject, around, findings)
        case Case():
            for case_rule in CASE_RULES:
                case_rule(subject, around, findings)


__all__ = ["CASE_RULES", "COLLECTION_RULES", "INTEGRATION_RULES", "TEXT_RULES", "Surroundings", "run_rules"]
