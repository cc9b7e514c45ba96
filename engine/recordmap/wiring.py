"""An integration ready to run: its file, plans and connectors put together for a sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordmap.compiler.picker import compile_picker
from recordmap.connectors.base import Source
from recordmap.connectors.destination import Destination, KeyRule, Rules
from recordmap.diagnostics import ConfigurationError
from recordmap.mapping_version import version_of
from recordmap.plugins import BUILT_IN, CONNECTORS, built_in, installed, load
from recordmap.schema.record import RecordSchema
from recordmap.sync.failures import ErrorPolicy
from recordmap.sync.pipeline import MatchField, MatchLink, MatchRule, Pipeline
from recordmap.template.model import ErrorSettings, Integration, MatchByField

if TYPE_CHECKING:
    from recordmap.engine import Engine

SourceFactory = Callable[[Mapping[str, Any], Mapping[str, str]], Source]
"""Makes a source from the options of the integration file and the environment (where keys come from)."""
DestinationFactory = Callable[[Mapping[str, Any], Rules, Path, Mapping[str, str]], Destination]
"""Makes a destination from options, the rules it must keep, the project folder, and the environment."""


def connector_factory(name: str, role: str, given: Mapping[str, Any]) -> Any:
    """Return what makes the connector `name`: one passed in, one of ours, or one of an installed package.

    `role` is what it is wanted as: `source` or `destination`.

    Raises:
        ConfigurationError: there is none of that name, it can't be that, or its package can't be imported.
    """
    if name in given:
        return given[name]
    if name in BUILT_IN:
        return built_in(name, role)
    points = installed(CONNECTORS)
    if name in points:
        return load(points[name])
    known = dict.fromkeys([*BUILT_IN, *given, *points])
    raise ConfigurationError(f"no factory is given for the connector '{name}'", f"known: {', '.join(known)}")


def destination_rules(integration: Integration, schema: RecordSchema) -> Rules:
    """Return what the destination must enforce and index: the schema's demands, and the match list's keys."""
    keys: dict[tuple[str, str], KeyRule] = {}
    for rule in integration.match:
        if isinstance(rule, MatchByField):
            key = _key_rule(rule, schema)
            keys[key.field, key.compare] = key
    for name, field in schema.fields.items():
        if field.unique is not None and (name, field.unique) not in keys:
            message = field.messages.get("unique")
            keys[name, field.unique] = KeyRule(name, field.unique, unique=True, message=message)
    required = {name: field.required_message for name, field in schema.fields.items() if field.required}
    return Rules(schema.name, integration.name.text, required, tuple(keys.values()))


def _key_rule(rule: MatchByField, schema: RecordSchema) -> KeyRule:
    field = schema.fields.get(rule.field.text)
    unique = field is not None and field.unique == rule.compare
    message = field.messages.get("unique") if field is not None and unique else None
    return KeyRule(rule.field.text, rule.compare, rule.ignore, rule.region, unique, message)


def make_pipeline(engine: Engine, integration: Integration, schema: RecordSchema) -> Pipeline:
    """Return the pipeline of a checked integration.

    Raises:
        TemplateError: a collection it uses has errors.
    """
    add, update = (
        engine.plan(name.text) if name is not None and engine.collections[name.text].enabled else None
        for name in (integration.add, integration.update)
    )
    match: list[MatchRule] = []
    for rule in integration.match:
        if isinstance(rule, MatchByField):
            match.append(MatchField(_key_rule(rule, schema), compile_picker(rule.source.parsed)))
        else:
            match.append(MatchLink())
    if integration.source.external_id is None:
        raise ConfigurationError("the integration's source names no external_id")
    watermark = integration.source.watermark
    return Pipeline(
        system=integration.name.text,
        version=version_of(integration, (add, update), engine.collections, engine.schemas),
        add=add,
        update=update,
        external_id=compile_picker(integration.source.external_id.parsed),
        updated=compile_picker(watermark.parsed) if watermark is not None else _no_time,
        match=tuple(match),
        child_fields=_child_fields(engine, integration),
        errors=_error_policy(integration.errors),
    )


def _error_policy(settings: ErrorSettings) -> ErrorPolicy:
    return ErrorPolicy(
        settings.retries,
        timedelta(minutes=settings.longest_wait_minutes),
        timedelta(days=settings.keep_records_days),
    )


def _no_time(_record: Any) -> None:
    """Stand for the watermark of a source that has none: every poll then reads everything."""


def _child_fields(engine: Engine, integration: Integration) -> dict[str, frozenset[str]]:
    fields: dict[str, frozenset[str]] = {}
    for name in (integration.add, integration.update):
        collection = engine.collections.get(name.text) if name is not None else None
        for child in collection.children if collection is not None else ():
            mapped = {rule.name.text for rule in engine.collections[child.collection.text].fields}
            fields[child.into.text] = fields.get(child.into.text, frozenset()) | mapped
    return fields
