"""Nodes to an `Integration`: the parser of `integration.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics.findings import Findings
from recordmap.template.model import (
    End,
    ErrorSettings,
    Integration,
    MatchByExternalId,
    MatchByField,
    SourceText,
)
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence, plain
from recordmap.template.reader import read
from recordmap.template.shape import Keys, check_version, kind_of

INTEGRATION_KEYS = (
    *(
        "recordmap",
        "integration",
        "description",
        "source",
        "destination",
        "match",
        "add",
        "update",
        "settings",
        "errors",
    ),
)
SOURCE_KEYS = ("connector", "schema", "external_id", "watermark", "options")
DESTINATION_KEYS = ("connector", "schema", "options")
ERROR_KEYS = ("retries", "longest_wait_minutes", "keep_records_days")
MATCH_KEYS = ("field", "source", "compare", "ignore", "region")


class Compare(StrEnum):
    """How two values of a match field compare (kinds of `recordmap.keys`)."""

    EXACT = "exact"
    EMAIL = "email"
    PHONE = "phone"


def parse_integration(data: str | bytes, file: str | None) -> tuple[Integration | None, Findings]:
    """Parse an integration file; None when too much is wrong to go on."""
    findings = Findings(file)
    node = read(data, findings)
    if node is None:
        return None, findings
    if not isinstance(node, Mapping):
        findings.add(
            "wrong-value", f"an integration is a map of keys and values, not {kind_of(node)}", node.span
        )
        return None, findings
    keys = Keys(node, INTEGRATION_KEYS, "an integration", findings)
    check_version(keys, findings)
    complete = keys.require("integration", "source", "destination")
    if keys.get("add") is None and keys.get("update") is None:
        hint = "add lines 'add: …' and 'update: …' with the names of collections"
        findings.add("missing-key", "an integration needs 'add', 'update' or both", node.span, hint=hint)
    name, add, update = keys.text("integration"), keys.text("add"), keys.text("update")
    keys.text("description")
    source = _end(keys, "source", SOURCE_KEYS, findings)
    destination = _end(keys, "destination", DESTINATION_KEYS, findings)
    match = tuple(rule for entry in keys.entries("match") if (rule := _match(entry, findings)) is not None)
    settings, errors = _plain_mapping(keys, "settings"), _errors(keys, findings)
    if not complete or name is None or source is None or destination is None:
        return None, findings
    integration = Integration(
        name=name,
        source=source,
        destination=destination,
        match=match,
        add=add,
        update=update,
        settings=settings,
        file=file,
        texts=(*_texts(node.get("source")), *_texts(node.get("destination")), *_texts(node.get("settings"))),
        errors=errors,
    )
    return integration, findings


def _texts(node: Node | None, key: Scalar | None = None) -> Iterator[tuple[Scalar, Scalar]]:
    """Yield the texts below a node with the key that each belongs to. The reader bounds how deep that is."""
    match node:
        case Mapping():
            for name, value in node:
                yield from _texts(value, name)
        case Sequence():
            for entry in node:
                yield from _texts(entry, key)
        case Scalar(value=str()) if key is not None:
            yield key, node
        case _:
            pass


def _plain_mapping(keys: Keys, key: str) -> MappingProxyType[str, Any]:
    node = keys.mapping(key)
    return MappingProxyType({name.text: plain(value) for name, value in node or ()})


def _end(keys: Keys, key: str, legal: tuple[str, ...], findings: Findings) -> End | None:
    node = keys.mapping(key)
    if node is None:
        return None
    end = Keys(node, legal, f"'{key}' of an integration", findings)
    complete = end.require("connector", "schema", *(("external_id",) if key == "source" else ()))
    connector, schema = end.text("connector"), end.text("schema")
    options = end.mapping("options")
    external_id, watermark = end.source("external_id"), end.source("watermark")
    if not complete or connector is None or schema is None:
        return None
    return End(
        connector=connector,
        schema=schema,
        options=_plain_mapping(end, "options") if options else MappingProxyType({}),
        options_span=options.span if options else node.span,
        option_spans=MappingProxyType({name.text: (name.span, value.span) for name, value in options or ()}),
        external_id=external_id,
        watermark=watermark,
    )


def _errors(keys: Keys, findings: Findings) -> ErrorSettings:
    node = keys.mapping("errors")
    if node is None:
        return ErrorSettings()
    given, usual = Keys(node, ERROR_KEYS, "'errors' of an integration", findings), ErrorSettings()
    return ErrorSettings(
        given.whole("retries", 0, 100, usual.retries),
        given.whole("longest_wait_minutes", 1, 10_080, usual.longest_wait_minutes),
        given.whole("keep_records_days", 0, 3_650, usual.keep_records_days),
    )


def _match(node: Node, findings: Findings) -> MatchByExternalId | MatchByField | None:
    if isinstance(node, Scalar) and node.text == "external_id":
        return MatchByExternalId(node.span)
    if not isinstance(node, Mapping):
        message = f"a match rule is external_id, or a map with 'field' and 'source', not {kind_of(node)}"
        hint = "write {field: …, source: …}, such as {field: EmailAddress, source: attributes.email}"
        findings.add("wrong-value", message, node.span, hint=hint)
        return None
    keys = Keys(node, MATCH_KEYS, "a match rule", findings)
    keys.require("field", "source")
    field, source = keys.text("field"), keys.source("source")
    compare = keys.choice("compare", Compare, Compare.EXACT)
    region = keys.text("region")
    if region is not None and compare is not Compare.PHONE:
        message = "'region' has a meaning only with compare: phone"
        findings.add("conflicting-keys", message, region.span, hint="delete it, or write compare: phone")
    elif region is not None:
        _check_region(region, findings)
    ignore = _ignored(keys)
    return _by_field(field, source, compare, ignore, region)


def _check_region(region: Scalar, findings: Findings) -> None:
    from recordmap.expression.functions.contact import region_problem  # noqa: PLC0415 - few name a region

    problem = region_problem(region.text)
    if problem is not None:
        hint = "it is the country of numbers written without + and country code"
        findings.add("wrong-value", f"'region' {problem}", region.span, hint=hint)


def _ignored(keys: Keys) -> tuple[str, ...]:
    ignored = []
    for entry in keys.entries("ignore"):
        if isinstance(entry, Scalar) and isinstance(entry.value, str):
            ignored.append(entry.text)
        else:
            keys.wrong("ignore", entry, "a list of texts")
    return tuple(ignored)


def _by_field(
    field: Scalar | None,
    source: SourceText | None,
    compare: Compare,
    ignore: tuple[str, ...],
    region: Scalar | None,
) -> MatchByField | None:
    if field is None or source is None:
        return None
    return MatchByField(field, source, compare.value, ignore, region.text if region else None)
