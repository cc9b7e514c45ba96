"""What can be said against a template before it runs: one rule a file, run in this order.

A rule reads and reports; it never changes what it reads, and never stops at the first finding.
"""

from recordmap.checks import (
    cases,
    children,
    destination_fields,
    formula_calls,
    formula_names,
    integration,
    lookups,
    parent_reads,
    required_fields,
    schemas,
)
from recordmap.checks.rule import CaseRule, CollectionRule, IntegrationRule, Surroundings

COLLECTION_RULES: tuple[CollectionRule, ...] = (
    schemas.check_collection,
    destination_fields.check,
    required_fields.check,
    formula_names.check,
    formula_calls.check,
    parent_reads.check,
    lookups.check,
    children.check,
)
INTEGRATION_RULES: tuple[IntegrationRule, ...] = (schemas.check_integration, integration.check)
CASE_RULES: tuple[CaseRule, ...] = (cases.check,)

__all__ = ["CASE_RULES", "COLLECTION_RULES", "INTEGRATION_RULES", "Surroundings"]
