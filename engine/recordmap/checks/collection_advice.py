"""The rules for collections that find nothing worse than warnings: a run does without them."""

from recordmap.checks import (
    disabled,
    existing_reads,
    idle_policies,
    jobs,
    levels,
    lookup_keys,
    match_overwrites,
    one_sided_fields,
    recommended_fields,
    redundant_formulas,
    repeating_children,
    settings_reads,
    unused,
)
from recordmap.checks.problems import reporter
from recordmap.checks.rule import CollectionRule

COLLECTION_ADVICE: tuple[CollectionRule, ...] = (
    recommended_fields.check,
    levels.check,
    existing_reads.check,
    settings_reads.check,
    lookup_keys.check,
    repeating_children.check,
    idle_policies.check,
    disabled.check_collection,
    jobs.check,
    match_overwrites.check,
    one_sided_fields.check,
    unused.check,
    reporter("constant-condition"),
    reporter("unreachable-fallback"),
    redundant_formulas.check,
)
