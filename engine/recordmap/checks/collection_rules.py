"""The rules for collections that can find an error."""

from recordmap.checks import (
    children,
    constant_arguments,
    destination_fields,
    empty_required,
    failing_operations,
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
    source_paths,
)
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
    source_paths.check,
    empty_required.check,
    field_types.check,
    field_lengths.check,
    field_values.check,
    lookup_rows.check,
    failing_operations.check,
    constant_arguments.check,
)
