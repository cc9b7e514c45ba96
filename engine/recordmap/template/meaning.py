"""What a template means, as plain values that can be compared: two that say the same are equal.

Places, comments, quotes, blanks in expressions, the order of fields and descriptions mean nothing. Order counts where
the engine goes by it: error rules and match rules. Names and lookups count where a rule uses them, as if they were
written there, so that a field's meaning is all that decides its value. Nothing here says what changed, or what a
change does to records: see `recordmap.comparison`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from recordmap.expression.formula_reads import reads
from recordmap.template.model import (
    Child,
    Collection,
    FieldRule,
    FormulaText,
    Integration,
    Lookup,
    MatchByExternalId,
    MatchByField,
    SourceText,
)

Meaning = tuple[Any, ...]
"""Hashable or not, but always comparable."""

LOOKUP_FUNCTIONS = "lookup"
"""How the names of functions begin that take a table's name as their first argument."""


def field_meaning(rule: FieldRule, collection: Collection) -> Meaning:
    """Return all that decides a field's value, but for the records themselves and the settings."""
    return (
        *(rule.name.text, rule.custom, rule.level, rule.on_empty),
        *(source_meaning(rule.source), formula_meaning(rule.formula), formula_meaning(rule.when)),
        None if rule.constant is None else (json.dumps(rule.constant.value),),
        tuple(lookup_meaning(collection.lookups[name]) for name in lookups_used(rule, collection)),
        names_meaning(rule.formula, rule.when, collection=collection),
    )


def source_meaning(source: SourceText | None) -> object:
    """Return what a source says: its tree, which knows equality wherever its nodes stand."""
    return None if source is None else source.parsed.tree


def formula_meaning(formula: FormulaText | None) -> str | None:
    """Return what a formula says, without brackets and blanks that change nothing."""
    return None if formula is None else ast.dump(formula.parsed.tree)


def names_meaning(*formulas: FormulaText | None, collection: Collection) -> Meaning:
    """Return what the names that formulas read stand for."""
    used = names_used(*formulas, collection=collection)
    return tuple((name, collection.names[name].parsed.tree) for name in used)


def lookup_meaning(lookup: Lookup) -> Meaning:
    """Return what a lookup translates, and what it does with a miss."""
    return (json.dumps(dict(lookup.table), sort_keys=True), lookup.on_miss, json.dumps(lookup.default))


def child_meaning(child: Child) -> Meaning:
    """Return which child collection runs, and where its records go."""
    return (child.collection.text, child.into.text)


def frame_meaning(collection: Collection) -> Meaning:
    """Return what a collection says beside its fields and children."""
    return (
        *(collection.operation, collection.enabled, collection.source.text, collection.destination.text),
        *(collection.child_of and collection.child_of.text, source_meaning(collection.each)),
        *(collection.duplicates, collection.on_change, formula_meaning(collection.filter)),
        names_meaning(collection.filter, collection=collection),
        errors_meaning(collection),
    )


def errors_meaning(collection: Collection) -> Meaning:
    """Return the error filter, in its order: the first rule that is true gives the message."""
    return tuple(
        (
            rule.message.text,
            formula_meaning(rule.when),
            names_meaning(rule.when, collection=collection),
        )
        for rule in collection.errors
    )


def collection_meaning(collection: Collection) -> Meaning:
    """Return all that a collection says, without what its children say."""
    fields = {(rule.custom, rule.name.text): field_meaning(rule, collection) for rule in collection.fields}
    return (
        frame_meaning(collection),
        tuple(sorted(fields.items(), key=lambda one: one[0])),
        tuple(sorted(map(child_meaning, collection.children))),
    )


def match_meaning(rule: MatchByExternalId | MatchByField) -> Meaning:
    """Return how a match rule finds a record."""
    if isinstance(rule, MatchByExternalId):
        return ("external_id",)
    return (
        *(rule.field.text, rule.source.parsed.tree, rule.compare),
        *(tuple(sorted(rule.ignore)), rule.region),
    )


def integration_meaning(integration: Integration | None) -> Meaning:
    """Return what an integration says about matching and mapping: not where records come from or go."""
    if integration is None:
        return ()
    return (
        *(name and name.text for name in (integration.add, integration.update)),
        source_meaning(integration.source.external_id),
        tuple(map(match_meaning, integration.match)),
        json.dumps(_plain(integration.settings), sort_keys=True),
    )


def names_used(*formulas: FormulaText | None, collection: Collection) -> tuple[str, ...]:
    """Return the file's own names that formulas read, sorted."""
    read = {one for formula in formulas if formula is not None for _, one, _ in reads(formula.parsed.tree)}
    return tuple(sorted(read & collection.names.keys()))


def settings_used(*formulas: FormulaText | None) -> frozenset[str]:
    """Return the settings that formulas read by name; `*` where they read all of them."""
    return frozenset(
        keys[0] if keys else "*"
        for formula in formulas
        if formula is not None
        for _, name, keys in reads(formula.parsed.tree)
        if name == "settings"
    )


def lookups_used(rule: FieldRule, collection: Collection) -> tuple[str, ...]:
    """Return the file's lookups that a field goes through, sorted; all of them where a formula works the name out."""
    used = {rule.lookup.text} if rule.lookup is not None else set()
    for formula in (rule.formula, rule.when):
        used |= _called(formula, collection) if formula is not None else set()
    return tuple(sorted(used & collection.lookups.keys()))


def _called(formula: FormulaText, collection: Collection) -> set[str]:
    found: set[str] = set()
    for call in formula.parsed.calls:
        if not call.function.startswith(LOOKUP_FUNCTIONS):
            continue
        named = [one.value for one in call.node.keywords if one.arg == "table"]
        match [*named, *call.node.args][:1]:
            case [ast.Constant(value=str() as table)]:
                found.add(table)
            case _:
                found |= collection.lookups.keys()
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
