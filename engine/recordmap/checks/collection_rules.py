"""The rules for collections that can find an error."""

from recordmap.checks import (
    children,
    destination_fields,
    empty_required,
    field_lengths,
    field_types,
    field_values,
    formula_calls,
    formula_names,
    lookup_rows,
    lookups,
    parent_reads,
    patterns,
    required_fields,
    schemas,
)
from recordmap.checks.problems import reporter
from recordmap.checks.rule import CollectionRule

COLLECTION_RULES: tuple[CollectionRule, ...] = (
    schemas.check_collection,
    destination_fields.check,
    required_fields.check,
    formula_names.check,
    formula_calls.check,
    patterns.check,
    parent_reads.check,
    lookups.check,
    children.check,
    reporter("unknown-source-path"),
    empty_required.check,
    field_types.check,
    field_lengths.check,
    field_values.check,
    lookup_rows.check,
    reporter("may-fail"),
    reporter("wrong-arguments"),
)
