"""The one table of diagnostic codes: slug, severity and title, grouped by the stage that finds them.

A slug lasts: it stands in comments, error logs and scripts, so it is never renamed or used for something
else. Each slug has a page `pages/<slug>.md` (why, bad example, good example), shown by `recordmap rule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from recordmap.diagnostics.model import Severity
from recordmap.frozen import Frozen


class Stage(StrEnum):
    """When a code can be found."""

    READING = "reading a file"
    TEMPLATE = "checking a template"
    EXPRESSION = "checking an expression"
    PROJECT = "checking a project"
    IGNORES = "ignoring a finding"
    CASES = "checking and running cases"
    MAPPING = "mapping a record"
    TRANSFER = "moving records"
    DRIFT = "comparing records with their schema"


class Code(Frozen):
    """One kind of finding."""

    slug: str
    stage: Stage
    severity: Severity
    title: str


_ERRORS: Mapping[Stage, Mapping[str, str]] = {
    Stage.READING: {
        "unreadable-file": "the file can't be read",
        "file-too-large": "the file is larger than a template may be",
        "forbidden-character": "a character that can't be seen, or may not stand there",
        "literal-secret": "something that looks like a key or a password",
        "yaml-syntax": "the file is not valid YAML",
        "yaml-feature": "a YAML feature that templates don't use",
        "too-deep": "nested too deeply",
        "duplicate-key": "a key is given twice",
        "ambiguous-scalar": "a value that needs quotes",
    },
    Stage.TEMPLATE: {
        "not-a-template": "a YAML file that has nothing of a template",
        "unknown-key": "a key that doesn't exist here",
        "missing-key": "a key that must be given",
        "wrong-value": "a value that doesn't fit its key",
        "missing-value": "a field without a way to make its value",
        "conflicting-keys": "keys that can't be given together",
        "too-many-fields": "more fields than a template may have",
        "unknown-schema": "a record schema that doesn't exist",
        "invalid-schema": "a record schema that can't be used",
        "unknown-destination-field": "a field that the destination doesn't have",
        "undeclared-custom-field": "a custom field that the destination doesn't declare",
        "required-field-unmapped": "a required destination field has no rule",
        "recommended-field-unmapped": "recommended destination fields have no rule",
        "required-may-be-empty": "a required field that can come out empty",
        "required-with-when": "a required field with a condition",
        "idle-on-empty": "an `on_empty` that does nothing",
        "error-without-message": "an error rule without its message",
        "unused-name": "a name that no formula reads",
        "type-mismatch": "a value of a kind that its field doesn't take",
        "may-be-too-long": "a text that can be too long for its field",
        "value-not-listed": "a value that its field doesn't list",
        "unknown-child-collection": "a child collection that doesn't exist",
        "unfit-child-collection": "a child collection that can't stand under this parent",
        "unknown-lookup": "a lookup table that doesn't exist",
        "invalid-lookup": "a lookup table that can't be used",
        "unused-lookup": "a lookup table that no field uses",
        "similar-lookup-keys": "rows of a lookup table that look the same",
        "repeating-children": "child records that each update adds again",
        "idle-policy": "a `duplicates` or `on_change` that does nothing",
        "lookup-may-miss": "a value that the lookup table has no row for",
        "nothing-to-remove": "an overlay removes what the template doesn't have",
    },
    Stage.EXPRESSION: {
        "source-syntax": "a source that is not valid JMESPath",
        "formula-syntax": "a formula that can't be read",
        "formula-not-allowed": "something that formulas don't have",
        "expression-too-long": "an expression that is too long or too deeply nested",
        "unknown-function": "a function that doesn't exist",
        "wrong-arguments": "a function called with the wrong arguments",
        "unknown-name": "a name that a formula doesn't know",
        "unknown-source-path": "a path that the source doesn't have",
        "may-fail": "an operation that can fail",
        "constant-condition": "a condition that is always true, or always false",
        "unreachable-fallback": "a fallback that is never used",
        "redundant-formula": "a formula that only repeats its source",
        "parent-outside-child": "`parent` in a collection that is no child",
        "existing-in-add": "`existing` in a collection that makes new records",
        "previous-in-add": "`previous` in a collection that makes new records",
        "unknown-setting": "a setting that the integration doesn't have",
        "invalid-pattern": "a pattern that can't be read",
        "unsafe-pattern": "a pattern that could take for ever",
        "missing-extra": "a function whose package is not installed",
    },
    Stage.PROJECT: {
        "duplicate-collection": "two collections with one name",
        "duplicate-overlay": "two overlays for one collection",
        "unknown-collection": "a collection that doesn't exist",
        "unfit-collection": "a collection that can't be used there",
        "unknown-match-field": "a match field that the destination doesn't have",
        "unknown-connector": "a connector that doesn't exist",
        "disabled-collection": "a collection that is used and disabled",
        "unused-collection": "a collection that nothing uses",
        "competing-collections": "two collections for the same job",
        "match-field-unmapped": "a match field that new records don't get",
        "field-only-added": "a field that only new records get",
        "field-only-updated": "a field that new records don't get",
        "match-key-overwritten": "an Update that changes what records are found by",
        "fallback-as-match-value": "a stand-in value that could find a record",
        "missing-match-rule": "records that can't be found again",
        "missing-watermark": "a poll that reads everything",
    },
    Stage.IGNORES: {
        "ignore-syntax": "a comment to ignore something that can't be read",
        "unknown-ignored-code": "a code to ignore that doesn't exist",
        "ignored-error": "an error that a comment wants to ignore",
        "ignore-without-reason": "a finding is ignored without a reason",
        "unused-ignore": "a finding to ignore that isn't there",
    },
    Stage.CASES: {
        "unreadable-record": "a record that can't be read",
        "case-failed": "a case that came out otherwise than expected",
    },
    Stage.MAPPING: {
        "required-field-missing": "a required field came out empty",
        "empty-value": "a field that may not be empty came out empty",
        "wrong-type": "a value of the wrong kind for its field",
        "value-too-long": "a text longer than its field allows",
        "value-not-allowed": "a value that its field doesn't allow",
        "value-too-large": "a value or record beyond the limits",
        "source-failed": "a source that failed on this record",
        "formula-failed": "a formula that failed on this record",
        "wrong-argument": "a function got a value of the wrong kind",
        "conversion-failed": "a value that can't be converted",
        "lookup-missed": "a value that the lookup table doesn't hold",
        "error-filter": "the template's error filter rejected the record",
        "promise-broken": "a record shows that a mapping breaks a promise",
        "filtered": "the template's filter left the record out",
    },
    Stage.TRANSFER: {
        "collection-disabled": "the collection for this record is disabled",
        "kept-out": "a source record whose person was to be forgotten",
        "undone": "a source record whose transfer was undone",
        "value-not-unique": "another record has this value already",
        "match-ambiguous": "more than one record matches",
        "source-record-unreadable": "a source record can't be read",
        "source-record-not-found": "the source has no record with this ID",
        "source-record-without-id": "a source record has no ID",
        "source-unavailable": "the source can't be reached for now",
        "source-refused-key": "the source refuses the key",
        "source-not-permitted": "the key may not read this",
        "source-refused-request": "the source refuses the request",
        "source-revision-retired": "the source no longer offers this revision",
        "source-bad-answer": "the source's answer can't be read",
        "source-bad-link": "the source's next page is on another server",
        "source-not-trusted": "the source can't prove who it is",
        "source-bad-id": "an ID that the source can't have",
        "record-gone": "a record that isn't there any more",
        "store-locked": "the store is in use",
        "store-full": "the store has no room",
        "store-readonly": "the store can't be written",
        "store-unreadable": "the store can't be read",
        "store-unavailable": "the store's database server can't be reached",
        "store-refused": "the store's database server doesn't let this user in",
        "store-newer": "the store was made by a newer version",
        "store-rules-changed": "the store is used with other match rules at the same time",
        "lease-lost": "another process polls now",
        "match-conflict": "a link and a unique value lead to different records",
        "plan-outdated": "a record of a plan that would go otherwise now",
        "watermark-ahead": "the time read up to lies in the future",
        "unreadable-timestamp": "records without a readable time of change",
        "kept-record-used": "the kept record stood in for one that can't be read now",
        "internal-error": "a fault in recordmap itself",
    },
    Stage.DRIFT: {
        "source-field-vanished": "a field that the source doesn't send any more",
        "source-field-changed": "a field that comes as another kind of value",
        "source-field-appeared": "a field that the schema doesn't name",
    },
}

_WEAKER: Mapping[str, Severity] = {
    "recommended-field-unmapped": Severity.NOTE,
    "disabled-collection": Severity.NOTE,
    "unused-collection": Severity.NOTE,
    "field-only-added": Severity.NOTE,
    "field-only-updated": Severity.NOTE,
    "missing-watermark": Severity.NOTE,
    "literal-secret": Severity.WARNING,
    "not-a-template": Severity.WARNING,
    "required-may-be-empty": Severity.WARNING,
    "required-with-when": Severity.WARNING,
    "idle-on-empty": Severity.WARNING,
    "unused-name": Severity.WARNING,
    "unused-lookup": Severity.WARNING,
    "similar-lookup-keys": Severity.WARNING,
    "repeating-children": Severity.WARNING,
    "idle-policy": Severity.WARNING,
    "existing-in-add": Severity.WARNING,
    "previous-in-add": Severity.WARNING,
    "unknown-setting": Severity.WARNING,
    "missing-extra": Severity.WARNING,
    "competing-collections": Severity.WARNING,
    "match-field-unmapped": Severity.WARNING,
    "match-key-overwritten": Severity.WARNING,
    "fallback-as-match-value": Severity.WARNING,
    "missing-match-rule": Severity.WARNING,
    "type-mismatch": Severity.WARNING,
    "may-be-too-long": Severity.WARNING,
    "value-not-listed": Severity.WARNING,
    "lookup-may-miss": Severity.WARNING,
    "nothing-to-remove": Severity.WARNING,
    "unknown-source-path": Severity.WARNING,
    "may-fail": Severity.WARNING,
    "constant-condition": Severity.WARNING,
    "unreachable-fallback": Severity.WARNING,
    "redundant-formula": Severity.NOTE,
    "ignore-syntax": Severity.WARNING,
    "unknown-ignored-code": Severity.WARNING,
    "ignored-error": Severity.WARNING,
    "ignore-without-reason": Severity.WARNING,
    "unused-ignore": Severity.WARNING,
    "source-field-vanished": Severity.WARNING,
    "source-field-changed": Severity.WARNING,
    "source-field-appeared": Severity.NOTE,
    "filtered": Severity.NOTE,
    "collection-disabled": Severity.NOTE,
    "kept-out": Severity.NOTE,
    "undone": Severity.NOTE,
    "match-conflict": Severity.WARNING,
    "watermark-ahead": Severity.WARNING,
    "unreadable-timestamp": Severity.WARNING,
    "kept-record-used": Severity.WARNING,
}

CODES: Mapping[str, Code] = MappingProxyType(
    {
        slug: Code(slug, stage, _WEAKER.get(slug, Severity.ERROR), title)
        for stage, titles in _ERRORS.items()
        for slug, title in titles.items()
    }
)
"""Every code by its slug, in the order of the stages."""
