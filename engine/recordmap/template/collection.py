"""Nodes to a `Collection`: the parser of templates. What the keys mean is in `docs/reference/language.md`."""

from __future__ import annotations

import hashlib
from types import MappingProxyType

from recordmap.diagnostics.findings import Findings
from recordmap.template.lookups import Files, parse_lookup
from recordmap.template.model import (
    Child,
    Collection,
    Duplicates,
    ErrorRule,
    FieldRule,
    Level,
    Lookup,
    OnChange,
    OnEmpty,
    Operation,
    SourceText,
    Status,
)
from recordmap.template.nodes import Mapping, Node, Scalar
from recordmap.template.reader import read
from recordmap.template.shape import Keys, kind_of, parse_source_at

LANGUAGE_VERSION = 1
MAX_FIELDS = 1000
RESERVED_NAMES = ("value", "record", "existing", "parent", "settings", "null", "true", "false")

COLLECTION_KEYS = (
    *("recordmap", "collection", "description", "operation", "status", "source", "destination", "child_of"),
    *("each", "filter", "errors", "names", "fields", "custom_fields", "lookups", "children", "duplicates"),
    "on_change",
)
FIELD_KEYS = ("source", "formula", "value", "lookup", "when", "level", "on_empty", "description")


def parse_collection(
    data: str | bytes, file: str | None, files: Files | None
) -> tuple[Collection | None, Findings]:
    """Parse a template.

    `file` is its path as shown in findings; `files` reads the tables that lookups name, None where there are none.
    The collection is None when so much is wrong that nothing more can be said about it; otherwise it holds
    whatever could be read, and the findings say whether it may be used.
    """
    findings = Findings(file)
    node = read(data, findings)
    if node is None:
        return None, findings
    if not isinstance(node, Mapping):
        findings.add("wrong-value", f"a template is a map of keys and values, not {kind_of(node)}", node.span)
        return None, findings
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    digest = hashlib.blake2b(raw, digest_size=16).hexdigest()
    return _collection(node, file, digest, files, findings), findings


def check_version(keys: Keys, findings: Findings) -> None:
    """Report a missing or unknown `recordmap:` version."""
    node = keys.get("recordmap")
    if node is None:
        findings.add("missing-key", "the file doesn't begin with 'recordmap: 1'", keys.node.span)
    elif not isinstance(node, Scalar) or node.value is not LANGUAGE_VERSION:
        hint = f"write recordmap: {LANGUAGE_VERSION}"
        findings.add("wrong-value", "this version of the language is not known", node.span, hint=hint)


def _collection(
    node: Mapping, file: str | None, digest: str, files: Files | None, findings: Findings
) -> Collection | None:
    keys = Keys(node, COLLECTION_KEYS, "a collection", findings)
    check_version(keys, findings)
    name = keys.text("collection")
    findings.collection = name.text if name else None
    child_of = keys.text("child_of")
    keys.require("collection", "operation", "source", "destination")
    source, destination = keys.text("source"), keys.text("destination")
    operation = keys.choice("operation", Operation, Operation.ADD)
    collection = (
        None
        if name is None or source is None or destination is None
        else Collection(
            name=name,
            operation=operation,
            source=source,
            destination=destination,
            file=file,
            digest=digest,
            enabled=keys.choice("status", Status, Status.ENABLED) is Status.ENABLED,
            description=_description(keys),
            child_of=child_of,
            each=keys.source("each"),
            filter=keys.formula("filter"),
            errors=_errors(keys, findings),
            names=MappingProxyType(_names(keys, findings)),
            fields=_fields(keys, findings),
            lookups=MappingProxyType(_lookups(keys, files, findings)),
            children=_children(keys, findings),
            duplicates=keys.choice("duplicates", Duplicates, Duplicates.ALLOW),
            on_change=keys.choice("on_change", OnChange, OnChange.ADD),
        )
    )
    if child_of is None:
        for key in ("each", "duplicates", "on_change"):
            written = keys.key(key)
            if written is not None:
                findings.add(
                    "conflicting-keys",
                    f"'{key}' belongs to a child collection, and this one has no 'child_of'",
                    written.span,
                )
    elif keys.get("each") is None:
        findings.add("missing-key", "a child collection needs 'each': where its records are", child_of.span)
    return collection


def _description(keys: Keys) -> str | None:
    node = keys.text("description")
    return node.text if node else None


def _errors(keys: Keys, findings: Findings) -> tuple[ErrorRule, ...]:
    rules = []
    for entry in keys.entries("errors"):
        if not isinstance(entry, Mapping):
            findings.add(
                "wrong-value",
                f"an error rule is a map with 'when' and 'message', not {kind_of(entry)}",
                entry.span,
            )
            continue
        rule = Keys(entry, ("when", "message"), "an error rule", findings)
        rule.require("when", "message")
        when, message = rule.formula("when"), rule.text("message")
        if when is not None and message is not None:
            rules.append(ErrorRule(when, message))
    return tuple(rules)


def _names(keys: Keys, findings: Findings) -> dict[str, SourceText]:
    names: dict[str, SourceText] = {}
    for key, node in keys.mapping("names") or ():
        if key.text in RESERVED_NAMES or not key.text.isidentifier() or key.text.startswith("_"):
            hint = "letters, digits and underscores, not beginning with a digit or an underscore"
            findings.add("wrong-value", f"'{key.text}' can't be a name", key.span, hint=hint)
        elif not isinstance(node, Scalar) or not isinstance(node.value, str):
            findings.add("wrong-value", f"a name stands for a source path, not {kind_of(node)}", node.span)
        else:
            source = parse_source_at(node, findings)
            if source is not None:
                names[key.text] = source
    return names


def _lookups(keys: Keys, files: Files | None, findings: Findings) -> dict[str, Lookup]:
    lookups: dict[str, Lookup] = {}
    for key, node in keys.mapping("lookups") or ():
        lookup = parse_lookup(key, node, files, findings)
        if lookup is not None:
            lookups[key.text] = lookup
    return lookups


def _children(keys: Keys, findings: Findings) -> tuple[Child, ...]:
    children = []
    for entry in keys.entries("children"):
        if not isinstance(entry, Mapping):
            message = f"a child is a map with 'collection' and 'into', not {kind_of(entry)}"
            findings.add("wrong-value", message, entry.span)
            continue
        child = Keys(entry, ("collection", "into"), "a child", findings)
        child.require("collection", "into")
        collection, into = child.text("collection"), child.text("into")
        if collection is not None and into is not None:
            children.append(Child(collection, into))
    return tuple(children)


def _fields(keys: Keys, findings: Findings) -> tuple[FieldRule, ...]:
    rules: list[FieldRule] = []
    count = 0
    for section, custom in (("fields", False), ("custom_fields", True)):
        for name, node in keys.mapping(section) or ():
            count += 1
            if count == MAX_FIELDS + 1:
                findings.add("too-many-fields", f"a template may have {MAX_FIELDS:,} fields", name.span)
            findings.field = name.text
            rule = _field(name, node, findings, custom=custom)
            if rule is not None:
                rules.append(rule)
    findings.field = None
    if keys.get("fields") is None and keys.get("custom_fields") is None:
        findings.add("missing-key", "the collection has no 'fields'", keys.node.span)
    return tuple(rules)


def _field(name: Scalar, node: Node, findings: Findings, *, custom: bool) -> FieldRule | None:
    if not isinstance(node, Mapping):
        findings.add(
            "wrong-value",
            f"'{name.text}' needs a rule, not {kind_of(node)}",
            node.span,
            hint=f"write {name.text}: {{source: …}}",
        )
        return None
    keys = Keys(node, FIELD_KEYS, "a field rule", findings)
    rule = FieldRule(
        name=name,
        span=name.span,
        custom=custom,
        level=keys.choice("level", Level, Level.OPTIONAL),
        source=keys.source("source"),
        formula=keys.formula("formula"),
        constant=keys.constant("value"),
        lookup=keys.text("lookup"),
        when=keys.formula("when"),
        on_empty=keys.choice("on_empty", OnEmpty, OnEmpty.OMIT),
        description=_description(keys),
    )
    written = [key for key in ("source", "formula", "value") if keys.get(key) is not None]
    if not written:
        findings.add(
            "missing-value",
            f"'{name.text}' says nothing about how its value is made",
            name.span,
            hint="give it a source, a formula or a value",
        )
    if "value" in written and len(written) > 1:
        findings.add(
            "conflicting-keys", "'value' is a constant: it can't go with a source or a formula", name.span
        )
    return rule
