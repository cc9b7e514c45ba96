"""An integration ready to run: its file, plans and connectors put together for a sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from recordmap.compiler.picker import compile_picker
from recordmap.connector_options import without_overlap
from recordmap.connectors.base import Placed, Source
from recordmap.connectors.destination import Destination, KeyRule, Rules
from recordmap.diagnostics import ConfigurationError
from recordmap.mapping_version import version_of
from recordmap.plugins import BUILT_IN, CONNECTORS, built_in, installed, load
from recordmap.schema.record import RecordSchema
from recordmap.session import Session, utc_clock
from recordmap.sync.ahead import ReadAhead
from recordmap.sync.pipeline import ErrorPolicy, MatchField, MatchLink, MatchRule, Pipeline
from recordmap.template.model import ErrorSettings, Integration, MatchByField

if TYPE_CHECKING:
    from recordmap.runtime.plan import Plan
    from recordmap.schema.library import SchemaLibrary
    from recordmap.template.model import Collection

SourceFactory = Callable[[Mapping[str, Any], Mapping[str, str]], Source]
"""Makes a source from the options of the integration file and the environment (where keys come from)."""
DestinationFactory = Callable[[Mapping[str, Any], Rules, Path, Mapping[str, str]], Destination]
"""Makes a destination from options, the rules it must keep, the project folder, and the environment."""


class Integrated(Protocol):
    """What an integration takes from an engine, which stands above it."""

    @property
    def folder(self) -> Path | None:
        """The project folder."""
        ...

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections by name."""
        ...

    @property
    def schemas(self) -> SchemaLibrary:
        """The record schemas at hand."""
        ...

    def plan(self, name: str) -> Plan:
        """Return the compiled collection of that name."""
        ...

    def checked_integration(self, given: Set[str] = frozenset()) -> tuple[Integration, RecordSchema]:
        """Return the integration, free of errors, and its destination's schema; `given` connectors aren't ours."""
        ...


@contextmanager
def open_session(
    engine: Integrated,
    *,
    environ: Mapping[str, str],
    connectors: Mapping[str, Any] | None = None,
    clock: Callable[[], datetime] = utc_clock,
) -> Iterator[Session]:
    """Open an engine's integration, and close what was opened at the end.

    Raises:
        TemplateError: the integration, or a collection it uses, has errors.
        ConfigurationError: there is no integration, or a connector can't be made from its options.
        ConnectorError: the destination can't be opened.
    """
    given = connectors or {}
    integration, schema = engine.checked_integration(given.keys())
    options, overlap = without_overlap(integration.source.options)
    pipeline = make_pipeline(engine, integration, schema)
    with ExitStack() as stack:
        make_destination = connector_factory(integration.destination.connector.text, "destination", given)
        rules = destination_rules(integration, schema)
        destination = make_destination(
            integration.destination.options, rules, engine.folder or Path(), environ
        )
        stack.callback(destination.close)
        opened: list[Source] = []

        def open_source() -> Source:
            if not opened:
                source = connector_factory(integration.source.connector.text, "source", given)(
                    options, environ
                )
                if isinstance(source, Placed):
                    source.place(engine.folder or Path(), pipeline.external_id, pipeline.updated)
                opened.append(ReadAhead(source, destination))
                stack.callback(opened[0].close)
            return opened[0]

        yield Session(pipeline, destination, open_source, overlap, clock)


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


def make_pipeline(engine: Integrated, integration: Integration, schema: RecordSchema) -> Pipeline:
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


def _child_fields(engine: Integrated, integration: Integration) -> dict[str, frozenset[str]]:
    fields: dict[str, frozenset[str]] = {}
    for name in (integration.add, integration.update):
        collection = engine.collections.get(name.text) if name is not None else None
        for child in collection.children if collection is not None else ():
            mapped = {rule.name.text for rule in engine.collections[child.collection.text].fields}
            fields[child.into.text] = fields.get(child.into.text, frozenset()) | mapped
    return fields
